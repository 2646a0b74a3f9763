package upstream_test

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"hedge"
	"hedge/httpmsg"
	"hedge/telemetry"
	"hedge/upstream"
)

// slow answers as a test says, target by target.
type slow struct {
	arrived chan string
	answers map[string]chan int // a status; 0: a reset
	given   chan string         // who was given up
}

func newSlow() *slow {
	return &slow{make(chan string, 16), map[string]chan int{"a": make(chan int, 1), "b": make(chan int, 1), "c": make(chan int, 1)}, make(chan string, 16)}
}

func (s *slow) answer(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
	s.arrived <- req.Authority
	select {
	case status := <-s.answers[req.Authority]:
		if status == 0 {
			return nil, hedge.Errorf(hedge.OutcomeOriginReset, "reset")
		}
		res := httpmsg.Text(status, req.Authority)
		res.Body = bound{res.Body, ctx}
		return res, nil
	case <-ctx.Done():
		s.given <- req.Authority
		return nil, hedge.Wrap(context.Cause(ctx), hedge.OutcomeClientGone, "given up")
	}
}

// bound is a body that ends with a context, as those of real clients do.
type bound struct {
	io.ReadCloser
	ctx context.Context
}

func (b bound) Read(p []byte) (int, error) {
	if b.ctx.Err() != nil {
		return 0, context.Cause(b.ctx)
	}
	return b.ReadCloser.Read(p)
}

func TestHedging(t *testing.T) {
	const asked = "upstream:blog: hedged, http://a took longer than 50ms, and http://b was asked"
	for _, c := range []struct {
		name   string
		script []string // what happens: time, or who answers with what
		want   string   // who is heard
		said   string
		given  string // who is given up
		heard  string // as the metric has it
	}{
		{"fast", []string{"a 200"}, "a", "", "", ""},
		{"second", []string{"50ms", "b 200"}, "b", asked, "a", "second"},
		{"first after all", []string{"50ms", "a 200"}, "a", asked, "b", "first"},
		{"a failure is not heard", []string{"50ms", "b 503", "a 200"}, "a", asked, "", "first"},
		{"nor a reset", []string{"50ms", "a 0", "b 200"}, "b", asked, "", "second"},
		{"both fail", []string{"50ms", "a 0", "b 503", "c 200"}, "c", asked + "; upstream:blog: retried, 503 from http://b", "", "none"},
		{"a failure is retried", []string{"a 503", "b 200"}, "b", "upstream:blog: retried, 503 from http://a", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, s, m := newWorld(), newSlow(), telemetry.NewRegistry()
			cfg := w.config(s.answer)
			cfg.Metrics = m.Scope("shop")
			p := newPoolOf(t, hedge.Upstream{Targets: targets("a", "b", "c"), Hedging: hedge.Hedging{After: 50 * time.Millisecond}}, cfg)
			type result struct{ who, said string }
			got := make(chan result)
			go func() {
				who, _, said := ask(t, p, "/")
				got <- result{who, said}
			}()
			under := 0
			for _, step := range c.script {
				if d, err := time.ParseDuration(step); err == nil {
					<-s.arrived
					w.pass(d)
					<-s.arrived
					under = 2
					continue
				}
				who, status, _ := strings.Cut(step, " ")
				if under == 0 {
					<-s.arrived
				}
				under = max(under-1, 0)
				n := map[string]int{"0": 0, "200": 200, "503": 503}[status]
				s.answers[who] <- n
			}
			if r := <-got; r.who != c.want || r.said != c.said {
				t.Errorf("got %s with %q, want %s with %q", r.who, r.said, c.want, c.said)
			}
			if c.given != "" {
				w.pass(time.Second) // the first one has so long
				if who := <-s.given; who != c.given {
					t.Errorf("%s was given up, want %s", who, c.given)
				}
			}
			if c.heard != "" {
				wantMetric(t, m, `hedge_upstream_hedged_requests_total{app="shop",upstream="blog",result="`+c.heard+`"} 1`)
			}
		})
	}
}

// What has content, is not idempotent or is past the budget is sent once.
func TestNotHedged(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*httpmsg.Request, *hedge.Upstream)
		said   string
	}{
		{"POST", func(r *httpmsg.Request, _ *hedge.Upstream) { r.Method = "POST" }, ""},
		{"content", func(r *httpmsg.Request, _ *hedge.Upstream) {
			r.Method, r.Body, r.ContentLength = "PUT", httpmsg.NewBytesBody([]byte("x")), 1
		}, ""},
		{"WebSocket", func(r *httpmsg.Request, _ *hedge.Upstream) { r.Upgrade = httpmsg.WebSocket }, ""},
		{"no quantile yet", func(_ *httpmsg.Request, u *hedge.Upstream) { u.Hedging = hedge.Hedging{Quantile: 0.9} }, ""},
		{"one target", func(_ *httpmsg.Request, u *hedge.Upstream) { u.Targets = targets("a") }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, s := newWorld(), newSlow()
			u := hedge.Upstream{Targets: targets("a", "b"), Hedging: hedge.Hedging{After: 50 * time.Millisecond}}
			req := get("/")
			req.Account = &hedge.Account{}
			c.change(req, &u)
			p := w.pool(t, u, s.answer)
			got := make(chan int)
			go func() {
				res, err := p.RoundTrip(t.Context(), req)
				if err != nil {
					t.Error(err)
					got <- 0
					return
				}
				res.CloseBody()
				got <- res.Status
			}()
			<-s.arrived
			w.pass(time.Minute)
			s.answers["a"] <- 200
			if status := <-got; status != 200 || len(s.arrived) > 0 || len(req.Account.Snapshot().Decisions) > 0 {
				t.Errorf("got %d, and a second target was asked or something decided", status)
			}
		})
	}
}

