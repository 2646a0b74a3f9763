package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hedge"
	"hedge/cache"
	"hedge/cert"
	"hedge/httpmsg"
	"hedge/ratelimit"
	"hedge/router"
	"hedge/telemetry"
)

// steps is the path of every request, from the door to the door. A step that fails
// ends in an error's answer. Any answer goes on with the steps that are always taken.
var steps = [...]struct {
	name   string
	take   func(*exchange, context.Context) error
	always bool
}{
	{"parse", (*exchange).parse, false},
	{"secure", (*exchange).secure, false},
	{"identify app", (*exchange).identifyApp, false},
	{"route", (*exchange).route, false},
	{"limit", (*exchange).limit, false},
	{"prepare", (*exchange).prepare, false},
	{"cache lookup", (*exchange).lookup, false},
	{"run", (*exchange).run, false}, // code, upstream, or what a route does by itself; its answer is stored as it comes
	{"shape", (*exchange).shape, true},
	{"deliver", (*exchange).deliver, true},
	{"account", (*exchange).account, true},
}

// exchange is one request on its way, and what the steps have found out about it.
type exchange struct {
	node         *Node
	own          hedge.Account // of req
	began        time.Time
	span, parent [8]byte   // of the trace; the parent's is nothing in the first
	ready        time.Time // when the head of the answer was there
	req          *httpmsg.Request
	// refusal is what the door has found wrong with the request; nil if nothing.
	refusal error
	out     httpmsg.Outlet

	host     string // in normal form
	path     string // in normal form
	app      *deployment
	taken    *route            // nil before one has been taken
	verdict  ratelimit.Verdict // of the route's limit, if it has one
	to       httpmsg.RoundTripper
	cached   cache.Exchange // where the route has the cache asked
	over     func()         // lets go of what the cache has asked for; nil if that is nothing
	hints    hints          // what comes before the answer
	res      *httpmsg.Response
	failed   error    // what the answer is an error's answer to
	failedAt string   // the step that failed
	bytes    int64    // of the body, delivered
	content  *content // of the request; nil if it has none
	broken   bool     // the client must not take what it got for the whole answer
}

// travel takes the request through the steps, up to the first that has an answer, and then
// through those that are always taken.
func (x *exchange) travel(ctx context.Context) {
	defer func() {
		if x.over != nil {
			x.over()
		}
		x.app.leave()
	}()
	for i := range steps {
		step := &steps[i]
		if x.res != nil && !step.always {
			continue
		}
		if err := step.take(x, ctx); err != nil {
			x.failedAt = step.name
			x.fail(err)
		}
	}
}

// fail makes the answer to an error of a step.
func (x *exchange) fail(err error) {
	x.req.Account.Failed(err)
	x.failed = err
	x.res = x.answer(err)
}

// parse sees to it that host and path mean one thing to everybody.
func (x *exchange) parse(ctx context.Context) (err error) {
	if x.refusal != nil {
		return x.refusal
	}
	if x.host, _, err = httpmsg.NormalHost(x.req.Authority); err != nil {
		return err
	}
	// From here on there is one form of the path, for routes, code and origins alike.
	if x.req.Target, err = httpmsg.NormalTarget(x.req.Target); err != nil {
		return err
	}
	x.path = x.req.Path()
	if x.path == "*" { // OPTIONS, about the server as a whole, of which there is nothing to say (RFC 9110 §9.3.7)
		x.res, err = router.Fixed(&hedge.Answer{Status: 200}).RoundTrip(ctx, x.req)
	}
	return err
}

// secure sees to it that the request came over a connection that its host allows. Where it
// has to come again over TLS, it is that connection which matters.
func (x *exchange) secure(context.Context) error {
	if x.node.cfg.RedirectPort != "" && !x.usesTLS() {
		x.to = redirect(x.node.cfg.RedirectPort)
		return nil
	}
	if x.node.cfg.TLS == nil {
		return nil
	}
	err := x.node.cfg.TLS.Admit(x.host, x.req.TLS)
	if errors.Is(err, cert.ErrMisdirected) {
		return &refusal{err, 421}
	}
	return err
}

// identifyApp finds the app that answers for the host.
func (x *exchange) identifyApp(context.Context) error {
	for {
		app := x.node.apps.Load().find(x.host)
		if app == nil {
			return hedge.Errorf(hedge.OutcomeNoRoute, "no app answers for the host %s", x.host)
		}
		if app.enter() { // else it has just been replaced
			x.app = app
			x.req.Account.Answered(app.release.Name, "")
			return nil
		}
	}
}

// route takes the most specific route that matches, unless the request is redirected.
func (x *exchange) route(context.Context) error {
	if x.to != nil {
		return nil
	}
	taken, err := x.find(x.path)
	if err != nil {
		return err
	}
	if taken.pictures != nil {
		if source, ok := taken.pictures.source(x.req.Target); ok {
			if from, err := x.find(source); err != nil {
				return err
			} else if from != taken {
				return hedge.Errorf(hedge.OutcomeNoRoute, "the variant is of a picture that another route answers for, %s", from.pattern)
			}
		}
	}
	x.taken, x.to = taken, taken.to
	x.req.Account.Answered(x.app.release.Name, x.taken.step)
	return nil
}

// find finds the route of a path.
func (x *exchange) find(path string) (*route, error) {
	i := x.app.router.Find(x.host, path, x.req)
	if i < 0 {
		return nil, hedge.Errorf(hedge.OutcomeNoRoute, "no route of the app %s matches the path %s", x.app.release.Name, path)
	}
	if rival := x.app.router.Rival(x.host, path, x.req, i); rival >= 0 {
		return nil, ambiguous(x.app.routes[i].pattern, x.app.routes[rival].pattern)
	}
	return &x.app.routes[i], nil
}

