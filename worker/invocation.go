package worker

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"hedge"
	"hedge/frame"
	"hedge/httpmsg"
	"hedge/serving"
)

// invocation is one request in an isolate. It lives until its response has been
// delivered and the isolate has finished with it.
type invocation struct {
	id      uint32
	session *session
	account *hedge.Account
	// life is what ops run under. It has the values of the request's context, which the
	// invocation may outlive.
	life   serving.Lifetime
	isHead bool // the method is HEAD
	depth  int  // of the request

	cpu atomic.Int64 // time on the processor, in ns

	sockets atomic.Int32 // WebSockets that code has been given
	renewed atomic.Int64 // when the processor time last began anew, in ns since the epoch

	tellGone sync.Once // tells the isolate that the client has gone

	// Guarded by session.mu: the bodies that were opened for it, some of which may
	// have been closed since, and its fetches.
	hostBodies, outgoing []uint32
	subrequests          subrequests

	mu        sync.Mutex // guards what follows
	req       *httpmsg.Request
	kept      *httpmsg.Request // a copy of req that may be used when the exchange is over
	upload    *hostBody        // the request's body, if it has one
	answer    answer
	ready     chan struct{} // closed with the answer; made by who waits for it
	answered  bool
	delivered bool // the response's body has been closed, or there is none
	finished  bool // the isolate has finished
	listens   bool // the isolate goes on only to hear what becomes of the response
	ended     bool
	gone      bool                    // the client has gone away
	unread    *hedge.Error            // why the request's body could not be read to its end, if that is the client's fault
	passed    *hedge.Error            // the limit that was passed, which code sees as an exception
	faults    map[uint32]*hedge.Error // what origins did, by number
	grace     *time.Timer             // ends the invocation when waitUntil takes too long
}

// answer is a response or an error.
type answer struct {
	res *httpmsg.Response
	err error
}

func newInvocation(ctx context.Context, req *httpmsg.Request) *invocation {
	inv := &invocation{req: req, account: req.Account, isHead: req.Method == "HEAD", depth: req.Depth}
	inv.life.Values = ctx
	return inv
}

// start hands the request to the isolate.
func (inv *invocation) start(req *httpmsg.Request) {
	s := inv.session
	var body uint32
	if req.Body != nil {
		b := s.openHostBody(inv, Body{Reader: watchUpload(inv, req.Body), Length: req.ContentLength})
		inv.mu.Lock()
		inv.upload = b
		inv.mu.Unlock()
		body = b.id
	}
	s.port.post(inv.id, true, func(w *frame.Writer) { writeRequest(w, inv.id, req, body) })
}

func writeRequest(w *frame.Writer, id uint32, req *httpmsg.Request, body uint32) {
	w.Begin(frame.Request, id)
	w.Word(body)
	list := w.BeginList()
	w.Item(req.Method)
	w.ItemParts(req.Scheme, "://", req.Authority, req.Target)
	w.ItemLower("host")
	w.Item(req.Authority)
	if req.Upgrade != "" {
		w.ItemLower("upgrade")
		w.Item(req.Upgrade)
	}
	for _, f := range req.Header.Fields() {
		w.ItemLower(f.Name)
		w.Item(f.Value)
	}
	w.EndList(list)
	w.End()
}

// keep returns the request for those who may need it when the exchange is over; it
// is not changed any more, and its body is not theirs. nil if inv is nil, or has
// finished.
func (inv *invocation) keep() *httpmsg.Request {
	if inv == nil {
		return nil
	}
	inv.mu.Lock()
	defer inv.mu.Unlock()
	inv.keepLocked()
	return inv.kept
}

func (inv *invocation) keepLocked() {
	if inv.kept == nil && inv.req != nil {
		inv.kept = inv.req.Clone()
		inv.kept.Body, inv.kept.ContentLength = nil, 0
	}
}

// letGo is called when the exchange is over, after which the request is its
// server's again: nobody reads its body or its fields any more. What goes on behind
// it has a limit from then on.
func (inv *invocation) letGo() {
	inv.mu.Lock()
	if !inv.finished {
		inv.keepLocked()
		inv.startGraceLocked()
	}
	inv.req = nil
	upload := inv.upload
	inv.mu.Unlock()
	if upload != nil {
		upload.close()
		upload.awaitRead()
	}
}

