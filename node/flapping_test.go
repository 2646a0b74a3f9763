package node

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"hedge"
)

// Origins that come and go do not get more than a fifth more requests for it: retries
// have a budget, also when every request would ask for one.
func TestFlappingOrigins(t *testing.T) {
	const clients, each = 64, 50
	for name, fails := range map[string]func(n int64) bool{
		"in turns": func(n int64) bool { return n/200%2 == 0 },
		"always":   func(int64) bool { return true },
	} {
		t.Run(name, func(t *testing.T) {
			var tries atomic.Int64
			var targets []string
			for range 3 {
				targets = append(targets, site(t, func(w http.ResponseWriter, _ *http.Request) {
					if fails(tries.Add(1)) {
						w.WriteHeader(http.StatusServiceUnavailable)
					}
				}))
			}
			release := toUpstream(targets[0])
			release.Upstreams = map[string]hedge.Upstream{"site": {Targets: targets, Outlier: hedge.Outlier{Errors: 1 << 30}}}
			r := start(t, Config{}, nil, release)
			var asking sync.WaitGroup
			for range clients {
				asking.Go(func() {
					client := &http.Client{Transport: &http.Transport{}}
					defer client.CloseIdleConnections()
					for range each {
						res, err := client.Get("http://" + r.addr + "/")
						if err != nil {
							t.Error(err)
							return
						}
						_ = res.Body.Close()
					}
				})
			}
			asking.Wait()
			// Thirty more are for the first moment, when nobody knows how long it lasts.
			if most := int64(clients*each*1.2) + 30; tries.Load() > most {
				t.Errorf("%d requests made %d at the origins, want %d at most", clients*each, tries.Load(), most)
			}
		})
	}
}
