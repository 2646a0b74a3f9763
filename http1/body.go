package http1

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"hedge"
	"hedge/httpmsg"
)

// maxLine bounds a chunk's size line, and maxTrailer the fields behind the last one.
const (
	maxLine    = 512
	maxTrailer = 32
)

// body is the content of a request. It keeps the rules of httpmsg.Request.Body.
type body struct {
	conn    *conn
	chunked bool

	turn     sync.Mutex // guards expects and answered, and is held while 100 is sent
	expects  bool       // the client waits for 100 (Continue), which has not been sent
	answered bool       // the final answer has begun, so that 100 must not be sent any more

	closing sync.Mutex // held by Close
	closed  atomic.Bool

	mu     sync.Mutex // guards what follows, and the connection's reader
	left   int64      // of the content or of the chunk
	inside bool       // a chunk has begun, and its CRLF has not been read
	err    error      // what every Read ends with from now on
	fields httpmsg.Header
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed.Load() {
		return 0, httpmsg.ErrBodyClosed
	}
	if b.err != nil || len(p) == 0 {
		return 0, b.err
	}
	if err := b.sendContinue(); err != nil {
		return 0, b.fail(err)
	}
	if b.left == 0 {
		if err := b.next(); err != nil {
			return 0, b.fail(err)
		}
	}
	n, err := b.conn.in.read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	if n == 0 && err != nil {
		return 0, b.fail(unexpected(err))
	}
	if b.left == 0 && !b.chunked {
		b.err = io.EOF // at once, so that nobody takes the body for unread
		return n, b.err
	}
	return n, nil
}

// sendContinue tells a client that waits that its content is wanted (RFC 9110
// §10.1.1).
func (b *body) sendContinue() error {
	b.turn.Lock()
	defer b.turn.Unlock()
	if !b.expects || b.answered {
		return nil
	}
	b.expects = false
	_, err := b.conn.write([]byte("HTTP/1.1 100 Continue\r\n\r\n"))
	return err
}

// answer says that the final answer begins, and reports whether the client still
// waits for 100 (Continue): then nobody can tell what it sends next.
func (b *body) answer() (waits bool) {
	b.turn.Lock()
	defer b.turn.Unlock()
	b.answered = true
	return b.expects
}

// next goes on to the next chunk (RFC 9112 §7.1).
func (b *body) next() error {
	if !b.chunked {
		return io.EOF
	}
	if b.inside {
		end, err := b.conn.in.line(maxLine)
		if err != nil {
			return err
		}
		if len(end) != 0 {
			return bad("a chunk does not end where its size says")
		}
		b.inside = false
	}
	line, err := b.conn.in.line(maxLine)
	if err != nil {
		return err
	}
	if b.left, err = parseChunkSize(line); err != nil {
		return err
	}
	b.inside = true
	if b.left > 0 {
		return nil
	}
	if err := b.trailer(); err != nil {
		return err
	}
	return io.EOF
}

// parseChunkSize parses a chunk's first line: hexadecimal digits, perhaps with
// extensions behind, which mean nothing here but must be well-formed enough to
// mean nothing to anybody.
func parseChunkSize(line []byte) (int64, error) {
	var n int64
	i := 0
	for ; i < len(line); i++ {
		digit := hexDigit(line[i])
		if digit < 0 {
			break
		}
		if i == 15 {
			return 0, bad("a chunk is too large")
		}
		n = n<<4 | int64(digit)
	}
	if i == 0 || i < len(line) && line[i] != ';' || !fieldText(string(line[i:])) {
		return 0, bad("the size of a chunk is malformed")
	}
	return n, nil
}

func hexDigit(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// trailer reads the fields behind the last chunk. Those that frame or route the
// message come too late to mean anything (RFC 9110 §6.5.1).
func (b *body) trailer() error {
	most := b.conn.server.Limits.HeadBytes // of them all
	for n := 0; ; n++ {
		line, err := b.conn.in.line(most)
		if err != nil || len(line) == 0 {
			return err
		}
		most -= len(line)
		if n == maxTrailer {
			return bad("there are more than %d trailer fields", maxTrailer)
		}
		name, value, err := parseField(string(line))
		if err != nil {
			return err
		}
		if !framesMessage(name) {
			b.fields.Add(name, value)
		}
	}
}

func framesMessage(name string) bool { return httpmsg.FramesMessage(name) }

// fail notes what reading ends with.
func (b *body) fail(err error) error {
	var r *refusal
	switch {
	case errors.Is(err, io.EOF):
	case errors.As(err, &r):
		err = hedge.Wrap(err, hedge.OutcomeBadRequest, "the request's body is malformed: %s", r.why)
	case !b.closed.Load():
		err = hedge.Wrap(err, hedge.OutcomeClientGone, "the client went away before the request's body was complete")
	default:
		err = httpmsg.ErrBodyClosed
	}
	b.err = err
	return err
}

// Close ends a Read that waits, and gives the connection's reader back.
func (b *body) Close() error {
	b.closing.Lock() // so that no other Close returns while this one changes the deadline
	defer b.closing.Unlock()
	if b.closed.Swap(true) {
		return nil
	}
	if !b.mu.TryLock() {
		// Somebody reads. Only the connection can wake him.
		_ = b.conn.net.SetReadDeadline(time.Unix(1, 0))
		b.mu.Lock()
		_ = b.conn.net.SetReadDeadline(time.Time{})
	}
	b.mu.Unlock()
	return nil
}

// finished closes the body and reports whether the next request begins behind it.
// What is left of it is passed over if it has arrived already.
func (b *body) finished() bool {
	_ = b.Close()
	b.mu.Lock()
	defer b.mu.Unlock()
	if errors.Is(b.err, io.EOF) {
		return true
	}
	if b.err != nil || b.chunked || b.answer() || b.left > int64(b.conn.in.buffered()) {
		return false
	}
	b.conn.in.r += int(b.left)
	return true
}

// trailerFields returns what followed the content.
func (b *body) trailerFields() httpmsg.Header {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !errors.Is(b.err, io.EOF) {
		return httpmsg.Header{}
	}
	return b.fields.Clone()
}