// settle gives the answer, unless there is one; it returns whether there was none.
// isDelivered says that nothing more is needed of the isolate for it.
func (inv *invocation) settle(a answer, isDelivered bool) bool {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	if inv.answered {
		return false
	}
	inv.answer, inv.answered, inv.delivered = a, true, isDelivered
	if inv.ready != nil {
		close(inv.ready)
	}
	return true
}

// respond answers with a response. source is what its body comes from, nil if that
// is whole, or there is none. Called by the driver.
func (inv *invocation) respond(res *httpmsg.Response, source io.Closer) {
	if inv.isHead && res.Body != nil {
		res.CloseBody()
		res.Body, source = nil, nil
	}
	if source != nil {
		res.Body = &deliveredBody{ReadCloser: res.Body, source: source, inv: inv}
	}
	if !inv.settle(answer{res: res}, source == nil) {
		res.CloseBody()
	} else if source == nil {
		inv.tellDelivered()
	}
}

// fail answers with an error, or notes it if there is an answer already.
func (inv *invocation) fail(failure *hedge.Error) {
	err := inv.cause(failure)
	if !inv.settle(answer{err: err}, true) {
		inv.account.Failed(err)
		inv.tellCutShort(err)
	}
}

// tellCutShort tells of what a request had put behind its response (waitUntil), and what
// is ended before it is done: the request's own line stands in the log already.
func (inv *invocation) tellCutShort(err error) {
	inv.mu.Lock()
	isBehind := inv.answer.res != nil && inv.delivered && !inv.finished && !inv.listens && !inv.ended
	inv.mu.Unlock()
	if !isBehind {
		return
	}
	app := inv.session.app
	app.print(0, func() Line {
		return Line{
			App: app.release.Name, Level: LevelError, Request: inv.keep(),
			Text: string(hedge.OutcomeOf(err)) + ": what the request has put behind its response is not done: " + publicMessage(err),
		}
	})
}

// cause returns what is behind an exception: that the client has gone, was too slow or sends
// too much, or that a limit was passed.
func (inv *invocation) cause(err error) error {
	inv.mu.Lock()
	gone, unread, passed := inv.gone, inv.unread, inv.passed
	inv.mu.Unlock()
	if hedge.OutcomeOf(err) != hedge.OutcomeException {
		return err
	}
	switch {
	case gone:
		return hedge.Wrap(err, hedge.OutcomeClientGone, "the client went away")
	case unread != nil:
		return exceeded(unread, err)
	case passed != nil:
		return exceeded(passed, err)
	}
	return err
}

// exceeded makes an error of a limit and of the exception that came of it.
func exceeded(limit *hedge.Error, err error) *hedge.Error {
	e := hedge.Wrap(err, limit.Outcome, "%s", limit.Message)
	var he *hedge.Error
	if errors.As(err, &he) {
		e.Exception = he.Exception
	}
	return e
}

// pass notes that a limit was passed; the first one stays.
func (inv *invocation) pass(limit *hedge.Error) {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	if inv.passed == nil {
		inv.passed = limit
	}
}

// waits reports whether there is no answer yet.
func (inv *invocation) waits() bool {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	return !inv.answered
}

// overspent ends a request whose turns, none of which took too long, did so
// together.
func (inv *invocation) overspent(err *hedge.Error) {
	inv.mu.Lock()
	ended := inv.ended
	inv.mu.Unlock()
	if !ended {
		inv.fail(err)
		inv.end(true, err)
	}
}

// lose is called when the isolate is gone. An answer that the host has in hand is
// delivered all the same.
func (inv *invocation) lose(err *hedge.Error) {
	first := inv.settle(answer{err: err}, true)
	inv.mu.Lock()
	cutShort := !first && !inv.finished && !inv.listens
	inv.mu.Unlock()
	if cutShort {
		inv.account.Failed(err)
		inv.tellCutShort(err)
	}
	inv.finish()
}