// With a quantile, a second target is asked when the first takes longer than most do.
func TestHedgingByQuantile(t *testing.T) {
	w, o := newWorld(), newOrigins()
	stall, arrived := make(chan struct{}), make(chan struct{})
	stalling := false
	p := w.pool(t, hedge.Upstream{Targets: targets("a", "b"), Hedging: hedge.Hedging{Quantile: 0.9}}, func(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		if stalling && req.Authority == "a" {
			close(arrived)
			select {
			case <-ctx.Done():
				close(stall)
				return nil, hedge.Wrap(context.Cause(ctx), hedge.OutcomeClientGone, "given up")
			case <-stall:
			}
		}
		w.pass(10 * time.Millisecond)
		return o.answer(ctx, req)
	})
	for range 40 {
		ask(t, p, "/")
	}
	w.pass(time.Second) // quantiles are found once a second
	stalling = true
	got := make(chan string)
	go func() {
		who, _, said := ask(t, p, "/")
		got <- who + " " + said
	}()
	<-arrived
	w.pass(12 * time.Millisecond)
	if text := <-got; !strings.HasPrefix(text, "b upstream:blog: hedged, http://a took longer than ") {
		t.Errorf("got %q", text)
	}
	w.pass(time.Second)
	<-stall
}

// straggling is a pool whose target a does not answer before another one is asked, and what
// is noticed about it. a says when it was asked, and answers as answer says.
func straggling(t *testing.T, w *world, answer func(ctx context.Context) (*httpmsg.Response, error)) (p *upstream.Pool, asked chan struct{}, noticed chan string) {
	t.Helper()
	asked, noticed = make(chan struct{}), make(chan string, 16)
	cfg := w.config(func(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		if req.Authority != "a" {
			return httpmsg.Text(200, req.Authority), nil
		}
		asked <- struct{}{}
		return answer(ctx)
	})
	cfg.Notice = func(d hedge.Decision) { noticed <- d.String() }
	u := hedge.Upstream{Targets: targets("a", "b", "c", "d", "e", "f"), Hedging: hedge.Hedging{After: 50 * time.Millisecond}}
	return newPoolOf(t, u, cfg), asked, noticed
}

// rescued sends a request, for which another target answers if a is asked first.
func rescued(t *testing.T, w *world, p *upstream.Pool, asked chan struct{}) (first bool) {
	t.Helper()
	got := make(chan string, 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel() // as servers do when a request is over
	go func() {
		res, err := p.RoundTrip(ctx, get("/"))
		if err != nil {
			got <- err.Error()
			return
		}
		res.CloseBody()
		got <- ""
	}()
	for {
		select {
		case <-asked:
			first = true
			w.pass(50 * time.Millisecond)
		case problem := <-got:
			if problem != "" {
				t.Error(problem)
			}
			return first
		}
	}
}

// A target that takes requests and never answers is ejected, although each of its requests is
// rescued by another one.
func TestHungTargetsAreEjectedWhileRequestsAreHedged(t *testing.T) {
	w := newWorld()
	p, asked, noticed := straggling(t, w, func(ctx context.Context) (*httpmsg.Response, error) {
		<-ctx.Done()
		return nil, context.Cause(ctx)
	})
	overdue := time.After(time.Minute)
	for {
		rescued(t, w, p, asked)
		w.pass(time.Second)
		select {
		case text := <-noticed:
			if want := "upstream:blog: ejected, 5 consecutive failed connections, for 30s: http://a"; text != want {
				t.Errorf("noticed %q, want %q", text, want)
			}
			return
		case <-overdue:
			t.Fatal("the target is not ejected")
		default:
		}
	}
}

// One that is slow is waited for when nobody hears its answer any more, so that this counts;
// one try at a time, and others are given up.
func TestSlowTargetsAreWaitedForOneTryAtATime(t *testing.T) {
	w := newWorld()
	proceed, left := make(chan struct{}), make(chan error)
	p, asked, _ := straggling(t, w, func(ctx context.Context) (*httpmsg.Response, error) {
		select {
		case <-proceed:
			left <- nil
			return httpmsg.Text(200, "a"), nil
		case <-ctx.Done():
			left <- context.Cause(ctx)
			return nil, context.Cause(ctx)
		}
	})
	for range 2 {
		for !rescued(t, w, p, asked) {
			continue
		}
	}
	if err := <-left; hedge.OutcomeOf(err) != hedge.OutcomeClientGone {
		t.Errorf("the second try ended with %v", err)
	}
	proceed <- struct{}{}
	if err := <-left; err != nil {
		t.Errorf("the first try ended with %v", err)
	}
}
