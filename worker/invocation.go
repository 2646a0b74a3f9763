package worker

import (
	"context"
	"io"
	"sync"
	"time"

	"hedge"
	"hedge/frame"
	"hedge/httpmsg"
)

// invocation is one request in an isolate. It lives until its response has been
// delivered and the isolate has finished with it.
type invocation struct {
	id      uint32
	session *session
	req     *httpmsg.Request
	// parent has the values of the request's context; the invocation may outlive it.
	parent context.Context
	// head gets the response or the error, once; it has room for it.
	head chan answer

	cpu time.Duration // guarded by session.mu

	mu        sync.Mutex // guards what follows
	answered  bool       // head has been sent
	delivered bool       // the response's body has been closed, or there is none
	finished  bool       // the isolate has finished
	ended     bool
	refused   bool               // an ArrayBuffer was refused in one of its turns
	ctx       context.Context    // what ops run under; nil until the first
	cancel    context.CancelFunc // ends ctx
	fetches   int
	grace     *time.Timer // ends the invocation when waitUntil takes too long
}

type answer struct {
	res *httpmsg.Response
	err error
}

func newInvocation(ctx context.Context, req *httpmsg.Request) *invocation {
	return &invocation{req: req, parent: ctx, head: make(chan answer, 1)}
}

// context returns what the ops of the request run under: it ends with the request.
func (inv *invocation) context() context.Context {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	if inv.ctx == nil {
		inv.ctx, inv.cancel = context.WithCancel(context.WithoutCancel(inv.parent))
		if inv.ended {
			inv.cancel()
		}
	}
	return inv.ctx
}

// stopOps ends what context has returned.
func (inv *invocation) stopOps() {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	inv.ended = true
	if inv.cancel != nil {
		inv.cancel()
	}
}

// start hands the request to the isolate.
func (inv *invocation) start() {
	s := inv.session
	var body uint32
	if inv.req.Body != nil {
		body = s.openHostBody(inv, Body{Reader: inv.req.Body, Length: inv.req.ContentLength})
	}
	s.port.post(inv.id, false, func(w *frame.Writer) { writeRequest(w, inv.id, inv.req, body) })
}

func writeRequest(w *frame.Writer, id uint32, req *httpmsg.Request, body uint32) {
	w.Begin(frame.Request, id)
	w.Word(body)
	list := w.BeginList()
	w.Item(req.Method)
	w.ItemParts(req.Scheme, "://", req.Authority, req.Target)
	w.ItemLower("host")
	w.Item(req.Authority)
	for _, f := range req.Header.Fields() {
		w.ItemLower(f.Name)
		w.Item(f.Value)
	}
	w.EndList(list)
	w.End()
}

// respond delivers the response. Called by the driver.
func (inv *invocation) respond(res *httpmsg.Response) {
	inv.mu.Lock()
	if inv.answered || inv.ended {
		inv.mu.Unlock()
		res.CloseBody()
		return
	}
	inv.answered = true
	switch res.Body.(type) {
	case nil, *httpmsg.BytesBody:
		inv.delivered = true // nothing more is needed of the isolate
	default:
		res.Body = &deliveredBody{ReadCloser: res.Body, inv: inv}
	}
	inv.mu.Unlock()
	inv.head <- answer{res: res}
}

// fail answers with an error, unless there is an answer already.
func (inv *invocation) fail(err *hedge.Error) {
	inv.mu.Lock()
	if inv.refused && err.Outcome == hedge.OutcomeException {
		refusal := memoryError(&inv.session.app.limits)
		refusal.Exception, refusal.Err = err.Exception, err
		err = refusal
	}
	first := !inv.answered
	inv.answered, inv.delivered = true, inv.delivered || first
	inv.mu.Unlock()
	if first {
		inv.head <- answer{err: err}
	} else {
		inv.req.Account.Failed(err)
	}
}

func (inv *invocation) memoryRefused() {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	inv.refused = true
}

// hung reports whether the request waits for an answer that cannot come, given
// that nothing is outstanding in the isolate.
func (inv *invocation) hung() bool {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	return !inv.answered
}

// deliveredBody tells the invocation when its response has been delivered.
type deliveredBody struct {
	io.ReadCloser
	inv  *invocation
	stop func() bool // stops watching for the client; set before the body is handed out
	once sync.Once
}

// Unwrap returns the body itself, for those who can copy it faster.
func (b *deliveredBody) Unwrap() io.ReadCloser { return b.ReadCloser }

func (b *deliveredBody) Close() error {
	err := b.ReadCloser.Close()
	b.once.Do(func() {
		if b.stop != nil {
			b.stop()
		}
		b.inv.bodyDelivered()
	})
	return err
}

func (inv *invocation) bodyDelivered() {
	inv.mu.Lock()
	inv.delivered = true
	finished := inv.finished
	inv.mu.Unlock()
	if finished {
		inv.session.endInvocation(inv, false)
		return
	}
	inv.startGrace()
}

// startGrace bounds what waitUntil may still do.
func (inv *invocation) startGrace() {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	if inv.ended || inv.grace != nil {
		return
	}
	limit := inv.session.app.limits.WaitUntil
	inv.grace = time.AfterFunc(limit, func() { inv.session.endInvocation(inv, true) })
}

// finishInvocation is called when the isolate has finished with a request.
func (s *session) finishInvocation(id uint32) {
	inv := s.find(id)
	if inv == nil {
		return
	}
	inv.mu.Lock()
	inv.finished = true
	over := inv.delivered
	inv.mu.Unlock()
	if over {
		s.endInvocation(inv, false)
	}
}

// endInvocation lets go of everything that belongs to a request. tell says that
// the isolate does not know yet.
func (s *session) endInvocation(inv *invocation, tell bool) {
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
	if tell {
		s.port.post(inv.id, false, func(w *frame.Writer) { writeAbort(w, inv.id, true, "The request is over") })
	}
	inv.stopOps()
	s.closeBodiesOf(inv)
	s.remove(inv)
}

// remove takes the request off the list, and closes the session if it was the
// last of a condemned one.
func (s *session) remove(inv *invocation) {
	s.mu.Lock()
	delete(s.invocations, inv.id)
	s.lastUsed = time.Now()
	last := s.condemned && len(s.invocations) == 0
	s.mu.Unlock()
	if last {
		s.close()
	}
}

// clientGone tells the isolate that nobody waits for the answer any more.
func (s *session) clientGone(inv *invocation) {
	s.port.post(inv.id, false, func(w *frame.Writer) { writeAbort(w, inv.id, false, "The client went away") })
	inv.startGrace()
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

// countFetch counts a subrequest.
func (s *session) countFetch(inv *invocation) error {
	if inv == nil {
		return nil
	}
	limit := s.app.limits.Subrequests
	inv.mu.Lock()
	inv.fetches++
	over := limit >= 0 && inv.fetches > limit
	inv.mu.Unlock()
	inv.req.Account.Fetched()
	if over {
		err := hedge.Errorf(hedge.OutcomeExceededFetches, "the request made more than its %d fetches (limits.subrequests)", limit)
		return &Failure{Name: "Error", Message: err.Message, Err: err}
	}
	return nil
}
