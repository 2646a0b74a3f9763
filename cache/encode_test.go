package cache_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hedge/cache"
	"hedge/cache/mem"
	"hedge/coding"
	"hedge/httpmsg"
)

// page is text that is worth compressing.
func page(length int) string { return strings.Repeat("The quick brown fox. ", length/21+1)[:length] }

// counted is a store that counts what is begun in it.
type counted struct {
	cache.Store
	puts atomic.Int64
}

func (c *counted) Put(ctx context.Context, key cache.Key, size int64) (cache.Writer, error) {
	c.puts.Add(1)
	return c.Store.Put(ctx, key, size)
}

// newCompressing is an edge whose cache compresses, and its store.
func newCompressing(t *testing.T) (*edge, *counted) {
	t.Helper()
	e := newEdge(t)
	store, err := mem.New(mem.Config{Bytes: 8 << 20, ObjectBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	c := &counted{Store: store}
	e.cache = cache.New(cache.Config{Store: c, Now: e.time})
	t.Cleanup(e.cache.Wait)
	e.policy.Compress = true
	return e, c
}

// decoded removes the coding from what came.
func decoded(t *testing.T, g got) string {
	t.Helper()
	text, err := io.ReadAll(coding.Decode(g.header.Get("Content-Encoding"), io.NopCloser(strings.NewReader(g.text)), coding.Uncounted{}))
	if err != nil {
		t.Errorf("what came cannot be decoded: %v", err)
	}
	return string(text)
}

func TestEncoding(t *testing.T) {
	const accepts = "br, gzip"
	for _, c := range []struct {
		name         string
		length       int
		accept       string
		request      []string
		fields       []string // of the answer
		want         string   // the coding
		vary, strong bool
	}{
		{name: "the best that there is", accept: "gzip, br, zstd", want: "zstd", vary: true},
		{name: "by weight", accept: "gzip;q=0.9, br;q=0.5, zstd;q=0.1", want: "gzip", vary: true},
		{name: "all that the client has", accept: accepts, want: "br", vary: true},
		{name: "none that is asked for", accept: "", vary: true, strong: true},
		{name: "none that we have", accept: "compress, dcb", vary: true, strong: true},
		{name: "none of them wanted", accept: "gzip;q=0, br;q=0", vary: true, strong: true},
		{name: "everything", accept: "*", want: "zstd", vary: true},
		{name: "identity is liked better", accept: "identity, gzip;q=0.5", vary: true, strong: true},
		{name: "an image", accept: accepts, fields: []string{"Content-Type", "image/png"}, strong: true},
		{name: "JSON of a kind", accept: accepts, fields: []string{"Content-Type", "application/problem+json; charset=utf-8"}, want: "br", vary: true},
		{name: "no type", accept: accepts, fields: []string{"Content-Type", ""}, strong: true},
		{name: "short", accept: accepts, length: 1023, strong: true},
		{name: "long enough", accept: accepts, length: 1024, want: "br", vary: true},
		{name: "encoded already", accept: accepts, fields: []string{"Content-Encoding", "gzip"}, strong: true},
		{name: "not to be changed, by the origin", accept: accepts, fields: []string{"Cache-Control", "max-age=60, no-transform"}, strong: true},
		{name: "not to be changed, by the client", accept: accepts, request: []string{"Cache-Control", "no-transform"}, vary: true, strong: true},
		{name: "varies already", accept: accepts, fields: []string{"Vary", "accept-encoding"}, want: "br", vary: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, _ := newCompressing(t)
			if c.length == 0 {
				c.length = 50_000
			}
			fields := map[string]string{"Content-Type": "text/html", "Cache-Control": "max-age=60", "ETag": `"one"`, "Accept-Ranges": "bytes", "Content-Digest": "sha-256=:AA==:"}
			for i := 0; i < len(c.fields); i += 2 {
				fields[c.fields[i]] = c.fields[i+1]
			}
			var list []string
			for name, value := range fields {
				if value != "" {
					list = append(list, name, value)
				}
			}
			e.answers(200, page(c.length), list...)
			request := append([]string{}, c.request...)
			if c.accept != "" {
				request = append(request, "Accept-Encoding", c.accept)
			}
			for i, from := range []string{"the origin", "what is being compressed or is stored", "the store"} {
				g := e.ask(req("/", request...))
				e.cache.Wait()
				coding := g.header.Get("Content-Encoding")
				if c.fields != nil && c.fields[0] == "Content-Encoding" {
					coding = ""
				} else if decoded(t, g) != page(c.length) {
					t.Errorf("from %s: other content", from)
				}
				if coding != c.want || i > 0 && g.reason != "hit" {
					t.Errorf("from %s: %q (%s), want %q", from, coding, g.reason, c.want)
				}
				if strong := !strings.HasPrefix(g.header.Get("ETag"), "W/"); strong != c.strong {
					t.Errorf("from %s: the tag is %s", from, g.header.Get("ETag"))
				}
				if n := len(httpmsg.ParseVary(&g.header).Names); n > 1 || (n == 1) != c.vary {
					t.Errorf("from %s: Vary is %q", from, g.header.Joined("Vary"))
				}
				if c.want != "" && (g.header.Has("Accept-Ranges") || g.header.Has("Content-Digest")) {
					t.Errorf("from %s: fields about other bytes are left", from)
				}
			}
		})
	}
}

func req(target string, fields ...string) *httpmsg.Request { return request("GET", target, fields...) }

func TestEncodedOnce(t *testing.T) {
	e, store := newCompressing(t)
	e.answers(200, page(100_000), "Content-Type", "text/css", "Cache-Control", "max-age=60", "ETag", `"one"`)
	e.ask(req("/"))
	e.cache.Wait()
	before := store.puts.Load()
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			g := e.ask(req("/", "Accept-Encoding", "br"))
			if coding := g.header.Get("Content-Encoding"); coding != "br" || decoded(t, g) != page(100_000) {
				t.Errorf("%q, %v", coding, g.err)
			}
		})
	}
	all.Wait()
	e.cache.Wait()
	if n := store.puts.Load() - before; n != 1 {
		t.Errorf("it was compressed %d times", n)
	}
	e.later(2 * time.Minute)
	e.answers(304, "", "Cache-Control", "max-age=60", "ETag", `"one"`)
	if g := e.ask(req("/", "Accept-Encoding", "br")); g.reason != "revalidated" || decoded(t, g) != page(100_000) {
		t.Error(g)
	}
	e.cache.Wait()
	if n := store.puts.Load() - before; n != 1 {
		t.Error("it was compressed again after a revalidation")
	}
	if err := e.cache.Purge(t.Context(), cache.Purge{App: "shop"}); err != nil {
		t.Fatal(err)
	}
	e.answers(200, strings.ToUpper(page(100_000)), "Content-Type", "text/css", "Cache-Control", "max-age=60")
	for range 2 {
		if g := e.ask(req("/", "Accept-Encoding", "br")); decoded(t, g) != strings.ToUpper(page(100_000)) {
			t.Errorf("after the purge the old content came (%s)", g.reason)
		}
		e.cache.Wait()
	}
}

