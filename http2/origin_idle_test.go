package http2

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"hedge/httpmsg"
)

// crowd is an origin that stands for all there are, and says which connections have been
// closed. It answers /held with one byte, and holds the rest back until it gets a word.
type crowd struct {
	url    string
	closed chan string   // the address of our side
	held   chan struct{} // a word lets one answer of /held end
}

func newCrowd(t *testing.T) *crowd {
	t.Helper()
	c := &crowd{closed: make(chan string, 64), held: make(chan struct{})}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "a")
		if r.URL.Path == "/held" {
			_ = http.NewResponseController(w).Flush()
			<-c.held
		}
		_, _ = io.WriteString(w, r.RemoteAddr)
	}))
	server.Config.Protocols = new(http.Protocols)
	server.Config.Protocols.SetUnencryptedHTTP2(true)
	server.Config.HTTP2 = &http.HTTP2Config{MaxConcurrentStreams: 1}
	server.Config.ConnState = func(nc net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			c.closed <- nc.RemoteAddr().String()
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	c.url = server.Listener.Addr().String()
	return c
}

// client connects to the crowd, whichever origin is asked for.
func (c *crowd) client(t *testing.T, idle, perOrigin int) (client *Client, dials func() int) {
	t.Helper()
	return newTestClient(t, func(cfg *ClientConfig) {
		cfg.Idle, cfg.IdlePerOrigin, cfg.IdleTimeout = idle, perOrigin, time.Hour
		dial := cfg.Dial
		cfg.Dial = func(ctx context.Context, to httpmsg.Origin) (net.Conn, error) {
			to.Address = c.url
			return dial(ctx, to)
		}
	})
}

// ended waits until n connections have been closed.
func (c *crowd) ended(t *testing.T, n int) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	overdue := time.After(time.Minute)
	for len(all) < n {
		select {
		case one := <-c.closed:
			all[one] = true
		case <-overdue:
			t.Fatalf("%d of %d connections were closed", len(all), n)
		}
	}
	return all
}

// size returns how many origins a client knows, and the connections that it keeps.
func (c *Client) size() (origins, idle int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.idle.mu.Lock()
	defer c.idle.mu.Unlock()
	return len(c.conns), c.idle.conns.Len()
}

// hold has a request under way, and returns what ends it.
func (c *crowd) hold(t *testing.T, client *Client, origin string) (release func() string) {
	t.Helper()
	res, err := client.RoundTrip(t.Context(), to(origin, "GET", "/held", ""))
	if err != nil {
		t.Fatal(err)
	}
	return func() string {
		c.held <- struct{}{}
		defer res.CloseBody()
		text, err := io.ReadAll(res.Body)
		if err != nil {
			t.Error(err)
		}
		return string(text)
	}
}

// Of the connections with many origins those are kept that were used last; one that carries
// a request is not retired, however long ago that began.
func TestConnectionsThatCarryNothingAreBounded(t *testing.T) {
	o := newCrowd(t)
	c, dials := o.client(t, 4, 64)
	release := o.hold(t, c, "http://busy.example")
	ask := func(i int) string {
		_, text, err := fetch(t, c, to(fmt.Sprintf("http://%d.example", i), "GET", "/", ""))
		if err != nil {
			t.Fatal(err)
		}
		return text[1:]
	}
	var peers []string
	for i := range 20 {
		peers = append(peers, ask(i))
	}
	gone := o.ended(t, 16)
	for _, peer := range peers[:16] {
		if !gone[peer] {
			t.Errorf("%s is kept", peer)
		}
	}
	for i := 16; i < 20; i++ {
		if peer := ask(i); peer != peers[i] {
			t.Errorf("origin %d was connected to once more", i)
		}
	}
	if text := release(); len(text) < 2 {
		t.Errorf("the request under way got %q", text)
	}
	o.ended(t, 1) // which its connection made one too many
	if origins, idle := c.size(); origins != 4 || idle != 4 || dials() != 21 {
		t.Errorf("%d origins, %d connections, after %d", origins, idle, dials())
	}
	c.Close()
	o.ended(t, 4)
	if origins, idle := c.size(); origins != 0 || idle != 0 {
		t.Errorf("closed, there are %d origins and %d connections", origins, idle)
	}
}

// One origin has its own bound.
func TestConnectionsWithOneOriginAreBounded(t *testing.T) {
	o := newCrowd(t)
	c, _ := o.client(t, 1024, 2)
	var all []func() string
	for range 5 {
		all = append(all, o.hold(t, c, "http://a.example"))
	}
	var over sync.WaitGroup
	for _, release := range all {
		over.Go(func() { release() }) // whose answer ends with which word is the origin's to choose
	}
	over.Wait()
	o.ended(t, 3)
	if origins, idle := c.size(); origins != 1 || idle != 2 {
		t.Errorf("%d origins, %d connections", origins, idle)
	}
}

// What has begun with a preamble hardly anybody will use again.
func TestConnectionsWithAPreambleAreKeptShortly(t *testing.T) {
	client := NewClient(ClientConfig{IdleTimeout: time.Minute})
	for _, c := range []struct {
		preamble string
		want     time.Duration
	}{{"", time.Minute}, {"PROXY TCP4 192.0.2.7 192.0.2.1 5000 443\r\n", preambleTimeout}} {
		conn := &originConn{client: client, origin: httpmsg.Origin{Preamble: c.preamble}}
		if got := conn.keptFor(); got != c.want {
			t.Errorf("with %q it is kept for %v, want %v", c.preamble, got, c.want)
		}
	}
}
