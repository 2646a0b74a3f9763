package cache

import (
	"testing"
	"time"

	"hedge/frame"
	"hedge/worker"
)

// FuzzDecode reads what an isolate might write, which the host does not believe: the name
// of a value, how it is to be kept, and its content.
func FuzzDecode(f *testing.F) {
	written := func(key, options string, words ...uint32) []byte {
		var w frame.Writer
		w.Text(key)
		w.Text(options)
		for _, word := range words {
			w.Word(word)
		}
		w.ByteString([]byte("content"))
		return w.Bytes()
	}
	f.Add(written("name", "ttl\x001000\x00tag\x00a\x00onlyIfEmpty\x00\x00", 1, frame.BodyInline, 0))
	f.Add(written("", "staleIfError\x00-1\x00", 0, frame.BodyInline, 0))
	f.Add(written("name", "staleWhileRevalidate\x0099999999999999999999\x00", 1<<16+1, frame.BodyInline, 0))
	f.Add([]byte{0xFF, 0xFF, 0xFF, 0xFF})
	f.Fuzz(func(t *testing.T, payload []byte) {
		r := &request{Call: &worker.Call{Payload: frame.NewReader(payload)}}
		key, ok := r.readKey()
		if ok && (key == "" || len(key) > longestKey) {
			t.Errorf("the key %q", key)
		}
		o, ok := r.readOptions()
		for _, d := range []time.Duration{o.TTL, o.StaleWhileRevalidate, o.StaleIfError} {
			if ok && (d < 0 || d > 200*365*24*time.Hour) {
				t.Errorf("%+v", o)
			}
		}
		at := r.Payload // content that is a stream is for who has the request
		at.Word()
		if at.Word() != frame.BodyInline {
			return
		}
		if c, ok := r.readContent(); ok && (c.kind <= noValue || c.length != int64(len(c.inline))) {
			t.Errorf("%+v", c)
		}
	})
}
