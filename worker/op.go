package worker

import (
	"context"
	"fmt"
	"io"

	"hedge"
	"hedge/coding"
	"hedge/frame"
	"hedge/httpmsg"
	"hedge/serving"
)

// Module is one feature's share of the host: the ops that its JavaScript starts.
type Module struct {
	Name string
	Ops  []Op
}

// Op is one thing that JavaScript can ask of the host.
type Op struct {
	// Code is the number in Op frames, which the feature's JavaScript knows too.
	Code uint32
	Name string
	// Run carries out a call, in a goroutine of its own, and answers it with Reply,
	// or by returning an error. ctx ends when the call is abandoned or its request
	// is over.
	Run func(ctx context.Context, call *Call) error
}

// Failure is an error that JavaScript sees as an exception of a class.
type Failure struct {
	Name    string // of the exception, as in "TypeError" or "NetworkError"
	Message string
	Err     error // the cause, for the log
}

// Error returns the message.
func (f *Failure) Error() string { return f.Message }

// Unwrap returns the cause.
func (f *Failure) Unwrap() error { return f.Err }

// Call is one op under way. Its methods are for the goroutine that Run is on.
type Call struct {
	// Payload is what the op's JavaScript wrote.
	Payload frame.Reader

	id      uint32
	size    int64 // bytes that the host keeps of it
	holds   bool  // a token for the reply
	inlined int64 // bytes of the reply that Inline has granted
	session *session
	inv     *invocation      // nil for an op of the app itself
	life    serving.Lifetime // what Run runs under
	replied bool
	opened  bool      // a body has been opened, and goes on under that context
	place   place     // of the fetch that the call has made
	body    *hostBody // that holds the place
}

// App returns the release that the call comes from.
func (c *Call) App() *hedge.Release { return c.session.app.release }

// Request returns the request that the call belongs to, without its body; nil while
// the app loads. It must not be changed and may be kept.
func (c *Call) Request() *httpmsg.Request { return c.inv.keep() }

// Context returns the context of the request that the call belongs to, or else that of
// the runtime: it goes on when the call has ended.
func (c *Call) Context() context.Context { return c.session.lifeOf(c.inv) }

// loopField tells of loops through several CDNs (RFC 8586).
const loopField = "CDN-Loop"

// LedTo makes req a request that the call's own has led to: it is a step deeper, and
// has the marks of the CDNs that the other came through, in the place of those that
// code may have made up. It is on the same account, and what it brings is not compressed if
// the other's answer is not to be.
func (c *Call) LedTo(req *httpmsg.Request) {
	req.Header.Del(loopField)
	if c.inv == nil {
		return
	}
	req.Depth, req.Account = c.inv.depth, c.inv.account
	c.inv.mu.Lock()
	defer c.inv.mu.Unlock()
	in := c.inv.req
	if in == nil {
		in = c.inv.kept
	}
	if in == nil {
		return
	}
	req.Uncompressed = in.Uncompressed
	if in.Header.Has(loopField) {
		req.Header.Add(loopField, in.Header.Joined(loopField))
	}
}

// TakeBody returns a body that JavaScript named, which then is the caller's, and
// its length, -1 if unknown. kind and id are as in a Response frame; inline bodies
// are not its business. It returns nil if there is no such body.
func (c *Call) TakeBody(kind, id uint32) (body io.ReadCloser, length int64) {
	switch kind {
	case frame.BodyHost:
		b := c.session.takeHostBody(id)
		if b == nil {
			return nil, 0
		}
		if coding.Known(b.coding) {
			return c.session.decode(b), -1
		}
		return b.reader, b.length
	case frame.BodyIsolate:
		b := c.session.openIsolateBody(id, c.inv, false)
		b.pull(initialCredit)
		return b, -1
	}
	return nil, 0
}

// Body is what OpenBody takes.
type Body struct {
	Reader io.ReadCloser
	// Coding is the content coding that Reader's bytes are in. JavaScript reads the
	// body without it; a body that is passed on untouched keeps it.
	Coding string
	// PartOf is the coding of what the body is a part of (206), which nobody can remove.
	PartOf string
	// Length is the number of bytes in Reader, -1 if unknown.
	Length int64
	// Event, if set, says whether what one Read gave is the beginning of an event, for
	// which the request has its processor time anew: a message of a WebSocket. A Read of
	// nothing then waits until there is something. It may be called by several goroutines.
	Event func(read []byte) bool
	// Stored says that Reader's bytes are there, so that a Read does not wait.
	Stored bool
	// From is the URL that the body comes from, for messages; may be empty.
	From string

	place *place // of the fetch that the body belongs to
}

// mostOpen is how many bodies an isolate may have open that it has not read, if it can
// open many at once.
const mostOpen = 10_000

// CanOpen returns an error if the isolate has so many bodies open that it should read
// some. An op that opens many asks before each.
func (c *Call) CanOpen() error {
	c.session.mu.Lock()
	defer c.session.mu.Unlock()
	if len(c.session.hostBodies) >= mostOpen {
		return fmt.Errorf("%d bodies are open and have not been read, which are the most", mostOpen)
	}
	return nil
}

// OpenBody hands a body to JavaScript and returns its number. The body is closed
// when it has been read, or is not wanted, or the request is over.
func (c *Call) OpenBody(b Body) uint32 {
	if _, whole := b.Reader.(*httpmsg.BytesBody); whole {
		b.Stored = true
	} else {
		c.opened = true
		b.Reader = &opBody{ReadCloser: b.Reader, call: c}
		if c.place.session != nil {
			b.place = &c.place
		}
	}
	body := c.session.openHostBody(c.inv, b)
	if b.place != nil {
		c.body = body
	}
	return body.id
}

// opBody is a body that comes from an op, which it ends.
type opBody struct {
	io.ReadCloser
	call *Call
}

// Unwrap returns the body itself, for those who can copy it faster.
func (b *opBody) Unwrap() io.ReadCloser { return b.ReadCloser }

func (b *opBody) Close() error {
	err := b.ReadCloser.Close()
	b.call.end()
	return err
}

// Hold has the call wait until the isolate has taken most of what it has been sent. A call
// whose reply holds stored values does so before it reads them.
func (c *Call) Hold() error {
	if c.holds {
		return nil
	}
	if err := c.session.window.enter(&c.life, c.session.window.replies); err != nil {
		return err
	}
	c.holds = true
	return nil
}

// Inline reports whether the reply may have n more bytes of stored values in it, which it
// may not without Hold. What does not fit is to become a body.
func (c *Call) Inline(n int64) bool {
	if !c.holds || c.inlined+n > mostInlined {
		return false
	}
	c.inlined += n
	return true
}

// Reply answers the call: write appends the payload.
func (c *Call) Reply(write func(w *frame.Writer)) {
	c.replied = true
	c.session.finishOp(c, func(w *frame.Writer) {
		w.Begin(frame.Result, c.id)
		write(w)
		w.End()
	})
}

func (c *Call) fail(err error) {
	name, message := "Error", publicMessage(err)
	if f := asFailure(err); f != nil {
		name, message = f.Name, f.Message
	}
	fault := c.session.fault(c.inv, err)
	c.session.finishOp(c, func(w *frame.Writer) {
		w.Begin(frame.Failure, c.id)
		w.Text(name)
		w.Text(message)
		w.Word(fault)
		w.End()
	})
}