// ambiguous is the error about a path that matches one route, and another one to servers
// that read it in another way. The client learns how to write what it may mean, the log
// which routes they are.
func ambiguous(pattern, rival string) error {
	return hedge.Wrap(fmt.Errorf("it matches the route %s, and without them %s", pattern, rival), hedge.OutcomeBadRequest,
		`the path of the request has "//", "%%2F" or ";", by which servers disagree about what it means; ask for it without them`)
}

// usesTLS reports whether the client used TLS, with us or with a trusted proxy in front.
func (x *exchange) usesTLS() bool {
	return x.req.TLS != nil || x.node.cfg.Forwarding.Proto(x.req) == "https"
}

// prepare makes the request the one that is handed on.
func (x *exchange) prepare(context.Context) error {
	if x.taken == nil {
		return nil
	}
	if x.taken.pictures != nil {
		if err := x.taken.pictures.admit(x.req); err != nil {
			return err
		}
	}
	router.Change(&x.req.Header, &x.taken.spec.RequestHeaders) // after admit, which takes off what clients send, and not what the route says
	if x.taken.step == stepCode {
		x.node.cfg.Forwarding.Append(x.req) // code sees who the client is, and not what it says
	}
	return nil
}

// run has the request answered.
func (x *exchange) run(ctx context.Context) (err error) {
	x.hear()
	x.res, err = x.ask(ctx)
	x.hints.end()
	if err == nil && (x.res.Status < 200 || x.res.Status > 599) && !x.switches() {
		x.res.CloseBody()
		err = hedge.Errorf(hedge.OutcomeException, "the answer has the status %d, which is not one from 200 to 599, nor 101 to a client that asks for a WebSocket", x.res.Status)
	}
	if err == nil {
		err = x.boundHead()
	}
	return err
}

// maxAnswerHead bounds the names and values of an answer's fields together, in bytes. No
// client takes more, and each answer would be held in memory as a whole.
const maxAnswerHead = 128 << 10

// boundHead refuses an answer whose head is too large to be delivered.
func (x *exchange) boundHead() error {
	size := 0
	for _, f := range x.res.Header.Fields() {
		size += len(f.Name) + len(f.Value)
	}
	if size <= maxAnswerHead {
		return nil
	}
	x.res.CloseBody()
	return hedge.Errorf(hedge.OutcomeExceededSize, "the fields of the answer have %d bytes, and may have %d", size, maxAnswerHead)
}

// shape gives the answer the fields that its route has for it.
func (x *exchange) shape(context.Context) error {
	if x.taken != nil && x.taken.limiter != nil {
		x.taken.limiter.tell(&x.res.Header, x.verdict)
	}
	if x.taken != nil {
		router.Change(&x.res.Header, &x.taken.spec.ResponseHeaders)
	}
	if x.node.cfg.AltSvc != "" && x.req.TLS != nil {
		x.res.Header.Set("Alt-Svc", x.node.cfg.AltSvc) // an origin's leads around the edge
	}
	return nil
}

// switches reports whether the connection goes on in another protocol, as the client
// has asked for.
func (x *exchange) switches() bool {
	return x.res.Status == 101 && x.req.Upgrade != "" && httpmsg.SwitchedBody(x.res) != nil
}

// deliver writes the answer.
func (x *exchange) deliver(ctx context.Context) (err error) {
	x.ready = time.Now()
	if x.failed != nil && x.res.Status == telemetry.StatusClientGone {
		x.broken = true
		return nil
	}
	if x.node.cfg.Dev {
		x.res.Header.Add("Server-Timing", serverTiming(x.req.Account.Snapshot()))
	}
	if x.res.Status == 101 {
		defer context.AfterFunc(x.app.sockets, x.res.CloseBody)()
	}
	x.bytes, err = x.out.Deliver(ctx, x.req, x.res)
	if err != nil && ctx.Err() != nil {
		err = hedge.Wrap(err, hedge.OutcomeClientGone, "the client went away before it had the whole answer")
	}
	if err != nil {
		x.broken = true
		x.req.Account.Failed(err)
	}
	return nil
}

// account counts the request, and reports what has become of it.
func (x *exchange) account(context.Context) error {
	a := telemetry.Access{
		Time: x.began, Duration: time.Since(x.began), FirstByte: x.ready.Sub(x.began),
		Method: x.req.Method, Host: x.host, Path: x.path, Proto: x.req.Proto, Remote: x.req.Remote,
		Status: x.res.Status, Bytes: x.bytes, BytesIn: x.content.size(), Broken: x.broken, FailedAt: x.failedAt,
		Entry: x.req.Account.Settle(x.metrics()),
	}
	if a.Outcome == hedge.OutcomeClientGone && x.node.door.cut.Load() {
		a.Outcome, a.Err = hedge.OutcomeShutdown, hedge.Wrap(a.Err, hedge.OutcomeShutdown, "the server ended before the client had the whole answer")
		if a.Status == telemetry.StatusClientGone {
			a.Status = 503
		}
	}
	if x.taken != nil {
		a.Route = x.taken.pattern
	}
	if x.req.TLS != nil {
		a.TLSVersion = x.req.TLS.Version
	}
	a.BytesIn += a.Received // on a connection that went on in another protocol
	x.measure(&a)
	x.node.cfg.Tracer.end(x, &a)
	if x.node.cfg.Access != nil {
		a.URL = x.req.URL()
		x.node.cfg.Access(a)
	}
	return nil
}
