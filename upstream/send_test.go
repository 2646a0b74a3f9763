package upstream_test

import (
	"context"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"hedge"
	"hedge/httpmsg"
)

func TestRetries(t *testing.T) {
	for _, c := range []struct {
		name, method string
		status       int // of the first target
		outcome      hedge.Outcome
		body         io.Reader
		want         string
		decisions    string
	}{
		{"503", "GET", 503, "", nil, "b", "upstream:blog: retried, 503 from http://a"},
		{"503 to POST", "POST", 503, "", strings.NewReader("x"), "a", ""},
		{"500", "GET", 500, "", nil, "a", ""},
		{"refused POST", "POST", 0, hedge.OutcomeOriginRefused, nil, "b", "upstream:blog: retried, origin-refused from http://a"},
		{"POST without TLS", "POST", 0, hedge.OutcomeOriginTLS, nil, "b", "upstream:blog: retried, origin-tls from http://a"},
		{"timeout", "GET", 0, hedge.OutcomeOriginTimeout, nil, "b", "upstream:blog: retried, origin-timeout from http://a"},
		{"timeout of POST", "POST", 0, hedge.OutcomeOriginTimeout, nil, "origin-timeout", ""},
		{"PUT with a body", "PUT", 503, "", strings.NewReader("content"), "b", "upstream:blog: retried, 503 from http://a"},
		{"PUT with too large a body", "PUT", 503, "", strings.NewReader(strings.Repeat("x", 100<<10)), "a", "upstream:blog: not retried, body"},
		{"client gone", "GET", 0, hedge.OutcomeClientGone, nil, "client-gone", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOrigins()
			if c.status != 0 {
				o.status["a"] = c.status
			} else {
				o.outcome["a"] = c.outcome
			}
			var bodies []string
			p := newWorld().pool(t, hedge.Upstream{Targets: targets("a", "b")}, func(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
				if req.Body != nil {
					text, err := io.ReadAll(req.Body)
					if err != nil {
						t.Error(err)
					}
					bodies = append(bodies, string(text))
				}
				return o.answer(ctx, req)
			})
			req := get("/")
			req.Method, req.Account = c.method, &hedge.Account{}
			if c.body != nil {
				req.Body, req.ContentLength = io.NopCloser(c.body), -1
			}
			res, err := p.RoundTrip(t.Context(), req)
			who := string(hedge.OutcomeOf(err))
			if err == nil {
				text, _ := io.ReadAll(res.Body)
				res.CloseBody()
				who = string(text)
			}
			var said []string
			for _, d := range req.Account.Snapshot().Decisions {
				said = append(said, d.String())
			}
			if who != c.want || strings.Join(said, "; ") != c.decisions {
				t.Errorf("got %s with %q, want %s with %q", who, said, c.want, c.decisions)
			}
			for _, body := range bodies[min(len(bodies), 1):] {
				if body != bodies[0] {
					t.Errorf("the second target got a body of %d bytes, the first one of %d", len(body), len(bodies[0]))
				}
			}
		})
	}
}

// When every target fails, at most a fifth of the requests is tried once more: with
// 100 under way at once, 20.
func TestRetryBudget(t *testing.T) {
	const n = 100
	var mu sync.Mutex // guards asked
	asked := 0
	all, go1 := make(chan struct{}), make(chan struct{})
	p := newWorld().pool(t, hedge.Upstream{Targets: targets("a", "b", "c"), Outlier: hedge.Outlier{Errors: -1}}, func(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		mu.Lock()
		asked++
		first := asked <= n
		if asked == n {
			close(all)
		}
		mu.Unlock()
		if first {
			<-all
		} else {
			<-go1 // retries stay under way until all requests have asked for one
		}
		return httpmsg.Text(503, ""), nil
	})
	var refused, over sync.WaitGroup
	refused.Add(n - n/5)
	for range n {
		over.Go(func() {
			_, _, said := ask(t, p, "/")
			if strings.HasSuffix(said, "not retried, budget") && !strings.Contains(said, "retried, 503") {
				refused.Done()
			}
		})
	}
	refused.Wait()
	mu.Lock()
	got := asked
	mu.Unlock()
	close(go1)
	over.Wait()
	if got > n*12/10 {
		t.Errorf("%d requests made %d at the origins, want at most 1.2 times as many", n, got)
	}
}

