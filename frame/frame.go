// Package frame is the contract between the host and an isolate: the frames that a
// turn carries in and out, and the codec that both sides share. Its twin is
// frame.ts; testdata/golden.txt holds vectors that both must produce and accept.
//
// A frame is a header of three words (u32, little endian) and a payload:
//
//	size    bytes of the whole frame, a multiple of 4
//	kind    see the table of kinds
//	id      of the request, op or stream that the frame is about
//
// A payload is a fixed sequence of words and byte strings, by kind. A byte string
// is a word of length and the bytes, padded with zeros to a multiple of 4. Text is
// either UTF-8, or a list: ISO-8859-1 items, each ended by NUL, which is how
// methods, URLs and header fields travel (none of them may contain NUL).
package frame

import (
	"encoding/binary"
	"errors"
	"strings"
)

// Kind says what a frame means.
type Kind uint32

// The frames from the host to the isolate. Ids of requests, ops and host streams
// are counted by the side that opens them. A fault is the host's number for what an
// origin did, so that it knows it again when the exception made of it is not caught; 0
// for none.
const (
	Load      Kind = 1 // id 0: utf8 main module, utf8 JSON of env. Answered by Loaded or LoadFailed.
	Request   Kind = 2 // id request: word stream of the body or 0, list method, URL, name, value, …
	Result    Kind = 3 // id op: what the op defines
	Failure   Kind = 4 // id op: utf8 name of the exception, utf8 message, word fault
	Abort     Kind = 5 // id request: word 0 the client has gone, 1 the request is over and nothing of it may go on; utf8 message
	Wake      Kind = 6 // id request that the timer belongs to, or 0: the timer that Timer asked for
	Delivered Kind = 7 // id request: its response has been delivered, or will never be; sent if the Response asked for it
	Event     Kind = 8 // id request: what follows in the turn is an event of its own, and has the processor time of one
)

// The frames that describe streams, in both directions. The producer of a stream
// sends Chunk, End and Break, its consumer Pull and Cancel.
const (
	Chunk  Kind = 16 // id stream: bytes
	End    Kind = 17 // id stream
	Break  Kind = 18 // id stream: from the host, utf8 name and message, word fault; from the isolate, word fault, exception
	Pull   Kind = 19 // id stream: word bytes that the consumer will take further
	Cancel Kind = 20 // id stream
)

// The frames from the isolate to the host.
const (
	Loaded     Kind = 32 // id 0: word 1 if there is a fetch handler
	LoadFailed Kind = 33 // id 0: exception
	Response   Kind = 34 // id request: word status, word body kind, word body stream, word 1 if the request is finished, 2 if it waits for Delivered, 0 otherwise, list reason, name, value, …, bytes inline body
	Threw      Kind = 35 // id request: word 1 if what was returned is no Response, word fault, exception
	Finished   Kind = 36 // id request: nothing of it goes on
	Op         Kind = 37 // id op: word request or 0, word code, what the op defines
	Abandon    Kind = 38 // id op: its result is not wanted any more
	Timer      Kind = 39 // id request that the timer belongs to, or 0: word milliseconds until the next Wake, NoTimer for none
	Console    Kind = 40 // id request or 0: word level, 5 for a hint to who develops the app, or 6 for a line that is left out; utf8 site, utf8 text
	Uncaught   Kind = 41 // id request or 0: exception that nobody handled
)

// NoTimer in a Timer frame says that no timer is set.
const NoTimer = 0xFFFFFFFF

// What a Response frame says of its request.
const (
	RequestGoesOn         = 0 // until Finished
	RequestFinished       = 1
	RequestAwaitsDelivery = 2 // and goes on at least until Delivered
)

// The kinds of body in a Response frame and in ops that carry one.
const (
	BodyNone    = 0
	BodyInline  = 1 // the bytes are in the frame
	BodyIsolate = 2 // a stream that the isolate produces
	BodyHost    = 3 // a stream of the host's, passed through untouched
	// BodyEncoded is added to a kind when the bytes are already in the form that
	// Content-Encoding says.
	BodyEncoded = 0x100
)

const headerSize = 12

// ErrMalformed says that bytes are no frames.
var ErrMalformed = errors.New("frame: malformed")

// Writer builds frames. The zero value is ready to use.
type Writer struct {
	buf   []byte
	begin int
}

// Bytes returns the frames written so far. They are the writer's until Reset.
func (w *Writer) Bytes() []byte { return w.buf }

// Len returns the number of bytes written so far.
func (w *Writer) Len() int { return len(w.buf) }

// Reset forgets what was written and keeps the memory.
func (w *Writer) Reset() { w.buf = w.buf[:0] }

// Begin starts a frame, which End closes.
func (w *Writer) Begin(kind Kind, id uint32) {
	w.begin = w.Enclose(kind, id)
}

// End closes the frame that Begin started.
func (w *Writer) End() { w.Close(w.begin) }

