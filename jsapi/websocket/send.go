package websocket

import (
	"bytes"
	"encoding/binary"
	"sync"

	"github.com/gobwas/ws"
)

// What code says comes as records: a word with the kind, one with the length, and the
// payload. A piece of a payload becomes a fragment of a message, so that nothing has to
// be collected, and a pong can go between any two.
const (
	kindText   = uint32(ws.OpText)
	kindBinary = uint32(ws.OpBinary)
	kindClose  = uint32(ws.OpClose)

	recordHeader = 8
)

// sendBuffer is how much of what code says is taken at once.
const sendBuffer = 16 << 10

var sendBuffers = sync.Pool{New: func() any { return new([sendBuffer]byte) }}

// send writes frames until code has no more to say. It returns why.
func (s *socket) send() error {
	var e encoder
	e.masks = s.isClient
	for {
		if _, err := s.out.Read(nil); err != nil { // until there is something
			return err
		}
		buf := sendBuffers.Get().(*[sendBuffer]byte)
		n, err := s.out.Read(buf[:])
		if n > 0 {
			var frames bytes.Buffer
			e.encode(&frames, buf[:n])
			if werr := s.write(frames.Bytes(), e.closes); werr != nil {
				_ = s.conn.Close() // the reader tells code
				_ = s.out.Close()
			}
		}
		sendBuffers.Put(buf)
		if err != nil {
			return err
		}
	}
}

// encoder makes frames of records, as they come.
type encoder struct {
	masks  bool
	closes bool // a Close frame has been made

	head []byte // of the record, as far as it has come
	left uint32 // of its payload
	op   ws.OpCode
	// whole is the payload of a Close frame, which must not be fragmented.
	whole []byte
}

func (e *encoder) encode(to *bytes.Buffer, p []byte) {
	for len(p) > 0 || len(e.head) == recordHeader && e.left == 0 {
		if len(e.head) < recordHeader {
			n := min(recordHeader-len(e.head), len(p))
			e.head, p = append(e.head, p[:n]...), p[n:]
			if len(e.head) < recordHeader {
				return
			}
			e.op = ws.OpCode(binary.LittleEndian.Uint32(e.head))
			e.left = binary.LittleEndian.Uint32(e.head[4:])
			if len(p) == 0 && e.left > 0 {
				return
			}
		}
		n := min(int(e.left), len(p))
		e.left -= uint32(n)
		e.piece(to, p[:n], e.left == 0)
		p = p[n:]
	}
}

// piece writes a part of a record's payload.
func (e *encoder) piece(to *bytes.Buffer, p []byte, last bool) {
	op := e.op
	if op == ws.OpClose {
		e.whole = append(e.whole, p...)
		if !last {
			return
		}
		p, e.closes = e.whole, true
	}
	appendFrame(to, ws.Header{Fin: last, OpCode: op}, p, e.masks)
	e.op = ws.OpContinuation
	if last {
		e.head = e.head[:0]
	}
}

// appendFrame writes a frame into memory, which cannot fail. It masks p in place.
func appendFrame(to *bytes.Buffer, h ws.Header, p []byte, masks bool) {
	h.Length = int64(len(p))
	if masks {
		h.Masked, h.Mask = true, ws.NewMask()
		ws.Cipher(p, h.Mask, 0)
	}
	_ = ws.WriteHeader(to, h)
	to.Write(p)
}

// write writes frames, unless a Close frame has been sent. closes says that they end
// with one.
func (s *socket) write(frames []byte, closes bool) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if s.said || len(frames) == 0 {
		return nil
	}
	s.said = closes
	n, err := s.conn.Write(frames)
	s.sent += int64(n)
	return err
}

// say sends a Close frame, if none has been sent.
func (s *socket) say(code ws.StatusCode) error {
	var frames bytes.Buffer
	var payload []byte
	if code != ws.StatusNoStatusRcvd {
		payload = ws.NewCloseFrameBody(code, "")
	}
	appendFrame(&frames, ws.Header{Fin: true, OpCode: ws.OpClose}, payload, s.isClient)
	return s.write(frames.Bytes(), true)
}

// pong answers a ping.
func (s *socket) pong(payload []byte) error {
	var frames bytes.Buffer
	appendFrame(&frames, ws.Header{Fin: true, OpCode: ws.OpPong}, payload, s.isClient)
	return s.write(frames.Bytes(), false)
}

// ping asks whether the other side is there. It does not wait for a write that goes on:
// who does not read will be noticed by that.
func (s *socket) ping() {
	if !s.writing.TryLock() {
		return
	}
	s.writing.Unlock()
	var frames bytes.Buffer
	appendFrame(&frames, ws.Header{Fin: true, OpCode: ws.OpPing}, nil, s.isClient)
	_ = s.write(frames.Bytes(), false)
}