// What cannot be sent again, as its body is gone, takes nothing from the budget of what can.
func TestBudgetIsForRetriesThatHappen(t *testing.T) {
	o, w := newOrigins(), newWorld()
	o.set("a", 503)
	p := w.pool(t, hedge.Upstream{Targets: targets("a", "b"), Outlier: hedge.Outlier{Errors: -1}}, func(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		if req.Body != nil {
			_, _ = io.Copy(io.Discard, req.Body)
		}
		return o.answer(ctx, req)
	})
	for range 200 {
		req := get("/")
		req.Method, req.Account = "PUT", &hedge.Account{}
		req.Body, req.ContentLength = io.NopCloser(strings.NewReader(strings.Repeat("x", 1<<20))), 1<<20
		exchange(t, p, req)
	}
	for i := range 20 {
		if who, res, said := ask(t, p, "/"); res.Status != 200 {
			t.Fatalf("request %d: %s answered %d: %s", i, who, res.Status, said)
		}
	}
}

func TestTimeouts(t *testing.T) {
	for _, c := range []struct {
		name   string
		u      hedge.Upstream
		passes []time.Duration
		want   string
	}{
		{"of one try", hedge.Upstream{Retry: hedge.Retry{Timeout: time.Second}}, []time.Duration{time.Second}, "b"},
		{"of all", hedge.Upstream{Timeout: 1500 * time.Millisecond}, []time.Duration{1500 * time.Millisecond}, "origin-timeout"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, stalled := newWorld(), make(chan struct{})
			c.u.Targets = targets("a", "b")
			p := w.pool(t, c.u, func(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
				if req.Authority == "a" {
					stalled <- struct{}{}
					<-ctx.Done()
					return nil, context.Cause(ctx)
				}
				return httpmsg.Text(200, "b"), nil
			})
			got := make(chan string, 1)
			go func() {
				who, _, _ := ask(t, p, "/")
				got <- who
			}()
			<-stalled
			for _, d := range c.passes {
				w.pass(d)
			}
			if who := <-got; who != c.want {
				t.Errorf("got %s, want %s", who, c.want)
			}
		})
	}
}

func TestBreaker(t *testing.T) {
	arrived, answer := make(chan struct{}), make(chan struct{})
	p := newWorld().pool(t, hedge.Upstream{Targets: targets("a"), MaxConnections: 1, MaxPending: 1}, func(context.Context, *httpmsg.Request) (*httpmsg.Response, error) {
		arrived <- struct{}{}
		<-answer
		return onItsWay(httpmsg.Text(200, "a")), nil
	})
	got := make(chan string)
	for range 3 {
		go func() {
			who, _, said := ask(t, p, "/")
			got <- who + " " + said
		}()
	}
	<-arrived
	if who := <-got; who != "overloaded upstream:blog: overflow" { // one is under way, one waits
		t.Errorf("got %q, want overloaded", who)
	}
	answer <- struct{}{}
	<-arrived // the one that waited
	answer <- struct{}{}
	for range 2 {
		if who := <-got; who != "a " {
			t.Errorf("got %q, want an answer", who)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	under, err := make(chan struct{}), make(chan error)
	go func() {
		res, _ := p.RoundTrip(t.Context(), get("/"))
		close(under)
		<-answer
		res.CloseBody()
		close(arrived)
	}()
	<-arrived
	answer <- struct{}{}
	<-under
	go func() {
		_, e := p.RoundTrip(ctx, get("/"))
		err <- e
	}()
	cancel()
	if outcome := hedge.OutcomeOf(<-err); outcome != hedge.OutcomeClientGone {
		t.Errorf("who gives up waiting gets %s", outcome)
	}
	answer <- struct{}{}
	<-arrived
}
