package http2

import (
	"context"
	"errors"
	"io"
	"sync"

	"golang.org/x/net/http2"

	"hedge"
	"hedge/httpmsg"
)

// Deliver implements httpmsg.Outlet. Head and content in memory leave together, and
// with what other answers of the connection have ready.
func (st *stream) Deliver(ctx context.Context, req *httpmsg.Request, res *httpmsg.Response) (int64, error) {
	defer res.CloseBody()
	httpmsg.RemoveHopByHop(&res.Header, nil)
	if res.Trailer == nil {
		res.Header.Del("Trailer")
	}
	if res.Status == 101 {
		return st.switchProtocols(ctx, req, res)
	}
	if res.Body == nil || req.Method == "HEAD" || !httpmsg.HasContent(res.Status) {
		return 0, st.head(ctx, res, httpmsg.LengthWithoutContent(req, res), true, true)
	}
	if whole, ok := httpmsg.InMemory(res.Body); ok {
		return st.whole(ctx, res, whole)
	}
	defer context.AfterFunc(ctx, res.CloseBody)() // ends a Read that nobody waits for any more
	return st.stream(ctx, res)
}

// head writes the head of an answer. If it goes alone, it is sent at once.
func (st *stream) head(ctx context.Context, res *httpmsg.Response, length int64, ends, alone bool) error {
	c := st.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	w := waiting{conn: c, ctx: ctx}
	defer w.stop()
	if !w.until(func() bool { return len(c.out) < fullOutput }, st) {
		return gone(errClosed)
	}
	start := len(c.out)
	out, err := appendHead(c.encoder.begin(c.out, st.id), res, length, *c.server.date.Load())
	if err != nil {
		c.out = out[:start]
		return err
	}
	c.out = c.encoder.end(out, start, ends)
	st.begun = true
	st.body.moved()
	if ends {
		c.answered(st)
	}
	if alone {
		c.send()
	}
	return nil
}

func (st *stream) whole(ctx context.Context, res *httpmsg.Response, content []byte) (int64, error) {
	if res.ContentLength >= 0 && int64(len(content)) != res.ContentLength {
		return 0, hedge.Errorf(hedge.OutcomeException, "the answer has %d bytes and a Content-Length of %d", len(content), res.ContentLength)
	}
	if err := st.head(ctx, res, int64(len(content)), false, false); err != nil {
		return 0, err
	}
	n, err := st.conn.writeData(ctx, st, content, true)
	return int64(n), gone(err)
}

// streamRead is how much content is read at once. A frame is a little more than a TLS
// record holds, so that two of them in one write make three records, and not four.
const streamRead = 2 * maxFrame

var streamBuffers = sync.Pool{New: func() any { return new([streamRead]byte) }}

// stream sends content as it comes, each read at once.
func (st *stream) stream(ctx context.Context, res *httpmsg.Response) (sent int64, err error) {
	if err := st.head(ctx, res, res.ContentLength, false, true); err != nil {
		return 0, err
	}
	buf := streamBuffers.Get().(*[streamRead]byte)
	defer streamBuffers.Put(buf)
	for {
		n, readErr := res.Body.Read(buf[:])
		ends := errors.Is(readErr, io.EOF)
		total := sent + int64(n)
		switch {
		case readErr != nil && !ends:
		case res.ContentLength >= 0 && total > res.ContentLength:
			return sent, hedge.Errorf(hedge.OutcomeException, "the answer is longer than its Content-Length of %d", res.ContentLength)
		case ends && total < res.ContentLength:
			readErr, ends = hedge.Errorf(hedge.OutcomeException, "the answer ended after %d of %d bytes", total, res.ContentLength), false
		}
		trailer := ends && res.Trailer != nil
		if n > 0 || ends && !trailer {
			var wrote int
			wrote, err = st.conn.writeData(ctx, st, buf[:n], ends && !trailer)
			sent += int64(wrote)
		}
		switch {
		case err != nil:
			return sent, gone(err)
		case trailer:
			return sent, gone(st.trailer(res.Trailer()))
		case ends:
			return sent, nil
		case readErr != nil:
			return sent, readErr
		}
	}
}

// trailer ends an answer with the fields of its trailer (RFC 9113 §8.1).
func (st *stream) trailer(fields httpmsg.Header) error {
	c := st.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	if st.closed || c.dead {
		return errClosed
	}
	start := len(c.out)
	out := c.encoder.begin(c.out, st.id)
	begun := len(out)
	if out = appendTrailer(out, fields); len(out) == begun { // there are none after all
		c.out = appendFrame(c.out, 0, http2.FrameData, http2.FlagDataEndStream, st.id)
	} else {
		c.out = c.encoder.end(out, start, true)
	}
	c.answered(st)
	c.send()
	return nil
}

func gone(err error) error {
	if err == nil {
		return nil
	}
	return hedge.Wrap(err, hedge.OutcomeClientGone, "the client went away before it had the whole answer")
}
