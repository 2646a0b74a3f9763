package worker

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"hedge"
	"hedge/coding"
	"hedge/frame"
	"hedge/httpmsg"
)

// readSize is how much of a host body travels in one frame, at most.
const readSize = 64 << 10

// hostBody is a body that the host holds and JavaScript may read.
type hostBody struct {
	id     uint32
	inv    *invocation // nil for one that the app opened while loading
	reader io.ReadCloser
	coding string
	partOf string // see Body
	length int64
	from   string                 // the URL; may be empty
	event  func(read []byte) bool // see Body; may be nil
	stored bool                   // see Body
	place  *place                 // that the body holds until it is closed; nil if none
	memory *share                 // for its coding; nil if it has none

	// Guarded by session.mu: whether JavaScript has begun to read, and waits for a read,
	// the reads under way, and why the host cancelled the body, which is set before closed is.
	pulled  bool
	pulling bool
	reads   int
	failure *hedge.Error

	reading sync.Mutex    // held by a read; guards decoded
	decoded io.ReadCloser // reader without its coding, once it is read
	closing sync.Mutex    // held while the reader is closed
	closed  atomic.Bool
}

// close closes the body, and ends a read that is waiting. When it returns the body is
// closed, whoever has done it.
func (b *hostBody) close() {
	b.closing.Lock()
	defer b.closing.Unlock()
	if b.closed.CompareAndSwap(false, true) {
		_ = b.reader.Close()
		b.release()
	}
}

// release gives back what the coding has taken.
func (b *hostBody) release() {
	if b.memory != nil {
		b.memory.Release()
	}
}

// cancel closes a body that JavaScript may still ask for: then it gets the failure.
// session.mu is held, and no read is under way.
func (b *hostBody) cancel(failure *hedge.Error) {
	b.failure = failure
	reader := b.reader
	b.reader, b.coding, b.length = failedBody{failure}, "", -1
	if b.closed.CompareAndSwap(false, true) {
		b.release()
		go func() { _ = reader.Close() }() // closing may have to wait for the network
	}
}

// awaitRead returns when no read of a closed body is under way any more.
func (b *hostBody) awaitRead() {
	b.reading.Lock()
	defer b.reading.Unlock()
}

// decode returns a body without its coding, which the request pays for.
func (s *session) decode(b *hostBody) io.ReadCloser {
	if !coding.Known(b.coding) {
		return b.reader
	}
	m := &meter{session: s, inv: b.inv}
	return m.around(b.reader, b.memory, func(body io.ReadCloser, memory coding.Memory) io.ReadCloser {
		return b.withoutCoding(body, memory)
	})
}

// withoutCoding returns what body, which is the reader or what stands before it, holds.
func (b *hostBody) withoutCoding(body io.ReadCloser, memory coding.Memory) io.ReadCloser {
	return &decodedBody{coding.Decode(b.coding, body, memory), b}
}

// decodedBody is content that has lost its coding. If it never had it, that is what its origin
// has done.
type decodedBody struct {
	io.ReadCloser
	of *hostBody
}

func (d *decodedBody) Read(p []byte) (int, error) {
	n, err := d.ReadCloser.Read(p)
	if errors.Is(err, coding.ErrCorrupt) {
		err = hedge.Wrap(err, hedge.OutcomeOriginMalformed, "the body of %s is not in the coding that its Content-Encoding says, %s, or breaks off", d.of.source(), d.of.coding)
	}
	return n, err
}

// openHostBody registers a body for JavaScript. One that belongs to a request that
// is over is closed at once.
func (s *session) openHostBody(inv *invocation, body Body) *hostBody {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lastID++
	b := &hostBody{id: s.lastID, inv: inv, reader: body.Reader, coding: body.Coding, partOf: body.PartOf, length: body.Length, from: body.From, event: body.Event, stored: body.Stored, place: body.place}
	if coding.Known(b.coding) {
		b.memory = &share{of: &s.app.codings}
	}
	if b.place != nil {
		b.reads = 1 // until JavaScript has been told of it
	}
	if b.event != nil && inv != nil {
		inv.sockets.Add(1)
	}
	if !s.belongs(inv) {
		go b.close() // closing may have to wait for the network
		return b
	}
	s.hostBodies[b.id] = b
	if inv != nil {
		inv.hostBodies = append(inv.hostBodies, b.id)
	}
	return b
}

