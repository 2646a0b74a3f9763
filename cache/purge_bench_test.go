package cache_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"testing"
	"time"

	"hedge/cache"
	"hedge/cache/disk"
	"hedge/cache/mem"
	"hedge/httpmsg"
)

// A purge of a million entries, written down so that it survives a power cut, and without
// that. What it is about is found to be purged right after it.
func BenchmarkPurgeMillion(b *testing.B) {
	const entries = 1_000_000
	store, err := mem.New(mem.Config{Bytes: 1 << 40})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	meta := &cache.Meta{App: "shop", Tags: []string{"all"}, Status: 200}
	for i := range entries {
		w, err := store.Put(b.Context(), sha256.Sum256(binary.AppendUvarint(nil, uint64(i))), 0)
		if err != nil {
			b.Fatal(err)
		}
		if err := w.Commit(meta); err != nil {
			b.Fatal(err)
		}
		w.Release()
	}
	purges := disk.OpenPurges(disk.Folder(b.TempDir()), time.Now, func(err error) { b.Error(err) })
	defer purges.Close()
	for _, c := range []struct {
		name string
		bus  cache.Bus
	}{{"kept", purges}, {"memory", nil}} {
		b.Run(c.name, func(b *testing.B) {
			shared := cache.New(cache.Config{Store: store, Bus: c.bus})
			defer shared.Close()
			policy := &cache.Policy{App: "shop", Scope: "bench"}
			origin, worst := always{}, time.Duration(0)
			for b.Loop() {
				ask(b, shared, policy, origin, cache.ReasonMiss, cache.ReasonHit, cache.ReasonPurged)
				began := time.Now()
				if err := shared.Purge(b.Context(), cache.Purge{App: "shop", Tag: "all"}); err != nil {
					b.Fatal(err)
				}
				worst = max(worst, time.Since(began))
				ask(b, shared, policy, origin, cache.ReasonPurged)
			}
			b.ReportMetric(float64(worst.Microseconds()), "µs/slowest-purge")
		})
	}
}

// always is an origin that answers with what has the tag.
type always struct{}

func (always) RoundTrip(context.Context, *httpmsg.Request) (*httpmsg.Response, error) {
	return &httpmsg.Response{Status: 200, Header: httpmsg.NewHeader("Cache-Control", "max-age=60", "Cache-Tag", "all")}, nil
}

func ask(b *testing.B, c *cache.Cache, p *cache.Policy, origin httpmsg.RoundTripper, want ...cache.Reason) {
	var x cache.Exchange
	req := request("GET", "/")
	res := x.Lookup(b.Context(), c, p, req, origin)
	var err error
	if res == nil {
		res, err = x.Fetch(b.Context(), origin)
	}
	if err != nil {
		b.Fatal(err)
	}
	res.CloseBody()
	for _, reason := range want {
		if x.Reason() == reason {
			return
		}
	}
	b.Fatalf("the reason is %s, want %s", x.Reason(), want)
}
