package http2

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"golang.org/x/net/http2"

	"hedge"
	"hedge/httpmsg"
)

// call is one request to an origin, until its answer has ended.
type call struct {
	conn   *originConn
	ctx    context.Context
	req    *httpmsg.Request
	id     uint32
	reused bool        // the connection had carried others
	upload *callUpload // sends the content; nil if there is none
	stop   func() bool // keeps the end of ctx from ending the call

	// What follows is guarded by conn.mu.

	changed sync.Cond // anything below, or a window or room for the upload
	window  int64     // that the origin has opened for the content; may be negative
	sent    bool      // the request has been sent whole
	halted  bool      // the upload is to end
	timer   *time.Timer
	waits   int         // those who wait for the origin to send content, or to take some
	moved   time.Time   // when the first of them began to, or something has moved since
	idle    *time.Timer // looks at that; nil before anybody waits

	head    *httpmsg.Response  // nil until it has come
	interim int                // answers before it
	hints   []httpmsg.Response // those of them that have not been passed on
	empty   bool               // the answer has no content
	left    int64              // of the declared content; -1 if none is declared
	receive int64              // that the origin may still send
	owed    int                // bytes that have been read, and not been given back to that
	came    unread             // content
	trailer httpmsg.Header

	ended  error // why nothing more will come: io.EOF if the answer is whole
	reset  bool  // the stream has been reset, by whomever
	unseen bool  // the origin has said that it has not looked at the request
	broken bool  // the connection has broken before there was an answer
}

// await waits for the head of the answer. The error is a *hedge.Error.
func (one *call) await() (*httpmsg.Response, error) {
	c := one.conn
	c.mu.Lock()
	for one.head == nil && one.ended == nil {
		if len(one.hints) > 0 {
			one.hint()
			continue
		}
		one.changed.Wait()
	}
	one.hint()
	res, err := one.head, one.ended
	if res == nil || one.ended != nil && !errors.Is(one.ended, io.EOF) && one.came.len() == 0 {
		c.mu.Unlock()
		one.close()
		return nil, err
	}
	whole := errors.Is(err, io.EOF) && one.trailer.Len() == 0
	data := one.came.buf // nobody has read any of it
	c.mu.Unlock()
	switch {
	case one.empty:
		if res.Status == 204 {
			res.ContentLength = 0
		}
	case !whole:
		b := &callBody{one}
		res.Body, res.Trailer = b, b.trailer
		return res, nil
	case len(data) > 0:
		res.Body, res.ContentLength = httpmsg.NewBytesBody(data), int64(len(data))
	default:
		res.ContentLength = 0
	}
	one.close()
	return res, nil
}

// hint passes interim answers on, without conn.mu meanwhile, which is held.
func (one *call) hint() {
	hints := one.hints
	if one.hints = nil; len(hints) == 0 {
		return
	}
	one.conn.mu.Unlock()
	defer one.conn.mu.Lock()
	for i := range hints {
		one.req.Interim(hints[i].Status, hints[i].Header)
	}
}

// repeatable reports whether a call that has failed can be made again: the origin has
// not looked at it, or may have, but it does no harm (RFC 9110 §9.2.2).
func (one *call) repeatable() bool {
	one.conn.mu.Lock()
	defer one.conn.mu.Unlock()
	switch {
	case one.ctx.Err() != nil:
		return false
	case one.unseen:
		return true
	case one.upload != nil: // goes again where nobody can have looked at it, and nowhere else
		return false
	}
	switch one.req.Method {
	case "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE":
		return one.broken && one.reused
	}
	return false
}

// complete says that the request has been sent whole. conn.mu is held.
func (one *call) complete() {
	one.sent = true
	if one.ended != nil {
		one.conn.leave(one)
		return
	}
	if one.head == nil {
		one.timer = time.AfterFunc(one.conn.client.cfg.HeadTimeout, one.late)
	}
}

// late ends a call whose answer does not come. The connection may be dead, and gets no
// further requests.
func (one *call) late() {
	c := one.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	if one.head != nil || one.ended != nil {
		return
	}
	c.retiring = true
	c.count()
	one.cut(http2.ErrCodeCancel, hedge.Errorf(hedge.OutcomeOriginTimeout, "the origin %s did not answer within %v", c.origin, c.client.cfg.HeadTimeout))
}

// until waits for something that the origin has to do, as long as something moves within
// the time for that. conn.mu is held.
func (one *call) until(ready func() bool) {
	if ready() {
		return
	}
	if one.waits++; one.waits == 1 {
		one.moved = time.Now()
		one.look(one.conn.client.cfg.StreamIdleTimeout)
	}
	for !ready() {
		one.changed.Wait()
	}
	one.waits--
}

// move says that content has moved, either way. conn.mu is held.
func (one *call) move() {
	if one.waits > 0 {
		one.moved = time.Now()
	}
}

// look has stalled look in a while. conn.mu is held.
func (one *call) look(in time.Duration) {
	if one.idle == nil {
		one.idle = time.AfterFunc(in, one.stalled)
		return
	}
	one.idle.Reset(in)
}

