package load

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func open(t *testing.T, handler http.HandlerFunc, n int) *Load {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	l, err := Open(t.Context(), server.Listener.Addr().String(), n)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

func TestLoadCountsAnswers(t *testing.T) {
	l := open(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") }, 3)
	answer, err := l.Ask([]byte(get))
	if err != nil || !strings.HasSuffix(answer, "\r\n\r\nhello") {
		t.Errorf("got %q, %v", answer, err)
	}
	r, err := l.Saturate([]byte(get), time.Millisecond)
	if err != nil || r.PerSecond() <= 0 {
		t.Errorf("saturated: %d requests, %v", r.Requests, err)
	}
	l.Sleeps = true
	r, err = l.Saturate([]byte(get), time.Millisecond)
	if err != nil || r.PerSecond() <= 0 {
		t.Errorf("saturated, sleeping: %d requests, %v", r.Requests, err)
	}
	r, err = l.At([]byte(get), 10_000, 2*time.Millisecond)
	if err != nil || r.Requests != 20 || r.Latency.Count() != 20 {
		t.Errorf("at a rate: %d requests, want 20, %v", r.Requests, err)
	}
}

func TestLoadReadsLongAnswers(t *testing.T) {
	long := strings.Repeat("0123456789", 5000)
	l := open(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(long)))
		fmt.Fprint(w, long)
	}, 1)
	for range 2 {
		if answer, err := l.Ask([]byte(get)); err != nil || !strings.HasSuffix(answer, "\r\n\r\n"+long) {
			t.Errorf("got %d bytes, %v", len(answer), err)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	for _, c := range []struct {
		name    string
		handler http.HandlerFunc
		want    string
	}{
		{"failure", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "the reason", 500) }, "the reason"},
		{"no length", func(w http.ResponseWriter, _ *http.Request) { w.(http.Flusher).Flush() }, "no Content-Length"},
		{"broken off", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "EOF, after 0 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, load := range []func(*Load) error{
				func(l *Load) error { _, err := l.Ask([]byte(get)); return err },
				func(l *Load) error { _, err := l.Saturate([]byte(get), time.Minute); return err },
				func(l *Load) error { _, err := l.At([]byte(get), 1000, 5*time.Millisecond); return err },
			} {
				if err := load(open(t, c.handler, 2)); err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("got the error %v, want %q", err, c.want)
				}
			}
		})
	}
}

func TestSizeOfAnswers(t *testing.T) {
	for _, c := range []struct {
		data string
		want int
		err  string
	}{
		{"HTTP/1.1 200 OK\r\nContent-Len", -1, ""},
		{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", 40, ""},
		{"HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 0\r\nC: d\r\n\r\nmore", 50, ""},
		{"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n", 40, ""},
		{"HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\n", 0, "no Content-Length"},
		{"HTTP/1.1 204 No Content\r\n\r\n", 0, "no HTTP/1.1 200"},
	} {
		got, err := size([]byte(c.data))
		if got != c.want || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%q: got %d, %v, want %d %s", c.data, got, err, c.want, c.err)
		}
	}
}
