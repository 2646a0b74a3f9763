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

// received is a copy as it came to the mirror.
type received struct {
	req  *httpmsg.Request
	body string
}

// mirrored makes a pool whose requests are copied to what answers with a status, or
// stalls until its context ends.
func mirrored(t *testing.T, w *world, spec hedge.Mirror, m *telemetry.Registry, stalls bool, client httpmsg.RoundTripperFunc) (rt httpmsg.RoundTripper, copies chan received, over func()) {
	t.Helper()
	copies = make(chan received, 1024)
	spec.To = "shadow"
	cfg := w.config(client)
	cfg.Metrics = m.Scope("shop")
	p := newPoolOf(t, hedge.Upstream{Targets: targets("a"), Mirror: spec, Retry: hedge.Retry{Tries: -1}}, cfg)
	p.Mirror(httpmsg.RoundTripperFunc(func(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		body := ""
		if req.Body != nil {
			text, err := io.ReadAll(req.Body)
			if err != nil {
				t.Error(err)
			}
			body = string(text)
			_ = req.Body.Close()
		}
		copies <- received{req, body}
		if stalls {
			<-ctx.Done()
			return nil, context.Cause(ctx)
		}
		return httpmsg.Text(503, strings.Repeat("x", 1<<20)), nil
	}))
	return p, copies, p.Close
}

// reads answers when it has read the content.
func reads(_ context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
	text := ""
	if req.Body != nil {
		content, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		text = string(content)
		_ = req.Body.Close()
	}
	return httpmsg.Text(200, "read "+text), nil
}

// ignores answers without reading.
func ignores(_ context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
	_ = req.Body.Close()
	return httpmsg.Text(200, "ignored"), nil
}

// A copy has what the request has; what is too long or is not read has none. The
// visitor gets the origin's answer, whatever the mirror's is.
func TestMirror(t *testing.T) {
	for _, c := range []struct {
		name   string
		body   string
		length int64 // that is told beforehand
		client httpmsg.RoundTripperFunc
		copied bool
		reason string
	}{
		{"no content", "", 0, reads, true, ""},
		{"content", "hello", 5, reads, true, ""},
		{"content of unknown length", "hello", -1, reads, true, ""},
		{"long content", strings.Repeat("x", 11), 11, reads, false, "upstream:blog: not mirrored, its content is too long"},
		{"long content of unknown length", strings.Repeat("x", 11), -1, reads, false, "upstream:blog: not mirrored, its content is too long"},
		{"unread content", "hello", 5, ignores, false, "upstream:blog: not mirrored, its content was not read"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, m := newWorld(), telemetry.NewRegistry()
			rt, copies, _ := mirrored(t, w, hedge.Mirror{MaxBody: 10}, m, false, c.client)
			req := get("/x?y", "X-A", "1")
			req.Account, req.Depth = &hedge.Account{}, 3
			if c.body != "" {
				req.Method, req.Body, req.ContentLength = "POST", io.NopCloser(strings.NewReader(c.body)), c.length
			}
			res := exchange(t, rt, req)
			text, _ := io.ReadAll(res.Body)
			res.CloseBody()
			if want := "read " + c.body; res.Status != 200 || string(text) != want && string(text) != "ignored" {
				t.Errorf("the visitor got %d %q", res.Status, text)
			}
			if !c.copied {
				if got := req.Account.Snapshot().Decisions; len(got) != 1 || got[0].String() != c.reason {
					t.Errorf("the reasons are %v, want %q", got, c.reason)
				}
				wantMetric(t, m, `hedge_upstream_mirrored_requests_total{app="shop",upstream="blog",result="body"} 1`)
				return
			}
			got := <-copies
			if got.body != c.body || got.req.Method != req.Method || got.req.Target != "/x?y" || got.req.Header.Get("X-A") != "1" || got.req.Authority != "shop.example.com" || got.req.Account != nil {
				t.Errorf("the copy is %+v with %q", got.req, got.body)
			}
			if got.req.Depth != 3 {
				t.Errorf("the copy has the depth %d", got.req.Depth)
			}
		})
	}
}

// A share of the requests is copied, a mirror that stalls delays nobody, and only so
// many copies are under way. They end with the pool.
func TestMirrorThatStalls(t *testing.T) {
	w, m := newWorld(), telemetry.NewRegistry()
	rt, copies, end := mirrored(t, w, hedge.Mirror{Percent: 50}, m, true, reads)
	for range 1000 {
		if who, _, _ := ask(t, rt, "/"); who != "read " {
			t.Fatalf("got %q", who)
		}
	}
	for range 256 {
		<-copies
	}
	select {
	case <-copies:
		t.Error("more copies are under way than may be")
	default:
	}
	wantMetric(t, m, `result="busy"`)
	end()
	for !strings.Contains(string(m.Text()), `result="failed"} 256`) {
		w.pass(time.Millisecond)
	}
}

// Upstreams that mirror each other send each request once.
func TestMirrorsOfEachOther(t *testing.T) {
	w, o := newWorld(), newOrigins()
	asked := make(chan string, 16)
	cfg := w.config(func(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		asked <- req.Authority + " " + req.Header.Get("X-Forwarded-Prefix")
		return o.answer(ctx, req)
	})
	a := newPoolOf(t, hedge.Upstream{Targets: targets("a"), Mirror: hedge.Mirror{To: "b"}}, cfg)
	b := newPoolOf(t, hedge.Upstream{Targets: targets("b"), Mirror: hedge.Mirror{To: "a"}}, cfg)
	a.Mirror(b)
	b.Mirror(a)
	exchange(t, upstream.Mount("/blog", a), get("/blog/x")).CloseBody()
	got := map[string]bool{<-asked: true, <-asked: true}
	if !got["a /blog"] || !got["b /blog"] {
		t.Errorf("asked %v", got)
	}
	exchange(t, a, get("/")).CloseBody()
	got = map[string]bool{<-asked: true, <-asked: true}
	if !got["a "] || !got["b "] {
		t.Errorf("asked %v", got)
	}
}
