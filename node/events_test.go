package node

import (
	"bufio"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"testing"

	"hedge"
	"hedge/coding"
	"hedge/httpmsg"
)

// feed is an origin of server-sent events. It sends the next one only when the test
// says that the client has seen the one before.
type feed struct {
	url  string
	seen chan struct{}
	from chan string   // Last-Event-ID of each client that comes
	gone chan struct{} // one for each client that has gone
}

func newFeed(t *testing.T) *feed {
	f := &feed{seen: make(chan struct{}), from: make(chan string, 10), gone: make(chan struct{}, 10)}
	f.url = site(t, func(w http.ResponseWriter, req *http.Request) {
		f.from <- req.Header.Get("Last-Event-ID")
		w.Header().Set("Content-Type", "text/event-stream")
		defer func() { f.gone <- struct{}{} }()
		for id := 1; ; id++ {
			fmt.Fprintf(w, "id: %d\ndata: event %d\n\n", id, id)
			w.(http.Flusher).Flush()
			select {
			case <-f.seen:
			case <-req.Context().Done():
				return
			}
		}
	})
	return f
}

// compressed passes on what an origin sends, compressed, as code does that sets
// Content-Encoding.
func compressed(client *Client, url string) httpmsg.RoundTripperFunc {
	return func(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		out := req.Clone()
		out.Scheme, out.Authority = "http", url[len("http://"):]
		res, err := client.RoundTrip(ctx, out)
		if err == nil {
			res.Header.Add("Content-Encoding", "gzip")
			res.Body, res.ContentLength = coding.Encode("gzip", res.Body, coding.Uncounted{}), -1
		}
		return res, err
	}
}

// Each event reaches the client before the origin makes the next one, whatever is in
// between. A client that comes back says where it was, and one that goes ends the
// origin's request.
func TestServerSentEvents(t *testing.T) {
	for name, c := range map[string]struct{ zip, two bool }{
		"HTTP/1.1": {}, "HTTP/2": {two: true}, "HTTP/1.1, compressed": {zip: true}, "HTTP/2, compressed": {true, true},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFeed(t)
			client := NewClient(DefaultClientConfig())
			t.Cleanup(client.Close)
			var r *running
			if c.zip {
				r = start(t, Config{}, withCode(newCode(compressed(client, f.url))), codeApp())
			} else {
				r = start(t, Config{}, nil, toUpstream(f.url))
			}
			transport := &http.Transport{DisableCompression: true}
			if c.two { // with prior knowledge
				transport.Protocols = new(http.Protocols)
				transport.Protocols.SetUnencryptedHTTP2(true)
			}
			defer transport.CloseIdleConnections()
			for _, last := range []string{"", "3"} {
				r.follow(t, transport, f, last, c.zip)
			}
		})
	}
}

// follow reads three events, and goes.
func (r *running) follow(t *testing.T, client http.RoundTripper, f *feed, last string, zip bool) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+r.addr+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	res, err := client.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var from io.Reader = res.Body
	if zip {
		if from, err = gzip.NewReader(res.Body); err != nil {
			t.Fatal(err)
		}
	}
	in := bufio.NewReader(from)
	for id := 1; id <= 3; id++ {
		for _, want := range []string{fmt.Sprintf("id: %d\n", id), fmt.Sprintf("data: event %d\n", id), "\n"} {
			if line, err := in.ReadString('\n'); err != nil || line != want {
				t.Fatalf("%q (%v), want %q", line, err, want)
			}
		}
		if id < 3 {
			f.seen <- struct{}{}
		}
	}
	cancel()
	<-f.gone
	if got := <-f.from; got != last {
		t.Errorf("the origin was asked for what follows %q, want %q", got, last)
	}
	if a := <-r.access; a.Outcome != hedge.OutcomeClientGone {
		t.Errorf("the outcome is %q", a.Outcome)
	}
}