// finish is called when the isolate has finished with the request.
func (inv *invocation) finish() {
	inv.mu.Lock()
	inv.finished = true
	over := inv.delivered
	inv.mu.Unlock()
	if over {
		inv.end(false, nil)
	}
}

// bodyDelivered is called when the response's body has been closed.
func (inv *invocation) bodyDelivered() {
	inv.letGo()
	inv.mu.Lock()
	inv.delivered = true
	finished := inv.finished
	inv.mu.Unlock()
	if finished {
		inv.session.used.Store(time.Now().UnixNano())
		inv.end(false, nil)
		return
	}
	inv.tellDelivered()
}

// startGrace bounds what waitUntil may still do.
func (inv *invocation) startGrace() {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	inv.startGraceLocked()
}

func (inv *invocation) startGraceLocked() {
	if inv.ended || inv.grace != nil {
		return
	}
	limit := inv.session.app.limits.WaitUntil
	inv.grace = time.AfterFunc(limit, func() {
		inv.tellCutShort(hedge.Errorf(hedge.OutcomeExceededWall, "it may go on for %v (limits.wait_until)", limit))
		inv.end(true, nil)
	})
}

// end ends the request, with its ops and bodies. tell says that the isolate does
// not know yet; cause is what bodies under way end with, and may be nil.
func (inv *invocation) end(tell bool, cause error) {
	inv.mu.Lock()
	if inv.ended {
		inv.mu.Unlock()
		return
	}
	inv.ended = true
	if inv.grace != nil {
		inv.grace.Stop()
	}
	inv.mu.Unlock()
	inv.life.End()
	s := inv.session
	if tell {
		s.port.post(inv.id, false, func(w *frame.Writer) { writeAbort(w, inv.id, true, "The request is over") })
	}
	if cause == nil {
		cause = errOver
	}
	s.release(inv, cause)
}

// renewEvery is how often a request with a WebSocket has its processor time anew for
// what it does by itself.
const renewEvery = time.Second

// renew writes that a request with a WebSocket has its processor time anew: for each
// message, and from time to time for what a timer sets off. Other requests have it
// once. It does nothing on nil.
func (inv *invocation) renew(w *frame.Writer, message bool) {
	if inv == nil || inv.sockets.Load() == 0 {
		return
	}
	now := time.Now().UnixNano()
	since := now - inv.renewed.Load() // negative when the time of day has been set back
	if !message && 0 <= since && since < int64(renewEvery) {
		return
	}
	inv.renewed.Store(now)
	w.Empty(frame.Event, inv.id)
}

// awaitDelivery notes that the isolate is to be told when the response has been
// delivered. Called by the driver.
func (inv *invocation) awaitDelivery() {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	inv.listens = true
}

// tellDelivered tells the isolate, if it asked for that.
func (inv *invocation) tellDelivered() {
	inv.mu.Lock()
	listens := inv.listens
	inv.mu.Unlock()
	if listens {
		inv.session.port.post(inv.id, false, func(w *frame.Writer) { w.Empty(frame.Delivered, inv.id) })
	}
}

// clientGone tells the isolate, once, that nobody waits for the answer any more.
// What is posted after any call comes after that.
func (inv *invocation) clientGone() {
	inv.noteGone()
	inv.tellGone.Do(func() {
		inv.session.port.post(inv.id, false, func(w *frame.Writer) { writeAbort(w, inv.id, false, "The client went away") })
		inv.startGrace()
	})
}

// noteGone says that what goes wrong from now on does so because the client has gone.
func (inv *invocation) noteGone() {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	inv.gone = true
}

// subject is the request in frames and turns; 0, for nil, is the app itself.
func (inv *invocation) subject() uint32 {
	if inv == nil {
		return 0
	}
	return inv.id
}

// noteUnread says that what goes wrong from now on does so because the request's body could
// not be read to its end.
func (inv *invocation) noteUnread(why *hedge.Error) {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	inv.unread = why
}

func writeAbort(w *frame.Writer, id uint32, over bool, message string) {
	w.Begin(frame.Abort, id)
	if over {
		w.Word(1)
	} else {
		w.Word(0)
	}
	w.Text(message)
	w.End()
}
