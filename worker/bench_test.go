package worker_test

import (
	"context"
	"testing"
	"time"

	"hedge"
	"hedge/httpmsg"
	"hedge/jsapi/jsapitest"
)

func benchRequest() *httpmsg.Request {
	req := jsapitest.Request("GET", "/path?query")
	req.Header = httpmsg.NewHeader("User-Agent", "bench/1.0", "Accept", "*/*", "Accept-Encoding", "gzip, br")
	return req
}

const helloApp = `export default { async fetch(request, env, ctx) { return new Response("hello", { headers: { "x-a": "b" } }) } }`

// BenchmarkHello is a request through an app and back, without a socket. The
// metric turn-ns is the turn alone, by the thread's clock.
func BenchmarkHello(b *testing.B) {
	app := jsapitest.New(b).Start().App(helloApp)
	req := benchRequest()
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		res, err := app.RoundTrip(ctx, req)
		if err != nil {
			b.Fatal(err)
		}
		res.CloseBody()
	}
	b.ReportMetric(float64(req.Account.Snapshot().CPU.Nanoseconds())/float64(b.N), "turn-ns")
}

// BenchmarkFetch is a request whose answer code fetches and passes on: its two turns,
// and what is between them, without a socket. The metric turn-ns is both turns.
func BenchmarkFetch(b *testing.B) {
	f := jsapitest.New(b)
	f.Client = httpmsg.RoundTripperFunc(func(context.Context, *httpmsg.Request) (*httpmsg.Response, error) {
		return httpmsg.Bytes(200, "text/plain", make([]byte, 1024)), nil
	})
	app := f.Start().App(`export default { fetch: (request) => fetch("http://origin.example" + new URL(request.url).pathname) }`)
	ctx := context.Background()
	var cpu time.Duration
	b.ReportAllocs()
	for b.Loop() {
		req := benchRequest()
		res, err := app.RoundTrip(ctx, req)
		if err != nil {
			b.Fatal(err)
		}
		res.CloseBody()
		cpu += req.Account.Snapshot().CPU
	}
	b.ReportMetric(float64(cpu.Nanoseconds())/float64(b.N), "turn-ns")
}

// BenchmarkColdStart is an app's first response when its isolate has to be made:
// from a warm spare, and from nothing.
func BenchmarkColdStart(b *testing.B) {
	f := jsapitest.New(b).Start()
	for _, from := range []string{"spare", "nothing"} {
		b.Run(from, func(b *testing.B) {
			release := f.Release(helloApp)
			if from == "nothing" {
				release.Limits.Memory += 1 << 20 // spares have the default limit
			}
			app, err := f.Runtime.Load(context.Background(), release)
			if err != nil {
				b.Fatal(err)
			}
			defer app.Close()
			for b.Loop() {
				b.StopTimer()
				f.Runtime.RetireAll()
				f.Runtime.AwaitSpares()
				b.StartTimer()
				if _, _, outcome := jsapitest.Do(b, app, benchRequest()); outcome != hedge.OutcomeOK {
					b.Fatal(outcome)
				}
			}
		})
	}
}
