package websocket

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"hedge/httpmsg"
)

// messages are what comes, as code reads it: each Read yields a word and a piece of one
// message, and the last of them how the connection has ended. The word is the kind; first
// is added to that of a message's first piece, and fin to that of its last. Nothing is read
// that code has not asked for, so a flood of messages waits in the network.
type messages struct {
	socket *socket

	mu   sync.Mutex // held by Read; guards what follows
	from *bufio.Reader
	in   wsutil.Reader
	kind ws.OpCode // of the message that is being read; 0 if none is
	size int64     // of it so far
	more bool      // its end has not come
	held []byte    // what has come of it and code has not got
	some bool      // code has got some of it
	end  *ending   // how the connection has ended; nil if it has not
	told bool      // code has been told
}

// ending is how a connection has ended, as code gets to know it.
type ending struct {
	code   ws.StatusCode
	clean  bool
	reason string
}

// What is added to the kind of a message with its first piece, and with its last.
const (
	fin   = 0x100
	first = 0x10000
)

// pieceHeader is the word before a piece.
const pieceHeader = 4

// leastRoom is what the record of an ending may take.
const leastRoom = 7 + ws.MaxControlFramePayloadSize

// Each piece costs a turn of the isolate, and who sends a message byte by byte would take the
// processor time of all who have their sockets there. So code gets a message once so much of
// it has come, unless it is the rest; and what it gets next is as much as it has already got,
// which whoever makes us hold it has therefore sent.
const (
	leastHeld = 4 << 10
	mostHeld  = 60 << 10
)

// ahead is how much has to be there for reading on without having to wait: a control frame,
// or the header of another and some of it.
const ahead = ws.MaxHeaderSize + ws.MaxControlFramePayloadSize

// begins says whether what a Read has given is the beginning of a message, or the ending.
func begins(record []byte) bool { return binary.LittleEndian.Uint32(record)&first != 0 }

// begin makes the messages ones of a connection.
func (m *messages) begin(conn io.Reader) {
	state := ws.StateServerSide
	if m.socket.isClient {
		state = ws.StateClientSide
	}
	m.from = bufio.NewReaderSize(counted{conn, m.socket}, 4<<10)
	m.in = wsutil.Reader{Source: m.from, State: state, CheckUTF8: true, OnIntermediate: func(h ws.Header, r io.Reader) error { return m.control(h, r) }}
}

// counted is what comes over a connection.
type counted struct {
	io.Reader
	socket *socket
}

func (c counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	if n > 0 {
		c.socket.got.Add(int64(n))
		c.socket.heard.Store(int64(time.Since(c.socket.made)))
	}
	return n, err
}

// Read waits for a piece of a message. Without room it only waits.
func (m *messages) Read(p []byte) (int, error) {
	<-m.socket.met
	m.mu.Lock()
	defer m.mu.Unlock()
	m.await()
	if m.told {
		return 0, io.EOF
	}
	if len(p) == 0 {
		return 0, nil
	}
	if len(p) < leastRoom {
		return 0, io.ErrShortBuffer
	}
	n := m.fill(p[pieceHeader:])
	if m.end != nil {
		m.told = true
		return m.end.put(p), nil
	}
	kind := uint32(m.kind)
	if !m.some {
		m.some, kind = true, kind|first
	}
	if !m.more && len(m.held) == 0 {
		m.kind, m.held, kind = 0, nil, kind|fin
	}
	binary.LittleEndian.PutUint32(p, kind)
	return pieceHeader + n, nil
}

// fill takes what is there of a message, as far as there is room, and waits for nothing.
func (m *messages) fill(p []byte) int {
	n := copy(p, m.held)
	room := m.held[:0]
	if wanted := min(m.size, mostHeld); m.more && wanted > int64(cap(room)) {
		room = make([]byte, 0, wanted)
	}
	m.held = append(room, m.held[n:]...)
	for m.more && n < len(p) && m.from.Buffered() >= ahead {
		n += m.piece(p[n:])
	}
	return n
}

// put writes the record of an ending: a byte that says whether it was clean, the code,
// and the reason.
func (e *ending) put(p []byte) int {
	binary.LittleEndian.PutUint32(p, kindClose|first|fin)
	p[4] = 0
	if e.clean {
		p[4] = 1
	}
	binary.BigEndian.PutUint16(p[5:], uint16(e.code))
	return 7 + copy(p[7:], e.reason)
}

// await returns when there is a message, or enough of one, or the end. It needs little room
// for that: as many may wait in the middle of a message as there are connections.
func (m *messages) await() {
	if m.socket.conn == nil && m.end == nil {
		m.end = &ending{code: ws.StatusAbnormalClosure}
	}
	for m.end == nil {
		switch {
		case m.kind == 0:
			m.next()
		case !m.more || len(m.held) == cap(m.held):
			return
		default:
			n := m.piece(m.held[len(m.held):cap(m.held)])
			m.held = m.held[:len(m.held)+n]
		}
	}
}

