package node

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"hedge"
)

// However a request comes to an origin, the origin gets the count of the requests that
// have led to it, or a loop through a retry, a split or a mirror would have no end.
func TestDepthIsPassedOn(t *testing.T) {
	type arrival struct{ who, loop string }
	arrivals := make(chan arrival, 16)
	stall := make(chan struct{})
	origin := func(who string, answer http.HandlerFunc) string {
		return site(t, func(w http.ResponseWriter, r *http.Request) {
			arrivals <- arrival{who, r.Header.Get("CDN-Loop")}
			if answer != nil {
				answer(w, r)
			}
		})
	}
	good := origin("good", nil)
	failing := origin("failing", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) })
	asked := make(chan struct{}, 1)
	slow := origin("slow", func(http.ResponseWriter, *http.Request) {
		asked <- struct{}{}
		<-stall
	})
	quick := origin("quick", func(http.ResponseWriter, *http.Request) { <-asked })
	t.Cleanup(func() { close(stall) })
	shadow := origin("shadow", nil)
	release := &hedge.Release{
		Name: "shop",
		Routes: []hedge.Route{
			{Path: "/retry", Upstream: "retry"},
			{Path: "/hedge", Upstream: "hedge"},
			{Path: "/mirror", Upstream: "mirror"},
			{Path: "/split", Split: "both"},
		},
		Upstreams: map[string]hedge.Upstream{
			"retry":  {Targets: []string{failing, good}},
			"hedge":  {Targets: []string{slow, quick}, Hedging: hedge.Hedging{After: time.Millisecond}},
			"mirror": {Targets: []string{good}, Mirror: hedge.Mirror{To: "shadow"}},
			"shadow": {Targets: []string{shadow}},
		},
		Splits: map[string]hedge.Split{"both": {Sides: []hedge.Side{{Upstream: "retry", Weight: 1}, {Upstream: "mirror", Weight: 0}}, Sticky: hedge.StickyNone}},
	}
	loops := NewLoops(nil)
	cfg := Config{Loops: loops, Origins: NewOrigins(OriginsConfig{Client: DefaultClientConfig(), Loops: loops, Clients: NewClients(DefaultClientConfig(), loops, nil)})}
	t.Cleanup(cfg.Origins.Close)
	n := start(t, cfg, nil, release)
	for _, c := range []struct {
		path string
		want []string
	}{
		{"/retry", []string{"failing", "good"}},
		{"/hedge", []string{"slow", "quick"}},
		{"/mirror", []string{"good", "shadow"}},
		{"/split", []string{"good"}}, // the pool has come to its second target
	} {
		if res, _, err := n.get(t, c.path, "CDN-Loop", loops.members[3]); err != nil || res.StatusCode != 200 {
			t.Errorf("%s: %v, %v", c.path, res, err)
		}
		for range c.want {
			if a := <-arrivals; a.loop != loops.members[4] || !slices.Contains(c.want, a.who) {
				t.Errorf("%s: %s got %q, want %q", c.path, a.who, a.loop, loops.members[4])
			}
		}
		if res, _, err := n.get(t, c.path, "CDN-Loop", loops.members[maxDepth]); err != nil || res.StatusCode != 508 {
			t.Errorf("%s: a loop ends with %v, %v", c.path, res, err)
		}
		if len(arrivals) > 0 {
			t.Errorf("%s: %v came to an origin", c.path, <-arrivals)
		}
	}
}
