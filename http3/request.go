package http3

import (
	"bufio"
	"context"
	"errors"
	"io"
	"runtime/debug"
	"sync"
	"time"

	"github.com/quic-go/qpack"
	"github.com/quic-go/quic-go"

	"hedge/httpmsg"
)

// stream is a request under way, and where its answer goes.
type stream struct {
	conn *conn
	quic *quic.Stream
	in   *bufio.Reader
	req  httpmsg.Request
	body body

	begun    bool // the answer's head has been written
	answered bool // the answer has been written as a whole

	writing sync.Mutex // guards begun, and what is written of the head
}

// inputBytes is how much is read of a stream at once where little is asked for.
const inputBytes = 4 << 10

var inputs = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, inputBytes) }}

// request takes a request from its stream and has it answered.
func (c *conn) request(qs *quic.Stream) {
	st := &stream{conn: c, quic: qs, in: inputs.Get().(*bufio.Reader)}
	st.in.Reset(qs)
	st.req = httpmsg.Request{Scheme: "https", Proto: "HTTP/3.0", Remote: c.remote, Local: c.local, TLS: c.tls}
	st.body.st = st
	refusal, err := st.readHead()
	if err == nil {
		st.handle(refusal)
	}
	st.end(err)
	c.leave(!st.answered)
	qs.ReleaseStreamCredit()
	st.body.release()
}

// readHead reads the head of the request.
func (st *stream) readHead() (*httpmsg.Refusal, error) {
	limits := &st.conn.server.Limits
	_ = st.quic.SetReadDeadline(time.Now().Add(limits.HeadTimeout))
	length, err := st.headers()
	if err != nil {
		return nil, err
	}
	s := httpmsg.Section{Limits: &limits.SectionLimits, WebSockets: true}
	s.Begin(&st.req, nil)
	if length > 2*uint64(limits.HeadBytes) {
		return &httpmsg.Refusal{Status: 431, Why: "the head is too large"}, nil
	}
	if err := st.section(&s, length); err != nil {
		return nil, err
	}
	// Whether content follows, the stream's end alone tells, which may come later.
	s.Finish(false)
	if s.Malformed != "" {
		return nil, failStream(codeMessageError, "%s", s.Malformed)
	}
	_ = st.quic.SetReadDeadline(time.Time{})
	st.body.begin(&s)
	return s.Refusal, nil
}

// headers passes over what may come before HEADERS, and returns its length.
func (st *stream) headers() (uint64, error) {
	for {
		kind, length, err := readFrame(st.in)
		switch {
		case errors.Is(err, io.EOF):
			return 0, failStream(codeRequestIncomplete, "a request ends before it begins")
		case err != nil:
			return 0, err
		case kind == frameHeaders:
			return length, nil
		}
		if err := st.other(kind, length); err != nil {
			return 0, err
		}
	}
}

// other takes a frame that is not the one expected: one that means nothing here, or
// one that must not come (RFC 9114 §7.2).
func (st *stream) other(kind, length uint64) error {
	switch kind {
	case frameData, frameHeaders, frameCancelPush, frameSettings, framePushPromise, frameGoAway, frameMaxPushID:
		return fail(codeFrameUnexpected, "a frame is where it must not be")
	}
	if isOfHTTP2(kind) {
		return fail(codeFrameUnexpected, "a frame is one of HTTP/2")
	}
	return errors.Join(skip(st.in, length), st.conn.asksNothing())
}

// section reads the content of HEADERS.
func (st *stream) section(s *httpmsg.Section, length uint64) error {
	encoded, err := readWhole(st.in, length)
	if err != nil {
		return truncated(unexpected(err))
	}
	next := qpack.NewDecoder().Decode(encoded)
	for s.Refusal == nil && s.Malformed == "" {
		f, err := next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fail(codeDecompressionFailed, "fields cannot be decoded")
		}
		s.Field(f.Name, f.Value)
	}
	return nil
}

// readWhole reads length bytes. No more memory is taken than twice of what has come: it costs
// a client nothing to announce much.
func readWhole(in io.Reader, length uint64) ([]byte, error) {
	var all []byte
	for left := length; left > 0; {
		n := min(left, max(inputBytes, uint64(len(all))))
		all = append(all, make([]byte, n)...)
		if _, err := io.ReadFull(in, all[uint64(len(all))-n:]); err != nil {
			return nil, err
		}
		left -= n
	}
	return all, nil
}

// unexpected makes one error of two that say that something has ended too early.
func unexpected(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return io.EOF
	}
	return err
}

// handle calls the handler. If it panics and that is reported to somebody, only this
// stream ends.
func (st *stream) handle(refusal *httpmsg.Refusal) {
	defer func() {
		if st.conn.server.Panicked == nil {
			return // and let the panic take its way
		}
		if reason := recover(); reason != nil {
			st.conn.server.Panicked(reason, debug.Stack())
		}
	}()
	ctx, cancel := context.WithCancel(st.quic.Context())
	defer cancel()
	st.conn.server.Handler(ctx, &st.req, refusal, st)
}

// end ends the stream, and for a fault that is the connection's, that.
func (st *stream) end(err error) {
	var f *fault
	switch {
	case errors.As(err, &f) && !f.one:
		st.conn.end(f.code, f.why)
	case errors.As(err, &f):
		endStream(st.quic, f.code)
	case err != nil: // the client has given it up, or took too long
		endStream(st.quic, codeRequestIncomplete)
	case st.answered:
		_ = st.body.Close()
	default:
		_ = st.body.Close()
		st.quic.CancelWrite(quic.StreamErrorCode(codeInternalError))
	}
}