// Conditions and ranges are about what the client would get.
func TestEncodedConditionsAndRanges(t *testing.T) {
	e, _ := newCompressing(t)
	e.answers(200, page(5000), "Content-Type", "text/css", "Cache-Control", "max-age=60", "ETag", `"one"`)
	e.ask(req("/", "Accept-Encoding", "br"))
	e.cache.Wait()
	for _, c := range []struct {
		fields []string
		status int
		text   string
		etag   string
	}{
		{[]string{"If-None-Match", `W/"one"`, "Accept-Encoding", "br"}, 304, "", `W/"one"`},
		{[]string{"If-None-Match", `"one"`}, 304, "", `"one"`},
		{[]string{"Range", "bytes=21-41", "Accept-Encoding", "br"}, 206, page(5000)[21:42], `"one"`},
		{[]string{"Range", "bytes=21-41", "If-Range", `"one"`, "Accept-Encoding", "br"}, 206, page(5000)[21:42], `"one"`},
		{[]string{"Range", "bytes=21-41", "If-Range", `W/"one"`, "Accept-Encoding", "br"}, 200, page(5000), `"one"`},
		{[]string{"Range", "bytes=9000-", "Accept-Encoding", "br"}, 416, "", `"one"`},
	} {
		g := e.ask(req("/", c.fields...))
		if g.status != c.status || g.text != c.text || g.header.Get("ETag") != c.etag || !g.header.HasItem("Vary", "Accept-Encoding") {
			t.Errorf("%q: %d, %d bytes, %s, Vary %q", c.fields, g.status, len(g.text), g.header.Get("ETag"), g.header.Joined("Vary"))
		}
	}
	head := e.ask(request("HEAD", "/", "Accept-Encoding", "br"))
	if head.header.Get("Content-Encoding") != "br" || head.text != "" || head.header.Get("ETag") != `W/"one"` {
		t.Error(head)
	}
}

// What comes slowly is compressed as it comes; and as there is a bound to how much is
// compressed at a time, others are answered with what is not.
func TestEncodedStreamsAndIsBounded(t *testing.T) {
	e, _ := newCompressing(t)
	more := make(chan string)
	e.answersBy(func(*httpmsg.Request) (*httpmsg.Response, error) {
		return &httpmsg.Response{Status: 200, Header: httpmsg.NewHeader("Content-Type", "text/plain", "Cache-Control", "max-age=60"), Body: io.NopCloser(&fed{more: more}), ContentLength: -1}, nil
	})
	var bodies []io.ReadCloser
	coded := 0
	for i := range 64 {
		res, err := e.cache.RoundTrip(t.Context(), e.policy, req(fmt.Sprint("/", i), "Accept-Encoding", "gzip"), e)
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, res.Body)
		if res.Header.Get("Content-Encoding") == "gzip" {
			if coded++; coded > 1 {
				continue
			}
			more <- "first part"
			part := make([]byte, 10)
			if _, err := io.ReadFull(coding.Decode("gzip", res.Body, coding.Uncounted{}), part); err != nil || string(part) != "first part" {
				t.Errorf("%q, %v", part, err)
			}
		}
	}
	if coded == 0 || coded > 32 {
		t.Errorf("%d of 64 are compressed at a time", coded)
	}
	close(more)
	for _, body := range bodies {
		_ = body.Close()
	}
	e.cache.Wait()
	e.answers(200, page(5000), "Content-Type", "text/css", "Cache-Control", "max-age=60")
	if g := e.ask(req("/last", "Accept-Encoding", "br")); g.header.Get("Content-Encoding") != "br" {
		t.Errorf("there is no room afterwards: %v", g)
	}
}

// fed is content that comes in parts.
type fed struct {
	more <-chan string
	rest bytes.Buffer
}

func (f *fed) Read(p []byte) (int, error) {
	if f.rest.Len() == 0 {
		text, ok := <-f.more
		if !ok {
			return 0, io.EOF
		}
		f.rest.WriteString(text)
	}
	return f.rest.Read(p)
}
