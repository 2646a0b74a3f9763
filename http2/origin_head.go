package http2

import (
	"fmt"
	"strconv"

	"golang.org/x/net/http2/hpack"

	"hedge"
	"hedge/httpmsg"
)

// composeHead encodes the head of a request (RFC 9113 §8.3.1). The error is a
// *hedge.Error: a request that means different things to different recipients is not
// sent.
func composeHead(req *httpmsg.Request, to httpmsg.Origin) ([]byte, error) {
	cannot := func(format string, args ...any) ([]byte, error) {
		return nil, hedge.Errorf(hedge.OutcomeBadRequest, "the request cannot be sent to %s: %s", to, fmt.Sprintf(format, args...))
	}
	switch {
	case req.Scheme != "http" && req.Scheme != "https" || to.Address == "" || req.Authority == "":
		return cannot("it has no host, or a scheme other than http and https")
	case !httpmsg.IsToken(req.Method) || req.Method == "CONNECT":
		return cannot("its method is %.20q", req.Method)
	case !httpmsg.IsTargetText(req.Target) || req.Target[0] != '/' && req.Target != "*":
		return cannot("its path does not begin with a slash, or has characters that HTTP forbids")
	case !httpmsg.IsAuthorityText(req.Authority) || !httpmsg.IsFieldText(req.Authority):
		return cannot("its host has characters that HTTP forbids")
	case req.Upgrade != "":
		return cannot("it asks for an upgrade, which HTTP/2 has not")
	}
	out := appendField(make([]byte, 0, 512), ":method", req.Method)
	out = appendField(out, ":scheme", req.Scheme)
	out = appendField(out, ":authority", req.Authority)
	out = appendField(out, ":path", req.Target)
	for _, f := range req.Header.Fields() {
		if !httpmsg.ValidFieldName(f.Name) || !httpmsg.IsFieldText(f.Value) {
			return cannot("name or value of the field %.80q has characters that HTTP forbids", f.Name)
		}
		name := httpmsg.Lower(f.Name)
		if !ofHTTP1(name) && (name != "trailer" || req.Trailer != nil) {
			out = appendField(out, f.Name, httpmsg.TrimOWS(f.Value))
		}
	}
	length := req.ContentLength
	if req.Body == nil {
		length = 0
	}
	if length > 0 || length == 0 && (req.Method == "POST" || req.Method == "PUT" || req.Method == "PATCH") {
		out = appendField(out, "content-length", strconv.FormatInt(length, 10))
	}
	return out, nil
}

// ofHTTP1 reports whether a field of this name is for one connection of HTTP/1.1 (RFC
// 9113 §8.2.2), or for who writes the message to say. An expectation would have to be
// waited for.
func ofHTTP1(name string) bool {
	switch name {
	case "connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade", "host", "content-length", "expect":
		return true
	}
	return false
}

// answerBlock is a header block of an answer that is being decoded: its head, an
// interim one or its trailer.
type answerBlock struct {
	cfg  *ClientConfig
	id   uint32
	one  *call // whose block it is; nil if it is only decoded, for the table's sake
	ends bool

	status    int // 0 in a trailer
	header    httpmsg.Header
	length    int64 // -1 if none is declared
	trailer   bool
	malformed string

	size, fields, wire int
	regular            bool
}

func (b *answerBlock) begin(id uint32, one *call, trailer, ends bool) {
	*b = answerBlock{cfg: b.cfg, id: id, one: one, trailer: trailer, ends: ends, length: -1}
}

func (b *answerBlock) bad(why string) {
	if b.malformed == "" {
		b.malformed = why
	}
}

// field takes one field.
func (b *answerBlock) field(f hpack.HeaderField) {
	b.size += len(f.Name) + len(f.Value) + httpmsg.FieldOverhead
	b.fields++
	switch {
	case b.one == nil || b.malformed != "":
		return
	case b.size > b.cfg.HeadBytes || b.fields > b.cfg.Fields:
		b.bad("its head is too large")
	case f.Name == ":status":
		b.takeStatus(f.Value)
	case !httpmsg.IsLowerToken(f.Name) || !httpmsg.IsFieldText(f.Value) || httpmsg.TrimOWS(f.Value) != f.Value:
		b.bad("a field's name or value has characters that it must not have")
	case b.trailer:
		if !httpmsg.NotInTrailer(f.Name) {
			b.header.Add(f.Name, f.Value)
		}
	default:
		b.take(f.Name, f.Value)
	}
}

func (b *answerBlock) takeStatus(value string) {
	n, err := strconv.Atoi(value)
	if err != nil || len(value) != 3 || n < 100 || n > 599 || n == 101 || b.trailer || b.regular || b.status != 0 {
		b.bad("its status is not one, or comes twice or late")
	}
	b.status = n
}

func (b *answerBlock) take(name, value string) {
	b.regular = true
	switch name {
	case "connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade":
		b.bad("the field " + name + " is for HTTP/1.1")
		return
	case "content-length":
		n, ok := httpmsg.ParseLength(value)
		if !ok || b.length >= 0 {
			b.bad("there is more than one content-length, or one that is no number")
		}
		b.length = n
	}
	b.header.Add(name, value)
}