// Enclose starts a frame whose payload holds frames, which Close closes. It returns
// where the frame began, for Close.
func (w *Writer) Enclose(kind Kind, id uint32) (start int) {
	start = len(w.buf)
	w.Word(0)
	w.Word(uint32(kind))
	w.Word(id)
	return start
}

// Close closes the frame that began at start.
func (w *Writer) Close(start int) {
	binary.LittleEndian.PutUint32(w.buf[start:], uint32(len(w.buf)-start))
}

// Empty writes a frame without a payload.
func (w *Writer) Empty(kind Kind, id uint32) {
	w.Begin(kind, id)
	w.End()
}

// Word appends a number.
func (w *Writer) Word(n uint32) { w.buf = binary.LittleEndian.AppendUint32(w.buf, n) }

// Raw appends bytes that are already in the form of a payload.
func (w *Writer) Raw(b []byte) { w.buf = append(w.buf, b...) }

// ByteString appends bytes with their length.
func (w *Writer) ByteString(b []byte) {
	w.Word(uint32(len(b)))
	w.buf = append(w.buf, b...)
	w.Pad()
}

// Text appends a string, which is UTF-8.
func (w *Writer) Text(s string) {
	w.Word(uint32(len(s)))
	w.buf = append(w.buf, s...)
	w.Pad()
}

// BeginList starts a list, whose items Item appends and EndList ends. It returns
// where the list began, for EndList.
func (w *Writer) BeginList() int {
	w.Word(0)
	return len(w.buf)
}

// ItemLower appends one item of a list with its ASCII letters in lower case.
func (w *Writer) ItemLower(s string) {
	for i := range len(s) {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		w.buf = append(w.buf, c)
	}
	w.buf = append(w.buf, 0)
}

// Item appends one item of a list.
func (w *Writer) Item(s string) {
	w.buf = append(w.buf, s...)
	w.buf = append(w.buf, 0)
}

// ItemParts appends one item of a list that is made of parts.
func (w *Writer) ItemParts(parts ...string) {
	for _, p := range parts {
		w.buf = append(w.buf, p...)
	}
	w.buf = append(w.buf, 0)
}

// EndList ends the list that began at start.
func (w *Writer) EndList(start int) {
	binary.LittleEndian.PutUint32(w.buf[start-4:], uint32(len(w.buf)-start))
	w.Pad()
}

// Pad appends zeros up to a multiple of 4 bytes.
func (w *Writer) Pad() {
	for len(w.buf)%4 != 0 {
		w.buf = append(w.buf, 0)
	}
}

// Frame is one frame, whose payload shares memory with what it was read from.
type Frame struct {
	Kind    Kind
	ID      uint32
	Payload []byte
}

// Next splits the first frame off b.
func Next(b []byte) (f Frame, rest []byte, err error) {
	if len(b) < headerSize {
		return Frame{}, nil, ErrMalformed
	}
	size := binary.LittleEndian.Uint32(b)
	if size < headerSize || size%4 != 0 || uint64(size) > uint64(len(b)) {
		return Frame{}, nil, ErrMalformed
	}
	f = Frame{
		Kind:    Kind(binary.LittleEndian.Uint32(b[4:])),
		ID:      binary.LittleEndian.Uint32(b[8:]),
		Payload: b[headerSize:size],
	}
	return f, b[size:], nil
}

// Reader takes the values of a payload one after the other. After a value that is
// not there it returns zeros, and Err says so.
type Reader struct {
	rest []byte
	err  error
}

// NewReader reads a payload.
func NewReader(payload []byte) Reader { return Reader{rest: payload} }

// Err returns ErrMalformed if a value was missing.
func (r *Reader) Err() error { return r.err }

// Rest returns what has not been read.
func (r *Reader) Rest() []byte { return r.rest }

// Word takes a number.
func (r *Reader) Word() uint32 {
	if len(r.rest) < 4 {
		r.err = ErrMalformed
		return 0
	}
	n := binary.LittleEndian.Uint32(r.rest)
	r.rest = r.rest[4:]
	return n
}

// ByteString takes bytes, which share the payload's memory.
func (r *Reader) ByteString() []byte {
	n := uint64(r.Word())
	padded := (n + 3) &^ 3
	if padded > uint64(len(r.rest)) {
		r.err = ErrMalformed
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[padded:]
	return b
}

// Text takes a string, as a copy.
func (r *Reader) Text() string { return string(r.ByteString()) }

// List takes a list. The items share one copy of its bytes.
func (r *Reader) List() List { return List(r.ByteString()) }

// List is a sequence of items, each ended by NUL.
type List string

// Next splits the first item off the list; ok is false at its end.
func (l List) Next() (item string, rest List, ok bool) {
	i := strings.IndexByte(string(l), 0)
	if i < 0 {
		return "", "", false
	}
	return string(l[:i]), l[i+1:], true
}
