package http1

import (
	"context"
	"errors"

	"hedge"
	"hedge/httpmsg"
	"hedge/serving"
)

// trip is one request to an origin, until its answer has come or failed.
type trip struct {
	client *Client
	ctx    context.Context
	req    *httpmsg.Request
	origin httpmsg.Origin

	head *[]byte // of the request, with its content behind where that is small
	// inline says that the content stands behind the head, or that there is none.
	inline bool
	// expects says that the origin is to say first whether it wants the content (RFC 9110
	// §10.1.1).
	expects bool
	memory  []byte  // content in memory, if it is not inline
	last    bool    // the connection is not used again
	key     string  // of the handshake, with an upgrade (RFC 6455 §4.1)
	upload  *upload // sends content that is not inline; nil if there is none yet

	conn *originConn
	// watcher ends the connection with ctx, if that is a Lifetime; else that is up to what
	// stop prevents.
	life    *serving.Lifetime
	watcher serving.Watcher
	stop    func() bool
}

// maxInterim is how many interim answers may come before the final one.
const maxInterim = 16

// run sends the request over one connection, and over a second if it may.
func (t *trip) run() (*httpmsg.Response, error) {
	if err := t.compose(); err != nil {
		return nil, err
	}
	fresh := false
	for {
		conn, err := t.client.connect(t.ctx, t.origin, fresh)
		if err != nil {
			return nil, t.failure(err)
		}
		t.conn = conn
		if err := t.collect(); err != nil {
			conn.discard()
			return nil, err
		}
		res, err := t.exchange()
		if err == nil {
			return res, nil
		}
		if errors.Is(err, errDirty) {
			conn.discard() // nothing has been sent
			continue
		}
		retry := conn.reused && !conn.heard && broken(err) && conn.cause.Load() == causeNone && t.repeatable()
		err = t.failure(err)
		conn.discard()
		if !retry {
			return nil, err
		}
		fresh = true
	}
}

// repeatable reports whether the request can be sent again: it does no harm (RFC 9110
// §9.2.2), and its content is still there.
func (t *trip) repeatable() bool {
	if t.upload != nil && t.memory == nil {
		return false
	}
	switch t.req.Method {
	case "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE":
		return true
	}
	return false
}

// exchange sends the request and returns the answer. With an error, the connection is
// of no further use, and nobody else uses it.
func (t *trip) exchange() (*httpmsg.Response, error) {
	conn := t.conn
	t.watch()
	var res *httpmsg.Response
	var f framing
	err := t.send()
	if err == nil {
		res, f, err = t.answer()
	}
	if err != nil {
		t.unwatch()
		t.endUpload()
		return nil, err
	}
	conn.waiting.Store(0)
	if res.Status == 101 {
		return t.switchTo(res), nil
	}
	// An origin that does not do what it is asked may not have read the content either.
	t.last = t.last || res.Status >= 300 && sendsContent(t.req)
	if t.upload != nil && (res.Status >= 300 || f.length == 0) {
		t.endUpload() // the origin does not want the rest
	}
	if f.length == 0 {
		t.finish(f)
		return res, nil
	}
	content := contentOf(&conn.in, f, t.client.cfg.HeadBytes)
	if whole, ok := content.arrived(); ok {
		t.finish(f)
		res.Body, res.ContentLength = httpmsg.NewBytesBody(whole), int64(len(whole))
		return res, nil
	}
	b := &answerBody{trip: t, framing: f, content: content}
	res.Body = b
	if content.chunked {
		res.Trailer = b.trailer
	}
	return res, nil
}

// watch has the exchange end when nobody waits for it any more.
func (t *trip) watch() {
	var ours bool
	if t.life, ours = t.ctx.(*serving.Lifetime); !ours {
		t.stop = context.AfterFunc(t.ctx, t.Ended)
		return
	}
	t.watcher = serving.Watcher{Told: t}
	t.life.Add(&t.watcher)
}

// unwatch has it go on whatever becomes of ctx; false if it has been ended.
func (t *trip) unwatch() bool {
	if t.life != nil {
		return t.life.Remove(&t.watcher)
	}
	return t.stop()
}

// Ended ends the exchange, as ctx has ended.
func (t *trip) Ended() { t.conn.end(causeGivenUp) }

