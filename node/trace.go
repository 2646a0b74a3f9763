package node

import (
	"cmp"
	"context"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"hedge"
	"hedge/httpmsg"
	"hedge/telemetry"
)

// The fields of W3C Trace Context.
const (
	parentField = "Traceparent"
	stateField  = "Tracestate"
)

// Tracer has requests take part in traces (W3C Trace Context), and records some of
// them. A nil Tracer leaves the fields as they are. Safe for concurrent use.
type Tracer struct {
	export func(*telemetry.Span)
	below  uint64 // traces whose ID ends in less than this are recorded
}

// NewTracer makes a Tracer that records a part of the traces, from 0 to 1: the same ones
// on every node, whatever clients ask for. export must not block.
func NewTracer(ratio float64, export func(*telemetry.Span)) *Tracer {
	t := &Tracer{export: export, below: math.MaxUint64}
	if ratio < 1 {
		t.below = uint64(max(ratio, 0) * math.MaxUint64)
	}
	return t
}

// begin has a request that came in take part in its trace, or begin one.
func (t *Tracer) begin(x *exchange) {
	if t == nil {
		return
	}
	req := x.req
	trace, ok := hedge.ParseTrace(req.Header.Values(parentField), req.Header.Values(stateField))
	if ok {
		x.parent = trace.Span
	} else {
		binary.BigEndian.PutUint64(trace.ID[:], rand.Uint64())
		binary.BigEndian.PutUint64(trace.ID[8:], rand.Uint64())
		trace.Span = newSpanID()
	}
	trace.Recorded = binary.BigEndian.Uint64(trace.ID[8:]) <= t.below && t.below > 0
	trace.Flagged = trace.Flagged || trace.Recorded
	if trace.Recorded { // else what is done here would have a parent that nobody exports (§3.4)
		x.span = newSpanID()
		trace.Span = x.span
	}
	mark(&req.Header, &trace)
	req.Account.Traced(trace)
}

func newSpanID() (id [8]byte) {
	binary.BigEndian.PutUint64(id[:], rand.Uint64()|1) // which is never nothing
	return id
}

// mark sets the fields.
func mark(h *httpmsg.Header, t *hedge.Trace) {
	h.Set(parentField, t.Parent())
	if t.State == "" {
		h.Del(stateField)
	} else {
		h.Set(stateField, t.State)
	}
}

// end records a request that is over.
func (t *Tracer) end(x *exchange, a *telemetry.Access) {
	if t == nil || !a.Trace.Recorded {
		return
	}
	s := &telemetry.Span{
		Trace: a.Trace.ID, ID: x.span, Parent: x.parent, State: a.Trace.State, Name: spanName(a.Method, a.Route), Kind: telemetry.SpanServer,
		Start: a.Time, End: a.Time.Add(a.Duration),
		Attributes: append(method(a.Method), []telemetry.Attribute{
			{Key: "url.scheme", Text: x.req.Scheme},
			{Key: "server.address", Text: a.Host},
			{Key: "url.path", Text: a.Path},
			{Key: "http.route", Text: a.Route},
			{Key: "http.response.status_code", Number: int64(a.Status)},
			{Key: "hedge.app", Text: a.App},
			{Key: "hedge.step", Text: a.Step},
			{Key: "hedge.cache", Text: a.Cache},
		}...),
	}
	switch {
	case a.Status < 500:
	case a.Outcome == "" || a.Outcome == hedge.OutcomeOK: // it is the origin's, or the app's
		s.Failure = statusFailure(a.Status)
	default:
		s.Failure = string(a.Outcome)
	}
	t.export(s)
}

// statusFailure is what a span says of a status that is an error.
func statusFailure(status int) string {
	return cmp.Or(httpmsg.StatusText(status), "status "+strconv.Itoa(status))
}

// method returns the attributes that say what a request asks for.
func method(asked string) []telemetry.Attribute {
	if knownMethod(asked) {
		return []telemetry.Attribute{{Key: "http.request.method", Text: asked}}
	}
	return []telemetry.Attribute{{Key: "http.request.method", Text: "_OTHER"}, {Key: "http.request.method_original", Text: asked}}
}

// spanName is the name of the span of a request; route may be empty.
func spanName(method, route string) string {
	if !knownMethod(method) {
		method = "HTTP"
	}
	return strings.TrimSuffix(method+" "+route, " ")
}

// knownMethod reports whether a method is one of those that there are. Clients make up
// others as they like; whoever collects does not go by them, as the semantic conventions of
// OpenTelemetry have it.
func knownMethod(method string) bool {
	switch method {
	case "CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE":
		return true
	}
	return false
}

// code records the run of an app's code, up to the head of its answer. What the code
// does is a child of it.
func (t *Tracer) code(to httpmsg.RoundTripper) httpmsg.RoundTripper {
	if t == nil {
		return to
	}
	return httpmsg.RoundTripperFunc(func(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		outer := req.Account.Trace()
		if !outer.Recorded {
			return to.RoundTrip(ctx, req)
		}
		inner := outer
		inner.Span = newSpanID()
		req.Account.Traced(inner)
		began := time.Now()
		res, err := to.RoundTrip(ctx, req)
		s := &telemetry.Span{
			Trace: outer.ID, ID: inner.Span, Parent: outer.Span, State: outer.State, Name: "code", Kind: telemetry.SpanInternal, Start: began, End: time.Now(),
			Attributes: []telemetry.Attribute{{Key: "hedge.cpu_us", Number: req.Account.Snapshot().CPU.Microseconds()}},
		}
		s.Failure = failureOf(err)
		t.export(s)
		return res, err
	})
}

// failureOf is what a span says of an error.
func failureOf(err error) string {
	if err == nil {
		return ""
	}
	return string(hedge.OutcomeOf(err))
}

// Guard returns a client that passes the trace on, with a span for each request.
func (t *Tracer) Guard(client httpmsg.RoundTripper) httpmsg.RoundTripper {
	if t == nil {
		return client
	}
	return httpmsg.RoundTripperFunc(func(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		trace := req.Account.Trace()
		if trace.IsZero() {
			return client.RoundTrip(ctx, req) // nobody's request: a check of an origin's health
		}
		parent := trace.Span
		if trace.Recorded {
			trace.Span = newSpanID()
		}
		out := req.Clone()
		mark(&out.Header, &trace)
		began := time.Now()
		res, err := client.RoundTrip(ctx, out)
		if trace.Recorded {
			t.export(clientSpan(&trace, parent, began, req, res, err))
		}
		return res, err
	})
}

// clientSpan is the span of a request to an origin, up to the head of its answer.
func clientSpan(trace *hedge.Trace, parent [8]byte, began time.Time, req *httpmsg.Request, res *httpmsg.Response, err error) *telemetry.Span {
	address := req.Authority
	if req.Endpoint != "" {
		address = req.Endpoint
	}
	s := &telemetry.Span{
		Trace: trace.ID, ID: trace.Span, Parent: parent, State: trace.State, Name: spanName(req.Method, ""), Kind: telemetry.SpanClient, Start: began, End: time.Now(),
		Attributes: append(method(req.Method), []telemetry.Attribute{
			{Key: "server.address", Text: address},
			{Key: "url.full", Text: req.Scheme + "://" + req.Authority + req.Path()}, // the query may have secrets
		}...),
		Failure: failureOf(err),
	}
	if res != nil {
		s.Attributes = append(s.Attributes, telemetry.Attribute{Key: "http.response.status_code", Number: int64(res.Status)})
		if res.Status >= 400 {
			s.Failure = statusFailure(res.Status)
		}
	}
	return s
}
