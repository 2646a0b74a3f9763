package cache_test

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hedge/cache"
	"hedge/cache/mem"
	"hedge/httpmsg"
)

// BenchmarkMemoryPerObject is what an answer of 1 KiB in memory takes, all told: the heap
// that has grown, after a collection, for each of 200,000.
func BenchmarkMemoryPerObject(b *testing.B) {
	const objects = 200_000
	for b.Loop() {
		store, err := mem.New(mem.Config{Bytes: 1 << 30})
		if err != nil {
			b.Fatal(err)
		}
		c := cache.New(cache.Config{Store: store})
		p := &cache.Policy{App: "shop", Scope: "upstream:a"}
		content := make([]byte, 1<<10)
		origin := httpmsg.RoundTripperFunc(func(context.Context, *httpmsg.Request) (*httpmsg.Response, error) {
			return &httpmsg.Response{
				Status: 200, Body: httpmsg.NewBytesBody(content), ContentLength: int64(len(content)),
				Header: httpmsg.NewHeader("Content-Type", "application/octet-stream", "Cache-Control", "max-age=86400", "ETag", `"a"`, "Date", "Tue, 01 Jan 2030 12:00:00 GMT"),
			}, nil
		})
		before := heap()
		for i := range objects {
			ctx, over := context.WithCancel(b.Context())
			res, err := c.RoundTrip(ctx, p, request("GET", fmt.Sprint("/", i)), origin)
			if err != nil {
				b.Fatal(err)
			}
			res.CloseBody()
			over()
		}
		c.Wait()
		store.Settle()
		b.ReportMetric(float64(heap()-before)/float64(store.Stats().Entries), "B/object")
		b.ReportMetric(float64(store.Stats().Bytes)/float64(store.Stats().Entries), "counted-B/object")
		b.ReportMetric(0, "ns/op")
		store.Close()
	}
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// BenchmarkConcurrentMisses is a thousand requests for what is not stored: how often the
// origin is asked, and how long after its first byte the last of them has that.
func BenchmarkConcurrentMisses(b *testing.B) {
	const clients = 1000
	for b.Loop() {
		store, err := mem.New(mem.Config{Bytes: 64 << 20})
		if err != nil {
			b.Fatal(err)
		}
		c := cache.New(cache.Config{Store: store})
		p := &cache.Policy{App: "shop", Scope: "upstream:a"}
		var asked atomic.Int64
		var sent atomic.Pointer[time.Time]
		waiting := make(chan struct{}, clients)
		first, rest := io.Pipe()
		origin := httpmsg.RoundTripperFunc(func(context.Context, *httpmsg.Request) (*httpmsg.Response, error) {
			asked.Add(1)
			return &httpmsg.Response{Status: 200, Header: httpmsg.NewHeader("Cache-Control", "max-age=60"), Body: first, ContentLength: 2}, nil
		})
		var all sync.WaitGroup
		var last atomic.Int64
		for range clients {
			all.Go(func() {
				res, err := c.RoundTrip(b.Context(), p, request("GET", "/"), origin)
				waiting <- struct{}{}
				if err != nil {
					b.Error(err)
					return
				}
				defer res.CloseBody()
				if _, err := io.ReadFull(res.Body, make([]byte, 1)); err != nil {
					b.Error(err)
				}
				if late := int64(time.Since(*sent.Load())); late > last.Load() {
					last.Store(late) // now and then one too small, by less than what it tells
				}
			})
		}
		for range clients {
			<-waiting
		}
		now := time.Now()
		sent.Store(&now)
		_, _ = rest.Write([]byte("a"))
		all.Wait()
		_, _ = rest.Write([]byte("b"))
		_ = rest.Close()
		c.Wait()
		b.ReportMetric(float64(asked.Load()), "origin-requests")
		b.ReportMetric(float64(last.Load())/1e6, "last-first-byte-ms")
		b.ReportMetric(0, "ns/op")
		store.Close()
	}
}
