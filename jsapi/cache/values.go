package cache

import (
	"bytes"
	"context"
	"io"
	"strconv"
	"time"

	"hedge/cache"
	"hedge/frame"
	"hedge/httpmsg"
	"hedge/jsapi/fetch"
	"hedge/worker"
)

// mostValues is how many values one call asks for at most, and longestKey the length of a
// name in bytes; values.ts keeps to less.
const (
	mostValues = 1000
	longestKey = 3 * 2048
)

// inlineBytes is how long a value is that comes with the result; a longer one is a body.
const inlineBytes = 64 << 10

// noValue is the kind of a value that there is not.
const noValue = 0

// readKey reads the name of a value.
func (r *request) readKey() (string, bool) {
	key := r.Payload.Text()
	return key, r.Payload.Err() == nil && key != "" && len(key) <= longestKey
}

// readOptions reads how a value is to be kept, times in milliseconds.
func (r *request) readOptions() (o cache.ValueOptions, ok bool) {
	ok = fetch.EachOption(r.Payload.Text(), func(name, value string) bool {
		switch name {
		case "tag":
			o.Tags = append(o.Tags, value)
			return value != ""
		case "onlyIfEmpty":
			o.OnlyIfEmpty = true
			return true
		case "ttl":
			return readTime(&o.TTL, value)
		case "staleWhileRevalidate":
			return readTime(&o.StaleWhileRevalidate, value)
		case "staleIfError":
			return readTime(&o.StaleIfError, value)
		}
		return false
	})
	return o, ok && r.Payload.Err() == nil
}

// readTime reads milliseconds, which are those of 100 years at most.
func readTime(to *time.Duration, text string) bool {
	n, err := strconv.ParseUint(text, 10, 42)
	*to = time.Duration(n) * time.Millisecond
	return err == nil
}

// get takes names, and replies with their values, in order.
func get(ctx context.Context, r *request) error {
	n := r.Payload.Word()
	if n > mostValues {
		return errMalformed
	}
	if err := r.Hold(); err != nil {
		return err
	}
	values := make([]sent, n)
	for i := range values {
		key, ok := r.readKey()
		if !ok {
			return errMalformed
		}
		if err := r.CanOpen(); err != nil {
			return err
		}
		values[i] = r.open(r.values.Get(ctx, key))
	}
	r.Reply(func(w *frame.Writer) {
		for i := range values {
			values[i].write(w)
		}
	})
	return nil
}

// sent is a value on its way to JavaScript: its bytes, or the number of a body.
type sent struct {
	kind   cache.Kind
	inline []byte
	body   uint32
}

// open has a value sent, and closes it; nil is none.
func (r *request) open(v *cache.Value) sent {
	if v == nil {
		return sent{}
	}
	defer func() { _ = v.Close() }()
	section := v.Section(httpmsg.ByteRange{Start: 0, Length: v.Length})
	if v.Length > inlineBytes || !r.Inline(v.Length) {
		return sent{kind: v.Kind, body: r.OpenBody(worker.Body{Reader: section, Length: v.Length, Stored: true})}
	}
	defer func() { _ = section.Close() }()
	inline, err := io.ReadAll(section)
	if err != nil || int64(len(inline)) != v.Length {
		return sent{} // what cannot be read is not there
	}
	return sent{kind: v.Kind, inline: inline}
}

func (s *sent) write(w *frame.Writer) {
	w.Word(uint32(s.kind))
	w.Word(s.body)
	w.ByteString(s.inline)
}

// content is a value that JavaScript sends.
type content struct {
	kind   cache.Kind
	inline []byte
	body   io.ReadCloser // nil: inline is all
	length int64
}

func (r *request) readContent() (c content, ok bool) {
	kind, how, stream := r.Payload.Word(), r.Payload.Word(), r.Payload.Word()
	c.inline = r.Payload.ByteString()
	if r.Payload.Err() != nil || kind == noValue || kind > 1<<16 {
		return content{}, false
	}
	c.kind, c.length = cache.Kind(kind), int64(len(c.inline))
	if how == frame.BodyInline {
		return c, true
	}
	c.body, c.length = r.TakeBody(how, stream)
	return c, c.body != nil
}

// set takes a name, options and content, and replies with 1 if that is stored.
func set(ctx context.Context, r *request) error {
	key, ok1 := r.readKey()
	o, ok2 := r.readOptions()
	if !ok1 || !ok2 {
		return errMalformed
	}
	c, ok := r.readContent()
	if !ok {
		return errMalformed
	}
	reader := io.Reader(bytes.NewReader(c.inline))
	if c.body != nil {
		defer func() { _ = c.body.Close() }()
		leave, err := r.writers.enter(ctx, r.App().Name)
		if err != nil {
			return err
		}
		defer leave()
		reader = c.body
	}
	stored, err := r.values.Set(ctx, key, c.kind, reader, c.length, o)
	if err != nil {
		return failed("set", err)
	}
	r.replyBool(stored)
	return nil
}

func (r *request) replyBool(is bool) {
	n := uint32(0)
	if is {
		n = 1
	}
	r.Reply(func(w *frame.Writer) { w.Word(n) })
}

// touch takes a name and options, of which the TTL counts.
func touch(ctx context.Context, r *request) error {
	key, ok1 := r.readKey()
	o, ok2 := r.readOptions()
	if !ok1 || !ok2 {
		return errMalformed
	}
	r.replyBool(r.values.Touch(ctx, key, o.TTL))
	return nil
}

func remove(ctx context.Context, r *request) error {
	key, ok := r.readKey()
	if !ok {
		return errMalformed
	}
	r.replyBool(r.values.Delete(ctx, key))
	return nil
}

// increment takes a name, options, the kind of a new value and a decimal number, and
// replies with the sum as text.
func increment(ctx context.Context, r *request) error {
	key, ok1 := r.readKey()
	o, ok2 := r.readOptions()
	kind := r.Payload.Word()
	by, err := strconv.ParseInt(r.Payload.Text(), 10, 64)
	if !ok1 || !ok2 || err != nil || kind == noValue {
		return errMalformed
	}
	n, err := r.values.Increment(ctx, key, cache.Kind(kind), by, o)
	if err != nil {
		return failed("increment", err)
	}
	r.Reply(func(w *frame.Writer) { w.Text(strconv.FormatInt(n, 10)) })
	return nil
}