// stalled ends a call of which nothing has moved for too long. An origin whose answer
// nobody reads may well stop reading, too.
func (one *call) stalled() {
	c := one.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	left := c.client.cfg.StreamIdleTimeout - time.Since(one.moved)
	switch {
	case one.waits == 0: // the next one who does looks again
	case one.came.len() > 0:
		one.moved = time.Now()
		one.look(c.client.cfg.StreamIdleTimeout)
	case left > 0:
		one.look(left)
	default:
		one.cut(http2.ErrCodeCancel, hedge.Errorf(hedge.OutcomeOriginTimeout, "nothing has come from the origin %s, and nothing has gone there, for %v", c.origin, c.client.cfg.StreamIdleTimeout))
	}
}

// abandon ends a call that nobody waits for any more.
func (one *call) abandon() {
	one.conn.mu.Lock()
	defer one.conn.mu.Unlock()
	one.cut(http2.ErrCodeCancel, abandoned(one.ctx, one.conn.origin))
}

// take takes the head of the answer. conn.mu is held.
func (one *call) take(res *httpmsg.Response, length int64) {
	if one.timer != nil {
		one.timer.Stop()
	}
	res.ContentLength = length
	one.empty = one.req.Method == "HEAD" || !httpmsg.HasContent(res.Status)
	if one.left = length; one.empty {
		one.left = -1
	}
	one.head = res
	one.conn.carried = true
	one.changed.Broadcast()
}

// whole says that the answer has come to its end. What is left of the request is of no
// use then. conn.mu is held.
func (one *call) whole() {
	if one.left > 0 {
		one.malformed(http2.ErrCodeProtocol, "its content is shorter than its content-length")
		return
	}
	one.end(io.EOF)
}

// refuse ends a call that the origin has not looked at. conn.mu is held.
func (one *call) refuse() {
	one.unseen = true
	one.end(hedge.Errorf(hedge.OutcomeOriginRefused, "the origin %s has not looked at the request", one.conn.origin))
}

// decline ends a call that the origin would take over HTTP/1.1. conn.mu is held.
func (one *call) decline() {
	one.end(hedge.Wrap(ErrHTTP11Required, hedge.OutcomeOriginRefused, "the origin %s has not looked at the request", one.conn.origin))
}

// malformed ends a call whose answer is not HTTP. conn.mu is held.
func (one *call) malformed(code http2.ErrCode, why string) {
	one.cut(code, hedge.Errorf(hedge.OutcomeOriginMalformed, "what the origin %s answered is not HTTP: %s", one.conn.origin, why))
}

// cut ends a call from our side, if it has not ended. conn.mu is held.
func (one *call) cut(code http2.ErrCode, err error) {
	if one.ended == nil {
		one.giveUp(code)
		one.end(err)
	}
}

// giveUp resets the stream, if there is anything left of it. conn.mu is held.
func (one *call) giveUp(code http2.ErrCode) {
	if !one.reset && one.conn.err == nil {
		_ = one.conn.framer.WriteRSTStream(one.id, code)
	}
	one.reset = true
}

// end says that nothing more will come. conn.mu is held.
func (one *call) end(err error) {
	for _, timer := range []*time.Timer{one.timer, one.idle} {
		if timer != nil {
			timer.Stop()
		}
	}
	if one.ended == nil {
		one.ended = err
	}
	if one.sent || one.reset {
		one.conn.leave(one)
	}
	one.changed.Broadcast()
}

// close ends the exchange, whatever is left of it.
func (one *call) close() {
	one.stop()
	one.conn.mu.Lock()
	if one.ended == nil || !one.sent && !one.reset { // RFC 9113 §8.1: the rest of the request has no use
		one.giveUp(http2.ErrCodeCancel)
		one.end(httpmsg.ErrBodyClosed)
	}
	one.came = unread{}
	one.conn.mu.Unlock()
	if one.upload != nil {
		one.upload.end()
	}
}

// giveBack lets the origin send n more bytes of the answer. conn.mu is held.
func (one *call) giveBack(n int) {
	one.owed += n
	if one.owed >= answerWindow/2 && one.ended == nil && one.conn.err == nil {
		_ = one.conn.framer.WriteWindowUpdate(one.id, uint32(one.owed))
		one.receive += int64(one.owed)
		one.owed = 0
	}
}

// callBody is the content of an answer.
type callBody struct{ one *call }

// Read implements io.Reader.
func (b *callBody) Read(p []byte) (int, error) {
	one := b.one
	one.conn.mu.Lock()
	defer one.conn.mu.Unlock()
	one.until(func() bool { return one.came.len() > 0 || one.ended != nil || len(p) == 0 })
	if one.came.len() == 0 {
		return 0, one.ended
	}
	n := one.came.take(p)
	one.giveBack(n)
	if one.came.len() == 0 && errors.Is(one.ended, io.EOF) {
		return n, io.EOF
	}
	return n, nil
}

// Close ends the exchange.
func (b *callBody) Close() error {
	b.one.close()
	return nil
}

// trailer returns what followed the content.
func (b *callBody) trailer() httpmsg.Header {
	one := b.one
	one.conn.mu.Lock()
	defer one.conn.mu.Unlock()
	if !errors.Is(one.ended, io.EOF) || one.came.len() > 0 {
		return httpmsg.Header{}
	}
	return one.trailer.Clone()
}