// next takes the header of the next frame, and all of it if it is a control frame.
func (m *messages) next() {
	h, err := m.in.NextFrame()
	switch {
	case err != nil:
	case h.OpCode.IsControl():
		err = m.control(h, &m.in)
	default:
		if h.Length > m.socket.most {
			err = wsutil.ErrFrameTooLarge
			break
		}
		room := int64(leastHeld)
		if h.Fin {
			room = min(room, max(h.Length, 1))
		}
		m.kind, m.size, m.more, m.some, m.held = h.OpCode, 0, true, false, make([]byte, 0, room)
	}
	if err != nil {
		m.fail(err)
	}
}

// piece reads some of a message, which may be nothing; always so if that ends the connection.
func (m *messages) piece(p []byte) int {
	n, err := m.in.Read(p)
	m.size += int64(n)
	switch {
	case m.end != nil: // by a Close frame between two fragments
		return 0
	case m.size > m.socket.most:
		m.fail(wsutil.ErrFrameTooLarge)
		return 0
	case errors.Is(err, io.EOF):
		m.more = false
	case err != nil:
		m.fail(err)
		return 0
	}
	return n
}

var errClosed = errors.New("websocket: the other side has closed the connection")

// control does what a control frame asks for. r yields its payload.
func (m *messages) control(h ws.Header, r io.Reader) error {
	var room [ws.MaxControlFramePayloadSize]byte
	payload := room[:h.Length]
	if _, err := io.ReadFull(r, payload); err != nil && h.Length > 0 {
		return err
	}
	if !m.in.State.Fragmented() && h.Length == 0 {
		_, _ = m.in.Read(room[:1]) // so that the reader knows that it has ended
	}
	switch h.OpCode {
	case ws.OpPing:
		return m.socket.pong(payload)
	case ws.OpClose:
		return m.closed(payload)
	}
	return nil
}

// closed takes a Close frame (RFC 6455 §5.5.1, §7.4).
func (m *messages) closed(payload []byte) error {
	code, reason := ws.StatusNoStatusRcvd, ""
	if len(payload) > 0 {
		if len(payload) == 1 {
			return ws.ProtocolError("a close code of one byte")
		}
		code, reason = ws.ParseCloseFrameData(payload)
		if err := ws.CheckCloseFrameData(registered(code), reason); err != nil {
			return err
		}
	}
	m.over(&ending{code, true, reason})
	_ = m.socket.say(code)
	_ = m.socket.out.Close() // nobody would read it
	return errClosed
}

// registered returns the code itself, or one that gobwas knows for those that came to the
// IANA's registry after RFC 6455: 1012, "service restart", which we say too, to 1014.
func registered(code ws.StatusCode) ws.StatusCode {
	if code >= statusRestart && code <= statusRestart+2 {
		return ws.StatusNormalClosure
	}
	return code
}

// fail ends a connection that cannot go on, and tells the other side why if it is to
// blame (RFC 6455 §7.1.7).
func (m *messages) fail(err error) {
	if m.end != nil {
		return
	}
	m.over(&ending{code: ws.StatusAbnormalClosure})
	var protocol ws.ProtocolError
	code := ws.StatusCode(0)
	switch {
	case errors.Is(err, wsutil.ErrFrameTooLarge):
		code = ws.StatusMessageTooBig
	case errors.Is(err, wsutil.ErrInvalidUTF8), errors.Is(err, ws.ErrProtocolInvalidUTF8):
		code = ws.StatusInvalidFramePayloadData
	case errors.As(err, &protocol):
		code = ws.StatusProtocolError
	}
	if code != 0 {
		_ = m.socket.say(code)
	}
	_ = m.socket.out.Close()
}

func (m *messages) over(e *ending) { m.end, m.kind, m.more, m.held = e, 0, false, nil }

// drain reads to the end what nobody wants any more.
func (m *messages) drain() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for m.await(); m.end == nil; m.await() {
		if m.held = m.held[:0]; !m.more {
			m.kind, m.held = 0, nil
		}
	}
}

// Close says that code reads no more. What it has still to say is said: it ends by
// itself, and soon, with the request.
func (m *messages) Close() error {
	if m.socket.meet(nil) {
		return nil
	}
	time.AfterFunc(m.socket.cfg.Farewell, func() { _ = m.socket.out.Close() })
	return nil
}

var _ io.ReadCloser = (*messages)(nil)

var _ httpmsg.Switched = (*socket)(nil)
