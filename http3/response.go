package http3

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/quic-go/quic-go"

	"hedge"
	"hedge/httpmsg"
)

// Deliver implements httpmsg.Outlet. Head and content in memory leave together.
func (st *stream) Deliver(ctx context.Context, req *httpmsg.Request, res *httpmsg.Response) (int64, error) {
	defer res.CloseBody()
	defer context.AfterFunc(ctx, func() { _ = st.quic.SetWriteDeadline(past()) })() // nobody waits for a Write any more
	httpmsg.RemoveHopByHop(&res.Header, nil)
	if res.Trailer == nil {
		res.Header.Del("Trailer")
	}
	sent, err := st.deliver(ctx, req, res)
	if err != nil {
		st.quic.CancelWrite(quic.StreamErrorCode(codeInternalError))
		return sent, err
	}
	st.answered = true
	return sent, st.quic.Close()
}

func (st *stream) deliver(ctx context.Context, req *httpmsg.Request, res *httpmsg.Response) (int64, error) {
	if res.Status == 101 {
		return st.switchProtocols(ctx, req, res)
	}
	if res.Body == nil || req.Method == "HEAD" || !httpmsg.HasContent(res.Status) {
		out, err := st.head(res, httpmsg.LengthWithoutContent(req, res))
		if err == nil {
			err = st.write(out)
		}
		return 0, err
	}
	if whole, ok := httpmsg.InMemory(res.Body); ok {
		return st.whole(res, whole)
	}
	defer context.AfterFunc(ctx, res.CloseBody)() // ends a Read that nobody waits for any more
	return st.stream(res)
}

// head returns the HEADERS frame of an answer.
func (st *stream) head(res *httpmsg.Response, length int64) ([]byte, error) {
	f := newFields()
	if err := f.head(res, length, *st.conn.server.date.Load()); err != nil {
		return nil, err
	}
	st.writing.Lock()
	defer st.writing.Unlock()
	st.begun = true
	return append(appendFrame(make([]byte, 0, f.Len()+64), frameHeaders, f.Len()), f.Bytes()...), nil
}

// writeContinue tells the client to send the content, unless it has an answer already.
func (st *stream) writeContinue() { st.interim(100, &httpmsg.Header{}) }

// write sends what is complete in itself. The client has the WriteTimeout to take it.
func (st *stream) write(p []byte) error {
	_ = st.quic.SetWriteDeadline(time.Now().Add(st.conn.server.Limits.WriteTimeout))
	_, err := st.quic.Write(p)
	return gone(err)
}

// joined is how much content is copied behind the head, so that both leave in one packet
// where they fit.
const joined = 16 << 10

func (st *stream) whole(res *httpmsg.Response, content []byte) (int64, error) {
	if res.ContentLength >= 0 && int64(len(content)) != res.ContentLength {
		return 0, hedge.Errorf(hedge.OutcomeException, "the answer has %d bytes and a Content-Length of %d", len(content), res.ContentLength)
	}
	out, err := st.head(res, int64(len(content)))
	if err != nil {
		return 0, err
	}
	out = appendFrame(out, frameData, len(content))
	first := min(len(content), joined)
	if err := st.write(append(out, content[:first]...)); err != nil {
		return 0, err
	}
	sent := first
	for sent < len(content) { // each part has its time
		next := min(len(content), sent+streamRead)
		if err := st.write(content[sent:next]); err != nil {
			return int64(sent), err
		}
		sent = next
	}
	return int64(sent), nil
}

// streamRead is how much content is read at once, and frameRoom what the beginning of
// its frame takes.
const (
	streamRead = 32 << 10
	frameRoom  = 1 + 4
)

var streamBuffers = sync.Pool{New: func() any { return new([frameRoom + streamRead]byte) }}

// stream sends content as it comes, each read at once.
func (st *stream) stream(res *httpmsg.Response) (sent int64, err error) {
	out, err := st.head(res, res.ContentLength)
	if err == nil {
		err = st.write(out)
	}
	if err != nil {
		return 0, err
	}
	st.body.moved()
	buf := streamBuffers.Get().(*[frameRoom + streamRead]byte)
	defer streamBuffers.Put(buf)
	for {
		n, readErr := res.Body.Read(buf[frameRoom:])
		total := sent + int64(n)
		if res.ContentLength >= 0 && total > res.ContentLength {
			return sent, hedge.Errorf(hedge.OutcomeException, "the answer is longer than its Content-Length of %d", res.ContentLength)
		}
		if n > 0 {
			if err := st.write(framed(buf, n)); err != nil {
				return sent, err
			}
			sent = total
			st.body.moved()
		}
		switch {
		case errors.Is(readErr, io.EOF) && sent < res.ContentLength:
			return sent, hedge.Errorf(hedge.OutcomeException, "the answer ended after %d of %d bytes", sent, res.ContentLength)
		case errors.Is(readErr, io.EOF):
			return sent, st.trailer(res)
		case readErr != nil:
			return sent, readErr
		}
	}
}

// framed returns n bytes of content with the beginning of their frame, which stands right
// before them.
func framed(buf *[frameRoom + streamRead]byte, n int) []byte {
	var room [frameRoom]byte
	head := appendFrame(room[:0], frameData, n)
	start := frameRoom - len(head)
	copy(buf[start:], head)
	return buf[start : frameRoom+n]
}

// trailer sends the fields of a trailer, if there are any.
func (st *stream) trailer(res *httpmsg.Response) error {
	if res.Trailer == nil {
		return nil
	}
	f := newFields()
	f.trailer(res.Trailer())
	if f.Len() == 0 {
		return nil
	}
	return st.write(append(appendFrame(nil, frameHeaders, f.Len()), f.Bytes()...))
}

func gone(err error) error {
	if err == nil {
		return nil
	}
	return hedge.Wrap(err, hedge.OutcomeClientGone, "the client went away before it had the whole answer")
}
