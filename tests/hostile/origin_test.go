package hostile

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// origin is the server that scripts fetch from, and what they use as an accomplice.
type origin struct {
	*httptest.Server
	edge   atomic.Pointer[string] // the address of the edge, for /edge/
	relays *http.Client           // that asks it

	mu     sync.Mutex // guards counts
	counts map[string]int
}

func newOrigin(t testing.TB) *origin {
	o := &origin{counts: map[string]int{}, relays: newClient(t)}
	mux := http.NewServeMux()
	mux.HandleFunc("/small", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "small") })
	mux.HandleFunc("/large", func(w http.ResponseWriter, r *http.Request) { zeros(w, r.FormValue("n")) })
	mux.HandleFunc("/endless", func(w http.ResponseWriter, _ *http.Request) { zeros(w, "1000000000000") })
	mux.HandleFunc("/never", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	mux.HandleFunc("/drip", drip)
	mux.HandleFunc("/circle", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/circle", http.StatusFound) })
	mux.HandleFunc("/bomb", bomb)
	mux.HandleFunc("/fields", fields)
	mux.HandleFunc("/count", o.count)
	mux.HandleFunc("/swallow", func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) })
	mux.HandleFunc("/edge/", o.relay)
	o.Server = httptest.NewServer(mux)
	t.Cleanup(func() {
		o.hangUp()
		o.Close()
	})
	return o
}

// zeros sends n bytes, or as many as are wanted.
func zeros(w io.Writer, n string) {
	block := make([]byte, 64<<10)
	left, _ := strconv.ParseInt(n, 10, 64)
	for left > 0 {
		sent, err := w.Write(block[:min(left, int64(len(block)))])
		if err != nil {
			return
		}
		left -= int64(sent)
	}
}

// drip sends one byte, and then no more.
func drip(w http.ResponseWriter, r *http.Request) {
	_, _ = io.WriteString(w, "x")
	_ = http.NewResponseController(w).Flush()
	<-r.Context().Done()
}

// bomb sends a GiB of zeros, which are a MiB on the wire.
func bomb(w http.ResponseWriter, _ *http.Request) {
	var member bytes.Buffer
	z := gzip.NewWriter(&member)
	_, _ = z.Write(make([]byte, 16<<20))
	_ = z.Close()
	w.Header().Set("Content-Encoding", "gzip")
	for range 64 {
		if _, err := w.Write(member.Bytes()); err != nil {
			return
		}
	}
}

// fields sends a head that is large, and yet within what an edge takes.
func fields(w http.ResponseWriter, _ *http.Request) {
	for i := range 150 {
		w.Header().Add(fmt.Sprint("X-", i), strings.Repeat("x", 50))
	}
}

// count says how often it has been asked by that name, from 1.
func (o *origin) count(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.counts[r.FormValue("of")]++
	_, _ = fmt.Fprint(w, o.counts[r.FormValue("of")])
}

// hangUp ends all connections, those to the edge too.
func (o *origin) hangUp() {
	o.CloseClientConnections()
	o.relays.CloseIdleConnections()
}

// forget forgets what has been counted.
func (o *origin) forget() {
	o.mu.Lock()
	defer o.mu.Unlock()
	clear(o.counts)
}

// relay sends /edge/HOST/PATH to the edge, as a request for that host: with it, apps
// ask each other.
func (o *origin) relay(w http.ResponseWriter, r *http.Request) {
	host, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/edge/"), "/")
	out, err := http.NewRequestWithContext(r.Context(), r.Method, "http://"+*o.edge.Load()+"/"+path, r.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	out.Header, out.Host = r.Header, host
	res, err := o.relays.Do(out)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer res.Body.Close()
	w.WriteHeader(res.StatusCode)
	_, _ = io.Copy(w, res.Body)
}
