package telemetry

import (
	"crypto/tls"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"

	"hedge"
)

// Field is a row of the table of the access log's fields.
type Field struct {
	Name string // in the JSON object
	Type string
	Help string
	// append writes the value behind the name; it writes nothing, and reports so, where
	// there is nothing to tell.
	append func(b []byte, a *Access) ([]byte, bool)
}

// Fields is the table of the fields of an access log's line, in their order.
func Fields() []Field {
	return []Field{
		{"event", "text", "`request`", always(func(*Access) string { return "request" })},
		{"time", "text", "when the head of the request had been read, in UTC (RFC 3339)", instant},
		{"app", "text", "the app that answered", text(func(a *Access) string { return a.App })},
		{"route", "text", "the route that matched: host and path of its pattern", text(func(a *Access) string { return a.Route })},
		{"method", "text", "the method, as it was sent", always(func(a *Access) string { return a.Method })},
		{"url", "text", "the URL that was asked for, with its query", always(func(a *Access) string { return a.URL })},
		{"host", "text", "its host, in normal form", text(func(a *Access) string { return a.Host })},
		{"path", "text", "its path, in normal form", text(func(a *Access) string { return a.Path })},
		{"status", "number", "the status of the answer; 499 if nobody waited for it", integer(func(a *Access) int64 { return int64(a.Status) })},
		{"outcome", "text", "how the request ended: see the table of outcomes", always(outcome)},
		{"reasons", "list", "decisions that were out of the ordinary: see the table of reasons", reasons},
		{"bytes_in", "number", "bytes of the request's content, as far as it was read; left out if 0", positive(func(a *Access) int64 { return a.BytesIn })},
		{"bytes", "number", "bytes of the answer's content, as far as it was delivered", integer(func(a *Access) int64 { return a.Bytes })},
		{"broken", "boolean", "true if the answer was broken off; else left out", flag(func(a *Access) bool { return a.Broken })},
		{"ms", "number", "milliseconds until the answer was delivered", duration(func(a *Access) time.Duration { return a.Duration })},
		{"first_byte_ms", "number", "milliseconds until the head of the answer was there", duration(func(a *Access) time.Duration { return a.FirstByte })},
		{"upstream_ms", "number", "milliseconds that origins took for the heads of their answers, all together; left out without any", elapsed(func(a *Access) time.Duration { return a.Upstream })},
		{"cpu_ms", "number", "milliseconds on the processor that code took", duration(func(a *Access) time.Duration { return a.CPU })},
		{"cache", "text", "how the request, or the last one that code made for it, went through the cache, as in `hit`; see the table of the cache's reasons", text(func(a *Access) string { return a.Cache })},
		{"step", "text", "what answered: `code`, `upstream:NAME`, `split:NAME`", text(func(a *Access) string { return a.Step })},
		{"target", "text", "the origin that was asked last", text(func(a *Access) string { return a.Target })},
		{"side", "text", "the side of a split that the request went to", text(func(a *Access) string { return a.Side })},
		{"retries", "number", "how often it was sent to another target; left out if never", positive(func(a *Access) int64 { return int64(a.Retries) })},
		{"fetches", "number", "requests that code made; left out if none", positive(func(a *Access) int64 { return int64(a.Fetches) })},
		{"cold", "boolean", "true if an isolate had to be started; else left out", flag(func(a *Access) bool { return a.Cold })},
		{"protocol", "text", "what the client spoke: `HTTP/1.1`, `HTTP/2.0`", always(func(a *Access) string { return a.Proto })},
		{"tls", "text", "the version of TLS; left out without it", text(tlsVersion)},
		{"client", "text", "address and port of the peer", always(func(a *Access) string { return a.Remote.String() })},
		{"trace", "text", "the trace that the request stands in, where traces are exported", text(traceID)},
		{"error", "text", "what went wrong", text(failure)},
		{"exception", "object", "what JavaScript threw: name, message, stack, cause", exception},
	}
}

// Line is how lines of the access log are written. It is for many goroutines.
type Line struct{ fields []Field }