// takeHostBody takes a body out of JavaScript's reach; nil if there is none, or
// some of it has been read.
func (s *session) takeHostBody(id uint32) *hostBody {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.hostBodies[id]
	if b == nil || b.pulled {
		return nil
	}
	delete(s.hostBodies, id)
	return b
}

func (s *session) cancelHostBody(id uint32) {
	if b := s.dropHostBody(id); b != nil {
		go b.close()
	}
}

func (s *session) dropHostBody(id uint32) *hostBody {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.hostBodies[id]
	delete(s.hostBodies, id)
	return b
}

// pullHostBody reads once for JavaScript, in a goroutine that ends with the read. An error
// says that JavaScript, which asks for as much each time and waits for it (bodies.ts), is
// not who asks.
func (s *session) pullHostBody(id, most uint32) error {
	s.mu.Lock()
	b := s.hostBodies[id]
	again := b != nil && b.pulling
	if b != nil {
		b.pulled, b.pulling = true, true
		b.reads++
		s.reads++
	}
	s.mu.Unlock()
	switch {
	case b == nil:
		return nil
	case again || most != readSize:
		return fmt.Errorf("it asked for %d bytes of a body, which it does not do", most)
	}
	s.traffic.expect()
	go s.readHostBody(b)
	return nil
}

var readBuffers = sync.Pool{New: func() any { return new([readSize]byte) }}

func (s *session) readHostBody(b *hostBody) {
	defer s.endRead(b)
	holds, err := s.awaitBody(b)
	buf := readBuffers.Get().(*[readSize]byte)
	defer readBuffers.Put(buf)
	n := 0
	if err == nil {
		s.contain("reading a body", &err, func() { n, err = s.read(b, buf[:]) })
	}
	s.mu.Lock()
	b.pulling = false
	s.mu.Unlock()
	if n == 0 {
		s.dropHostBody(b.id)
		defer b.close()
	}
	number := s.sendPiece(b, buf[:n], err)
	if holds {
		s.window.leave(s.window.pieces, number)
	}
}

// awaitBody returns when there is something to read, as far as that can be known, and the
// isolate has room for it: until then nobody needs a buffer. holds says that the read has a
// token of the window for its piece.
func (s *session) awaitBody(b *hostBody) (holds bool, err error) {
	switch {
	case b.event != nil:
		s.contain("reading a body", &err, b.await)
	case b.stored:
		err = s.window.enter(s.lifeOf(b.inv), s.window.pieces)
		holds = err == nil
	}
	return holds, err
}

// sendPiece posts what a read has brought, and returns the number of the post.
func (s *session) sendPiece(b *hostBody, piece []byte, err error) (number uint64) {
	fault := s.fault(b.inv, err)
	return s.port.post(b.inv.subject(), true, func(w *frame.Writer) {
		if b.event != nil {
			b.inv.renew(w, len(piece) == 0 || b.event(piece))
		}
		switch {
		case len(piece) > 0:
			w.Begin(frame.Chunk, b.id)
			w.ByteString(piece)
			w.End()
		case errors.Is(err, io.EOF):
			w.Empty(frame.End, b.id)
		default:
			w.Begin(frame.Break, b.id)
			w.Text("TypeError")
			w.Text("The body broke off: " + publicMessage(err))
			w.Word(fault)
			w.End()
		}
	})
}

// endRead notes that what a read has brought has been posted.
func (s *session) endRead(b *hostBody) {
	s.mu.Lock()
	b.reads--
	s.mu.Unlock()
	s.breakDeadlocks()
}

// await returns when there is something to read, or an error; until then nobody needs
// a buffer.
func (b *hostBody) await() {
	b.reading.Lock()
	defer b.reading.Unlock()
	if !b.closed.Load() {
		_, _ = b.reader.Read(nil)
	}
}

// read reads until there is something, or an error.
func (s *session) read(b *hostBody, p []byte) (n int, err error) {
	b.reading.Lock()
	defer b.reading.Unlock()
	if b.decoded == nil {
		b.decoded = s.decode(b)
	}
	for n == 0 && err == nil {
		if b.closed.Load() {
			if b.failure != nil {
				return 0, b.failure
			}
			return 0, httpmsg.ErrBodyClosed // it may be somebody else's by now
		}
		n, err = b.decoded.Read(p)
	}
	return n, err
}
