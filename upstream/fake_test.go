package upstream_test

import (
	"context"
	"io"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"hedge"
	"hedge/httpmsg"
	"hedge/telemetry"
	"hedge/upstream"
)

// origin is a client that keeps what it was given and answers from memory.
type origin struct {
	requests []*httpmsg.Request
	bodies   []string
	// down are the authorities that refuse connections, with the outcome.
	down map[string]hedge.Outcome
	// reads makes a refusal read from the body first, as a client does that has
	// been connected.
	reads  bool
	header httpmsg.Header // of the answer
}

func (o *origin) RoundTrip(_ context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
	if req.Body != nil {
		defer func() { _ = req.Body.Close() }()
	}
	o.requests = append(o.requests, req)
	if outcome := o.down[req.Authority]; outcome != "" {
		if o.reads {
			_, _ = req.Body.Read(make([]byte, 1))
		}
		return nil, hedge.Errorf(outcome, "%s is down", req.Authority)
	}
	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		o.bodies = append(o.bodies, string(body))
	}
	return &httpmsg.Response{Status: 200, Header: o.header.Clone()}, nil
}

// last returns the request that the origin got last.
func (o *origin) last(t *testing.T) *httpmsg.Request {
	t.Helper()
	if len(o.requests) == 0 {
		t.Fatal("the origin got no request")
	}
	return o.requests[len(o.requests)-1]
}

// watchedBody counts how often it is closed.
type watchedBody struct {
	io.Reader
	closes atomic.Int32
}

func (b *watchedBody) Close() error {
	b.closes.Add(1)
	return nil
}

func newPool(t *testing.T, client httpmsg.RoundTripper, policy hedge.HostPolicy, targets ...string) *upstream.Pool {
	t.Helper()
	pool, err := upstream.New("blog", hedge.Upstream{Targets: targets, Host: policy}, upstream.Config{Client: client})
	if err != nil {
		t.Fatal(err)
	}
	return pool
}

// get is a request from a client at 192.0.2.7.
func get(target string, fields ...string) *httpmsg.Request {
	return &httpmsg.Request{
		Method: "GET", Scheme: "https", Authority: "shop.example.com", Target: target, Proto: "HTTP/1.1",
		Header: httpmsg.NewHeader(fields...), Remote: netip.MustParseAddrPort("192.0.2.7:5000"),
	}
}

// exchange sends a request and fails the test if there is no answer.
func exchange(t *testing.T, rt httpmsg.RoundTripper, req *httpmsg.Request) *httpmsg.Response {
	t.Helper()
	res, err := rt.RoundTrip(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// lines writes a header as text.
func lines(h *httpmsg.Header) string {
	var b strings.Builder
	for _, f := range h.Fields() {
		b.WriteString(f.Name + ": " + f.Value + "\n")
	}
	return b.String()
}

// newPoolOf makes a pool that is closed with the test.
func newPoolOf(t *testing.T, u hedge.Upstream, cfg upstream.Config) *upstream.Pool {
	t.Helper()
	p, err := upstream.New("blog", u, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// wantMetric looks for a line, or a part of one.
func wantMetric(t *testing.T, m *telemetry.Registry, want string) {
	t.Helper()
	if text := string(m.Text()); !strings.Contains(text, want) {
		t.Errorf("the metrics have no %s:\n%s", want, text)
	}
}