// NewLine makes a Line of the table.
func NewLine() *Line { return &Line{Fields()} }

// Append writes a request as one JSON object and a line end. Nothing that a client
// sends can end the line or steer a terminal: see AppendString.
func (l *Line) Append(b []byte, a *Access) []byte {
	b = append(b, '{')
	for i := range l.fields {
		f := &l.fields[i]
		start := len(b)
		if start > 0 && b[start-1] != '{' {
			b = append(b, ',')
		}
		b = append(append(append(b, '"'), f.Name...), '"', ':')
		var told bool
		if b, told = f.append(b, a); !told {
			b = b[:start]
		}
	}
	return append(b, '}', '\n')
}

type appender = func(b []byte, a *Access) ([]byte, bool)

func always(value func(*Access) string) appender {
	return func(b []byte, a *Access) ([]byte, bool) { return AppendString(b, value(a)), true }
}

func text(value func(*Access) string) appender {
	return func(b []byte, a *Access) ([]byte, bool) {
		s := value(a)
		return AppendString(b, s), s != ""
	}
}

func integer(value func(*Access) int64) appender {
	return func(b []byte, a *Access) ([]byte, bool) { return strconv.AppendInt(b, value(a), 10), true }
}

func positive(value func(*Access) int64) appender {
	return func(b []byte, a *Access) ([]byte, bool) {
		n := value(a)
		return strconv.AppendInt(b, n, 10), n > 0
	}
}

func flag(value func(*Access) bool) appender {
	return func(b []byte, a *Access) ([]byte, bool) { return append(b, "true"...), value(a) }
}

func duration(value func(*Access) time.Duration) appender {
	return func(b []byte, a *Access) ([]byte, bool) { return appendMillis(b, value(a)), true }
}

func elapsed(value func(*Access) time.Duration) appender {
	return func(b []byte, a *Access) ([]byte, bool) {
		d := value(a)
		return appendMillis(b, d), d > 0
	}
}

func appendMillis(b []byte, d time.Duration) []byte {
	return strconv.AppendFloat(b, float64(d.Microseconds())/1000, 'f', -1, 64)
}

func instant(b []byte, a *Access) ([]byte, bool) {
	return append(a.Time.UTC().AppendFormat(append(b, '"'), time.RFC3339Nano), '"'), true
}

func outcome(a *Access) string {
	if a.Outcome == "" {
		return string(hedge.OutcomeOK)
	}
	return string(a.Outcome)
}

func reasons(b []byte, a *Access) ([]byte, bool) {
	b = append(b, '[')
	for i, d := range a.Decisions {
		if i > 0 {
			b = append(b, ',')
		}
		b = AppendString(b, d.String())
	}
	return append(b, ']'), len(a.Decisions) > 0
}

func traceID(a *Access) string {
	if a.Trace.IsZero() {
		return ""
	}
	return hex.EncodeToString(a.Trace.ID[:])
}

func tlsVersion(a *Access) string {
	if a.TLSVersion == 0 {
		return ""
	}
	return strings.TrimPrefix(tls.VersionName(a.TLSVersion), "TLS ")
}

func failure(a *Access) string {
	if a.Err == nil {
		return ""
	}
	return a.Err.Error()
}

func exception(b []byte, a *Access) ([]byte, bool) {
	var known *hedge.Error
	if !errors.As(a.Err, &known) || known.Exception == nil {
		return b, false
	}
	return AppendException(b, known.Exception), true
}

// AppendException writes what JavaScript threw: its stack has the innermost call first.
func AppendException(b []byte, x *hedge.Exception) []byte {
	b = append(b, '{')
	if x.Name != "" {
		b = append(AppendString(append(b, `"name":`...), x.Name), ',')
	}
	b = AppendString(append(b, `"message":`...), x.Message)
	b = append(b, `,"stack":[`...)
	for i, f := range x.Frames {
		if i > 0 {
			b = append(b, ',')
		}
		b = AppendString(b, f.String())
	}
	b = append(b, ']')
	if x.Cause != nil {
		b = AppendException(append(b, `,"cause":`...), x.Cause)
	}
	return append(b, '}')
}