// send sends what is inline, and starts the rest. If that fails there may be an answer
// all the same, which says why. An error is errDirty, or one of reading.
func (t *trip) send() error {
	if t.inline {
		t.conn.waiting.Store(t.client.clock.Load())
		return t.conn.ask(*t.head)
	}
	if t.conn.reused && !t.conn.clean() {
		return errDirty
	}
	t.conn.waiting.Store(sending)
	_, _ = t.conn.write(*t.head)
	t.upload = startUpload(t)
	return nil
}

// answer waits for the final answer's head.
func (t *trip) answer() (*httpmsg.Response, framing, error) {
	for range maxInterim {
		head, err := t.conn.head()
		if err != nil {
			return nil, framing{}, err
		}
		res, f, err := parseResponse(head, t.req.Method, t.client.cfg.Fields)
		switch {
		case err != nil:
			return nil, f, err
		case res.Status >= 600:
			return nil, f, bad("it has the status %d", res.Status)
		case res.Status == 101:
			if !t.switches(res, f) {
				return nil, f, bad("it switches to a protocol that nobody has asked for, or by half")
			}
			return res, f, nil
		case res.Status >= 200:
			return res, f, nil
		case f.close:
			return nil, f, bad("an interim answer ends the connection, or announces content")
		case res.Status == 100 && t.upload != nil:
			t.upload.proceed()
		case t.req.Interim != nil && httpmsg.PassedOn(res.Status):
			t.req.Interim(res.Status, res.Header)
		}
	}
	return nil, framing{}, bad("there are more than %d interim answers", maxInterim-1)
}

// endUpload ends the sending of the request, whatever is left of it.
func (t *trip) endUpload() {
	if t.upload != nil {
		t.upload.end()
	}
}

// finish ends the exchange when the answer has been read, and keeps the connection if
// that is certain to be clean.
func (t *trip) finish(f framing) {
	t.endUpload()
	sent := t.upload == nil || t.upload.whole
	if t.unwatch() && sent && !t.last && !f.close && t.conn.in.buffered() == 0 && t.conn.cause.Load() == causeNone {
		t.client.put(t.conn)
		return
	}
	t.conn.discard()
}

// failure says what an error means. It is a *hedge.Error.
func (t *trip) failure(err error) error {
	var known *hedge.Error
	var refused *refusal
	if t.upload != nil && t.upload.failure() != nil {
		return t.bodyFailure(t.upload.failure())
	}
	switch {
	case t.ctx.Err() != nil:
		return t.abandoned()
	case errors.As(err, &known):
		return known
	case errors.As(err, &refused):
		return hedge.Errorf(hedge.OutcomeOriginMalformed, "what the origin %s answered is not HTTP: %s", t.origin, refused.why)
	case t.conn == nil:
	case t.conn.cause.Load() == causeTimeout:
		return hedge.Errorf(hedge.OutcomeOriginTimeout, "the origin %s did not answer within %v", t.origin, t.client.cfg.HeadTimeout)
	case t.conn.cause.Load() == causeFull:
		return hedge.Errorf(hedge.OutcomeOriginTimeout, "the origin %s has taken nothing of the request for %v", t.origin, t.client.cfg.WriteTimeout)
	case t.conn.cause.Load() == causeStalled:
		return hedge.Errorf(hedge.OutcomeOriginTimeout, "nothing has come of the answer of the origin %s for %v", t.origin, t.client.cfg.StreamIdleTimeout)
	}
	return hedge.Wrap(err, hedge.OutcomeOriginReset, "the origin %s broke off the connection", t.origin)
}

// bodyFailure says what it means that the request's body broke off.
func (t *trip) bodyFailure(err error) error {
	var known *hedge.Error
	switch {
	case errors.As(err, &known):
		return known
	case t.ctx.Err() != nil:
		return t.abandoned()
	}
	return hedge.Wrap(err, hedge.OutcomeException, "the body of the request to %s broke off", t.origin)
}

// abandoned says why ctx has ended.
func (t *trip) abandoned() error {
	cause := context.Cause(t.ctx)
	var known *hedge.Error
	switch {
	case errors.As(cause, &known):
		return known
	case errors.Is(cause, context.DeadlineExceeded):
		return hedge.Wrap(cause, hedge.OutcomeOriginTimeout, "the origin %s did not answer in time", t.origin)
	}
	return hedge.Wrap(cause, hedge.OutcomeClientGone, "nobody waits for the answer of the origin %s any more", t.origin)
}
