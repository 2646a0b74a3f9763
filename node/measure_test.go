package node

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"hedge"
	"hedge/httpmsg"
	"hedge/telemetry"
)

// What a request has been counted as can be relied on as soon as its line is there.
func TestMetrics(t *testing.T) {
	failing := site(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) })
	good := site(t, func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte("hello")) })
	m := telemetry.NewRegistry()
	origins := NewOrigins(OriginsConfig{Client: DefaultClientConfig(), Clients: NewClients(DefaultClientConfig(), nil, nil), Metrics: m})
	t.Cleanup(origins.Close)
	release := toUpstream(good)
	release.Upstreams["site"] = hedge.Upstream{Targets: []string{failing, good}, Outlier: hedge.Outlier{Errors: 1}}
	release.Upstreams["other"] = hedge.Upstream{Targets: []string{good}}
	release.Splits = map[string]hedge.Split{"home": {Sides: []hedge.Side{{Upstream: "site", Weight: 0}, {Upstream: "other", Weight: 100}}, Sticky: hedge.StickyNone}}
	release.Routes = append([]hedge.Route{{Path: "/split", Split: "home"}}, release.Routes...)
	n := start(t, Config{
		Metrics: m,
		Origins: origins,
	}, nil, release)
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

// What code does behind its answer, as waitUntil has it, is counted as well.
func TestMetricsOfWhatComesBehindTheAnswer(t *testing.T) {
	var account *hedge.Account
	code := newCode(func(_ context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		account = req.Account
		account.Spent(time.Second)
		account.Fetched()
		return httpmsg.Text(200, "hello"), nil
	})
	m := telemetry.NewRegistry()
	n := start(t, Config{Metrics: m}, withCode(code), codeApp())
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
