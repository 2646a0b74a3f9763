package worker

import (
	"errors"
	"io"
	"sync"

	"hedge/frame"
)

// readSize is how much of a host body travels in one frame, at most.
const readSize = 64 << 10

// hostBody is a body that the host holds and JavaScript may read.
type hostBody struct {
	id     uint32
	inv    *invocation // nil for one that the app opened while loading
	reader io.ReadCloser
	coding string
	length int64

	decoded io.ReadCloser // reader without its coding, once it is read; the puller's
	once    sync.Once
}

func (b *hostBody) close() { b.once.Do(func() { _ = b.reader.Close() }) }

func (s *session) openHostBody(inv *invocation, body Body) uint32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lastID++
	b := &hostBody{id: s.lastID, inv: inv, reader: body.Reader, coding: body.Coding, length: body.Length}
	if s.lost {
		go b.close()
		return b.id
	}
	s.hostBodies[b.id] = b
	return b.id
}

// takeHostBody takes a body out of JavaScript's reach; nil if there is none.
func (s *session) takeHostBody(id uint32) *hostBody {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.hostBodies[id]
	delete(s.hostBodies, id)
	return b
}

func (s *session) cancelHostBody(id uint32) {
	if b := s.takeHostBody(id); b != nil {
		go b.close() // closing may have to wait for the network
	}
}

func (s *session) closeBodiesOf(inv *invocation) {
	s.mu.Lock()
	var list []*hostBody
	for id, b := range s.hostBodies {
		if b.inv == inv {
			list = append(list, b)
			delete(s.hostBodies, id)
		}
	}
	s.mu.Unlock()
	for _, b := range list {
		go b.close()
	}
}

// pullHostBody reads once for JavaScript, in a goroutine that ends with the read.
func (s *session) pullHostBody(id, most uint32) {
	s.mu.Lock()
	b := s.hostBodies[id]
	s.mu.Unlock()
	if b == nil {
		return
	}
	s.port.outstanding.Add(1)
	go s.readHostBody(b, int(min(most, readSize)))
}

var readBuffers = sync.Pool{New: func() any { return new([readSize]byte) }}

func (s *session) readHostBody(b *hostBody, most int) {
	if b.decoded == nil {
		b.decoded = b.raw()
	}
	buf := readBuffers.Get().(*[readSize]byte)
	defer readBuffers.Put(buf)
	n, err := readSome(b.decoded, buf[:most])
	subject := uint32(0)
	if b.inv != nil {
		subject = b.inv.id
	}
	s.port.post(subject, true, func(w *frame.Writer) {
		switch {
		case n > 0:
			w.Begin(frame.Chunk, b.id)
			w.ByteString(buf[:n])
			w.End()
		case errors.Is(err, io.EOF):
			w.Empty(frame.End, b.id)
		default:
			w.Begin(frame.Break, b.id)
			w.Text("TypeError")
			w.Text("The body broke off: " + err.Error())
			w.End()
		}
	})
	if n == 0 {
		s.takeHostBody(b.id)
		b.close()
	}
}

// readSome reads until there is something, or an error.
func readSome(r io.Reader, p []byte) (n int, err error) {
	for n == 0 && err == nil {
		n, err = r.Read(p)
	}
	return n, err
}
