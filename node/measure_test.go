package node

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"hedge"
	"hedge/httpmsg"
	"hedge/telemetry"
)

// measured starts a node whose counters are kept, with origins of its own.
func measured(t *testing.T, change func(*Node), releases ...*hedge.Release) (*running, *telemetry.Registry) {
	t.Helper()
	m := telemetry.NewRegistry()
	origins := NewOrigins(OriginsConfig{Client: DefaultClientConfig(), Clients: NewClients(DefaultClientConfig(), nil, nil), Metrics: m})
	t.Cleanup(origins.Close)
	return start(t, Config{Metrics: m, Origins: origins}, change, releases...), m
}

// What a request has been counted as can be relied on as soon as its line is there.
func TestMetrics(t *testing.T) {
	failing := site(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) })
	good := site(t, func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte("hello")) })
	release := toUpstream(good)
	release.Upstreams["site"] = hedge.Upstream{Targets: []string{failing, good}, Outlier: hedge.Outlier{Errors: 1}}
	release.Upstreams["other"] = hedge.Upstream{Targets: []string{good}}
	release.Splits = map[string]hedge.Split{"home": {Sides: []hedge.Side{{Upstream: "site", Weight: 0}, {Upstream: "other", Weight: 100}}, Sticky: hedge.StickyNone}}
	release.Routes = append([]hedge.Route{{Path: "/split", Split: "home"}}, release.Routes...)
	n, m := measured(t, nil, release)
	ask := func(path, body string) telemetry.Access {
		t.Helper()
		method := "GET"
		if body != "" {
			method = "POST"
		}
		req, err := http.NewRequestWithContext(t.Context(), method, "http://"+n.addr+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		return <-n.access
	}
	first, second := ask("/", ""), ask("/", "")
	if first.Retries+second.Retries != 1 || first.Target != good || first.Upstream <= 0 || first.FirstByte <= 0 || first.Route != "/*" || first.Path != "/" {
		t.Errorf("the log has %+v and %+v", first, second)
	}
	ask("/split/me", "")
	if a := ask("/", "twelve bytes"); a.BytesIn != 12 {
		t.Errorf("%d bytes came in, want 12", a.BytesIn)
	}
	text := string(m.Text())
	for _, want := range []string{
		`hedge_requests_total{app="shop",route="/*",code="2xx"} 3`,
		`hedge_requests_total{app="shop",route="/split/*",code="2xx"} 1`,
		`hedge_request_duration_seconds_count{app="shop",route="/*"} 3`,
		`hedge_request_outcomes_total{app="shop",outcome="ok"} 4`,
		`hedge_request_body_bytes_total{app="shop"} 12`,
		`hedge_response_body_bytes_total{app="shop"} 20`,
		`hedge_decisions_total{app="shop",reason="retried"} 1`,
		`hedge_upstream_requests_total{app="shop",upstream="site",target="` + failing + `",code="5xx"} 1`,
		`hedge_upstream_requests_total{app="shop",upstream="site",target="` + good + `",code="2xx"} 3`,
		`hedge_upstream_retries_total{app="shop",upstream="site"} 1`,
		`hedge_upstream_duration_seconds_count{app="shop",upstream="site"} 3`,
		`hedge_upstream_target_up{app="shop",upstream="site",target="` + failing + `"} 0`,
		`hedge_upstream_target_up{app="shop",upstream="site",target="` + good + `"} 1`,
		`hedge_split_requests_total{app="shop",split="home",side="other",code="2xx"} 1`,
		`hedge_split_share{app="shop",split="home",side="other"} 1`,
		`hedge_connections_accepted_total{listener="plain"}`,
		`hedge_connections_open{protocol="http1"}`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	n.Remove("shop")
	if text := string(m.Text()); strings.Contains(text, `app="shop"`) {
		t.Errorf("an app that has gone is still there:\n%s", text)
	}
}

// An app with more routes and targets than may have histograms has counters for all of them.
func TestManyRoutesHaveCodes(t *testing.T) {
	release := &hedge.Release{Name: "shop"}
	for i := range 150 {
		release.Routes = append(release.Routes, hedge.Route{Path: fmt.Sprintf("/r%d", i), Exact: true, Answer: &hedge.Answer{Status: 503}})
	}
	n, m := measured(t, nil, release)
	if _, _, err := n.get(t, "/r149"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := n.get(t, "/none"); err != nil {
		t.Fatal(err)
	}
	<-n.access
	<-n.access
	text := string(m.Text())
	for _, want := range []string{
		`hedge_requests_total{app="shop",route="/r149",code="5xx"} 1`,
		`hedge_requests_total{app="shop",route="none",code="4xx"} 1`,
		`hedge_request_outcomes_total{app="shop",outcome="ok"}`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
}

// A release that has gone takes with it the series of what nobody has any more, and no
// counter that stays begins anew.
func TestReleasesTakeTheirSeriesAlong(t *testing.T) {
	good := site(t, func(http.ResponseWriter, *http.Request) {})
	release := func(i int) *hedge.Release {
		r := toUpstream(good)
		r.ID, r.Limits.WaitUntil = fmt.Sprint(i), 1
		r.Upstreams["other"] = hedge.Upstream{Targets: []string{fmt.Sprintf("http://10.0.0.%d", i)}}
		return r
	}
	n, m := measured(t, nil, release(0))
	for i := range 60 {
		if _, _, err := n.get(t, "/"); err != nil {
			t.Fatal(err)
		}
		<-n.access
		if err := n.Deploy(t.Context(), release(i+1)); err != nil {
			t.Fatal(err)
		}
	}
	overdue(t, "the series of targets that are gone stay", func() bool { return strings.Count(string(m.Text()), `_count{app="shop",upstream="other",target=`) == 1 })
	text := string(m.Text())
	for _, want := range []string{
		`hedge_requests_total{app="shop",route="/*",code="2xx"} 60`,
		`hedge_upstream_requests_total{app="shop",upstream="site",target="` + good + `",code="2xx"} 60`,
		`hedge_request_outcomes_total{app="shop",outcome="ok"} 60`,
		`hedge_upstream_target_duration_seconds_count{app="shop",upstream="other",target="http://10.0.0.60"} 0`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	if strings.Contains(text, "hedge_metrics_overflow_total{") {
		t.Error("there was no room, although few series are left")
	}
}

// A request that outlives its app does not bring series of it back.
func TestRequestOutlivesItsApp(t *testing.T) {
	asked, answer := make(chan struct{}), make(chan struct{})
	n, m := measured(t, nil, toUpstream(site(t, func(w http.ResponseWriter, _ *http.Request) {
		close(asked)
		<-answer
		w.WriteHeader(503)
	})))
	done := make(chan error)
	go func() {
		_, _, err := n.get(t, "/")
		done <- err
	}()
	<-asked
	n.Remove("shop")
	close(answer)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	<-n.access
	if text := string(m.Text()); strings.Contains(text, `app="shop"`) {
		t.Errorf("an app that has gone is back:\n%s", text)
	}
}

// overdue fails the test when what is to come has not come for long.
func overdue(t *testing.T, what string, come func() bool) {
	t.Helper()
	for limit := time.Now().Add(time.Minute); !come(); runtime.Gosched() {
		if time.Now().After(limit) {
			t.Fatal(what)
		}
	}
}

// What is under way in a release that was replaced is still under way in the app.
func TestActiveRequestsOfReplacedReleases(t *testing.T) {
	asked, answer := make(chan struct{}), make(chan struct{})
	origin := site(t, func(http.ResponseWriter, *http.Request) {
		asked <- struct{}{}
		<-answer
	})
	r := start(t, Config{}, nil, toUpstream(origin))
	var clients sync.WaitGroup
	wants := func(when string, want int64) {
		t.Helper()
		if is := r.Apps()[0].Active; is != want {
			t.Errorf("%s the app has %d requests under way, want %d", when, is, want)
		}
		if is := r.Upstreams()[0].Targets[0].Active; is != want {
			t.Errorf("%s the target has %d requests under way, want %d", when, is, want)
		}
	}
	ask := func() {
		clients.Go(func() { _, _, _ = r.get(t, "/") })
		<-asked
	}
	ask()
	wants("before", 1)
	next := toUpstream(origin)
	next.ID = "another"
	r.deploy(t, next)
	wants("after another release came", 1)
	ask()
	wants("with one of each", 2)
	close(answer)
	clients.Wait()
	for r.Apps()[0].Active > 0 { // the last one has its answer, and is about to be over
		if t.Context().Err() != nil {
			t.Fatal("requests that are over are under way")
		}
	}
	wants("at the end", 0)
}

// What code does behind its answer, as waitUntil has it, is counted as well.
func TestMetricsOfWhatComesBehindTheAnswer(t *testing.T) {
	var account *hedge.Account
	code := newCode(func(_ context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		account = req.Account
		account.Spent(time.Second)
		account.Fetched()
		return httpmsg.Text(200, "hello"), nil
	})
	n, m := measured(t, withCode(code), codeApp())
	if _, _, err := n.get(t, "/"); err != nil {
		t.Fatal(err)
	}
	if a := <-n.access; a.CPU != time.Second || a.Fetches != 1 {
		t.Errorf("the log has %v, %d fetches", a.CPU, a.Fetches)
	}
	account.Spent(2 * time.Second)
	account.Fetched()
	account.Decided(hedge.Decision{Reason: hedge.ReasonRetried})
	text := string(m.Text())
	for _, want := range []string{
		`hedge_cpu_seconds_total{app="shop"} 3`,
		`hedge_fetches_total{app="shop"} 2`,
		`hedge_decisions_total{app="shop",reason="retried"} 1`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
}
