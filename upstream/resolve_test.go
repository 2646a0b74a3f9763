package upstream_test

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hedge"
	"hedge/httpmsg"
	"hedge/upstream"
)

// names is a resolver whose answers a test changes. An empty one is a failure.
type names struct {
	mu     sync.Mutex // guards what follows
	of     map[string]string
	lookup int
}

func (n *names) LookupNetIP(_ context.Context, _, host string) (found []netip.Addr, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.lookup++
	if n.of[host] == "" {
		return nil, errors.New("no such host")
	}
	for text := range strings.SplitSeq(n.of[host], " ") {
		found = append(found, netip.MustParseAddr(text))
	}
	return found, nil
}

func (n *names) set(host, addresses string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.of[host] = addresses
}

// byAddress answers with the address that it was connected to.
func byAddress(o *origins) httpmsg.RoundTripperFunc {
	return func(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		to := *req
		if req.Address.IsValid() {
			to.Authority = req.Address.String()
		}
		return o.answer(ctx, &to)
	}
}

func resolvingPool(t *testing.T, w *world, n *names, o *origins, u hedge.Upstream) *upstream.Pool {
	t.Helper()
	cfg := w.config(byAddress(o))
	cfg.Resolver = n
	p, err := upstream.New("blog", u, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// Each address of a name is a target with the name's weight; what is looked up again
// changes them, and a failure does not.
func TestResolves(t *testing.T) {
	w, o, n := newWorld(), newOrigins(), &names{of: map[string]string{"a": "10.0.0.2 10.0.0.1 ::ffff:10.0.0.1"}}
	p := resolvingPool(t, w, n, o, hedge.Upstream{Targets: []string{"http://a", "http://192.0.2.1", "http://b"}, Weights: []int{2, 1, 1}, Resolve: 30 * time.Second})
	counts := func() map[string]int {
		for range 60 {
			ask(t, p, "/")
		}
		return o.counts()
	}
	equal := func(when string, want map[string]int) {
		t.Helper()
		if got := counts(); len(got) != len(want) || !slices.EqualFunc(keysOf(got), keysOf(want), func(a, b string) bool { return a == b && got[a] == want[b] }) {
			t.Errorf("%s: %v, want %v", when, got, want)
		}
	}
	equal("before the first lookup", map[string]int{"a": 30, "192.0.2.1": 15, "b": 15})
	w.pass(0) // the first lookup
	w.wantNotices(t, "upstream:blog: resolved, http://a: 10.0.0.1, 10.0.0.2", "upstream:blog: not resolved, http://b: no such host; what was known is used")
	equal("resolved", map[string]int{"10.0.0.1": 20, "10.0.0.2": 20, "192.0.2.1": 10, "b": 10})
	n.set("a", "10.0.0.2 10.0.0.3")
	n.set("b", "10.0.1.1")
	w.pass(30 * time.Second)
	w.wantNotices(t, "upstream:blog: resolved, http://a: 10.0.0.2, 10.0.0.3", "upstream:blog: resolved, http://b: 10.0.1.1")
	equal("changed", map[string]int{"10.0.0.2": 20, "10.0.0.3": 20, "192.0.2.1": 10, "10.0.1.1": 10})
	n.set("a", "")
	w.pass(90 * time.Second)
	w.wantNotices(t, "upstream:blog: not resolved, http://a: no such host; what was known is used")
	equal("failed", map[string]int{"10.0.0.2": 20, "10.0.0.3": 20, "192.0.2.1": 10, "10.0.1.1": 10})
	status := p.Status()
	if len(status.Targets) != 3 || len(status.Targets[0].Addresses) != 2 || status.Targets[0].Addresses[1].Address != "10.0.0.3" || status.Targets[1].Addresses != nil {
		t.Errorf("the status is %+v", status)
	}
	p.Close()
	before := n.lookup
	w.pass(time.Hour)
	if n.lookup != before {
		t.Error("a pool that is closed looks names up")
	}
}

// What is known of an address stays while it is there, and ends with it.
func TestAddressesKeepTheirState(t *testing.T) {
	w, o, n := newWorld(), newOrigins(), &names{of: map[string]string{"a": "10.0.0.1 10.0.0.2 10.0.0.3"}}
	p := resolvingPool(t, w, n, o, hedge.Upstream{
		Targets: []string{"http://a"}, Resolve: 10 * time.Second, Outlier: hedge.Outlier{Errors: 1}, Retry: hedge.Retry{Tries: -1},
		Health: hedge.Health{Path: "/healthz", Every: time.Minute}, Sticky: "target",
	})
	w.pass(0) // the first lookup
	o.set("10.0.0.1", 500)
	for range 3 {
		ask(t, p, "/")
	}
	w.wantNotices(t, "upstream:blog: resolved, http://a: 10.0.0.1, 10.0.0.2, 10.0.0.3", "upstream:blog: ejected, 1 consecutive 5xx, for 30s: http://a (10.0.0.1)")
	who, res, _ := ask(t, p, "/")
	cookie := res.Header.Get("Set-Cookie")
	cookie, _, _ = strings.Cut(cookie, ";")
	n.set("a", "10.0.0.1 "+who+" 10.0.0.4")
	w.pass(10 * time.Second)
	o.counts()
	for range 4 {
		if again, _, _ := ask(t, p, "/", "Cookie", cookie); again != who {
			t.Errorf("the visitor of %s came to %s", who, again)
		}
		ask(t, p, "/")
	}
	if got := o.counts(); got["10.0.0.1"] != 0 || got["10.0.0.4"] == 0 {
		t.Errorf("%v: one address is out, and one is new", got)
	}
	w.wantNotices(t, "upstream:blog: resolved, http://a: 10.0.0.1, "+who+", 10.0.0.4")
	// The one that is out goes; nothing readmits it, and nobody checks it.
	n.set("a", "10.0.0.4")
	w.pass(10 * time.Second)
	o.counts()
	w.pass(10 * time.Minute)
	if got := o.counts(); len(got) != 1 || got["10.0.0.4"] == 0 {
		t.Errorf("checks went to %v", got)
	}
	w.wantNotices(t, "upstream:blog: resolved, http://a: 10.0.0.4")
}

func keysOf(m map[string]int) []string {
	var keys []string
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
