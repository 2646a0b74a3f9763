package telemetry

import (
	"encoding/hex"
	"strconv"
	"time"
)

// Span is a piece of work in a trace.
type Span struct {
	Trace      [16]byte
	ID         [8]byte
	Parent     [8]byte // zero: it is the first one
	State      string  // the field tracestate
	Name       string
	Kind       SpanKind
	Start, End time.Time
	Attributes []Attribute
	// Failure is what went wrong; empty if it went well.
	Failure string
}

// SpanKind is a span's kind, with the numbers of OTLP.
type SpanKind int

// The kinds of spans.
const (
	SpanInternal SpanKind = 1
	SpanServer   SpanKind = 2
	SpanClient   SpanKind = 3
)

// Attribute is what is known of a span: a text, or a number if the text is empty. What is
// neither is not known, and not exported.
type Attribute struct {
	Key    string
	Text   string
	Number int64
}

// AppendSpans writes spans as the JSON of OTLP has them: an ExportTraceServiceRequest
// (OTLP 1.x, "JSON Protobuf Encoding"). service is the name of what they are from.
func AppendSpans(b []byte, service string, spans []*Span) []byte {
	b = append(b, `{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":`...)
	b = AppendString(b, service)
	b = append(b, `}}]},"scopeSpans":[{"scope":{"name":"hedge"},"spans":[`...)
	for i, s := range spans {
		if i > 0 {
			b = append(b, ',')
		}
		b = s.append(b)
	}
	return append(b, `]}]}]}`...)
}

func (s *Span) append(b []byte) []byte {
	b = append(hex.AppendEncode(append(b, `{"traceId":"`...), s.Trace[:]), '"')
	b = append(hex.AppendEncode(append(b, `,"spanId":"`...), s.ID[:]), '"')
	if s.Parent != [8]byte{} {
		b = append(hex.AppendEncode(append(b, `,"parentSpanId":"`...), s.Parent[:]), '"')
	}
	if s.State != "" {
		b = AppendString(append(b, `,"traceState":`...), s.State)
	}
	b = AppendString(append(b, `,"name":`...), s.Name)
	b = strconv.AppendInt(append(b, `,"kind":`...), int64(s.Kind), 10)
	b = append(strconv.AppendInt(append(b, `,"startTimeUnixNano":"`...), s.Start.UnixNano(), 10), '"')
	b = append(strconv.AppendInt(append(b, `,"endTimeUnixNano":"`...), s.End.UnixNano(), 10), '"')
	b = append(b, `,"attributes":[`...)
	sep := ""
	for _, a := range s.Attributes {
		if a.Text == "" && a.Number == 0 {
			continue
		}
		b = a.append(append(b, sep...))
		sep = ","
	}
	b = append(b, ']')
	if s.Failure != "" {
		b = append(AppendString(append(b, `,"status":{"code":2,"message":`...), s.Failure), '}')
	}
	return append(b, '}')
}

func (a *Attribute) append(b []byte) []byte {
	b = AppendString(append(b, `{"key":`...), a.Key)
	if a.Text != "" {
		return append(AppendString(append(b, `,"value":{"stringValue":`...), a.Text), `}}`...)
	}
	return append(strconv.AppendInt(append(b, `,"value":{"intValue":"`...), a.Number, 10), `"}}`...)
}
