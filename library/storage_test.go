package library_test

import (
	"context"
	"fmt"
	"io"
	"sync"
	"testing"

	"hedge/httpmsg"
	"hedge/jsapi/jsapitest"
	"hedge/worker"
)

// pair answers requests two at a time: neither of them before both are there.
type pair struct{ both sync.WaitGroup }

func (p *pair) RoundTrip(context.Context, *httpmsg.Request) (*httpmsg.Response, error) {
	p.both.Done()
	p.both.Wait()
	return &httpmsg.Response{Status: 200, Body: httpmsg.NewBytesBody([]byte("x")), ContentLength: 1}, nil
}

// Two requests wait in one isolate at the same time, and neither sees the other's store: not after a fetch,
// not in a body that is made while it is sent, and not in waitUntil.
func TestStorageOfTwoRequestsAtOnce(t *testing.T) {
	origin := &pair{}
	origin.both.Add(2)
	f := jsapitest.New(t)
	f.Client = origin
	f.Configure = func(cfg *worker.Config) { cfg.Spares, cfg.Isolates = 0, 1 }
	f.Start()
	app, err := f.Runtime.Load(t.Context(), build(t, "requests"))
	if err != nil {
		t.Fatal(err)
	}
	defer app.Close()
	var done sync.WaitGroup
	for i := range 2 {
		done.Go(func() {
			jsapitest.Want(t, app, jsapitest.Request("GET", fmt.Sprintf("/%d", i)), fmt.Sprintf("/%d,/%d,/%d,/%d", i, i, i, i))
		})
	}
	done.Wait()
}

// The event that a client has left comes from the host, where there are no stores: its listener runs in
// that of where it was added.
func TestStorageOfAClientThatLeaves(t *testing.T) {
	heard := make(chan string, 1)
	f := jsapitest.New(t)
	f.Client = httpmsg.RoundTripperFunc(func(_ context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		heard <- req.Target
		return httpmsg.Text(200, "heard"), nil
	})
	f.Start()
	app, err := f.Runtime.Load(t.Context(), build(t, "leaves"))
	if err != nil {
		t.Fatal(err)
	}
	defer app.Close()
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	res, err := app.RoundTrip(ctx, jsapitest.Request("GET", "/"))
	if err != nil {
		t.Fatal(err)
	}
	defer res.CloseBody()
	if _, err := io.ReadFull(res.Body, make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	leave()
	if told := <-heard; told != "/mine" {
		t.Errorf("the listener saw %s", told)
	}
}
