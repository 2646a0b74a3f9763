package http1

import (
	"fmt"
	"io"
	"strconv"

	"hedge"
	"hedge/httpmsg"
)

// compose writes the head of the request, with its content if that is in memory and
// small (RFC 9112 §3). The error is a *hedge.Error: a request that means different
// things to different recipients is not sent.
func (t *trip) compose() error {
	req := t.req
	switch {
	case req.Scheme != "http" && req.Scheme != "https" || t.origin.Address == "" || req.Authority == "":
		return t.cannot("it has no host, or a scheme other than http and https")
	case !httpmsg.IsToken(req.Method) || req.Method == "CONNECT":
		return t.cannot("its method is %.20q", req.Method)
	case !targetText(req.Target) || req.Target[0] != '/' && req.Target != "*":
		return t.cannot("its path does not begin with a slash, or has characters that HTTP forbids")
	case !authorityText(req.Authority) || !fieldText(req.Authority):
		return t.cannot("its host has characters that HTTP forbids")
	case req.Upgrade != "" && (req.Upgrade != httpmsg.WebSocket || req.Method != "GET" || req.Body != nil):
		return t.cannot("it asks for an upgrade that is not one of a GET without content to a WebSocket")
	}
	t.last = sendsContent(req) && foreignContent(req.Method)
	t.expects = sendsContent(req) && (httpmsg.EqualFold(req.Header.Get("Expect"), "100-continue") || httpmsg.Expects(req.Body))
	out := append(append(append((*t.head)[:0], req.Method...), ' '), req.Target...)
	out = append(append(append(out, " HTTP/1.1\r\nHost: "...), req.Authority...), "\r\n"...)
	trailers, announces := false, req.Trailer != nil && req.ContentLength < 0
	for _, f := range req.Header.Fields() {
		if !httpmsg.ValidFieldName(f.Name) || !fieldText(f.Value) {
			return t.cannot("name or value of the field %.80q has characters that HTTP forbids", f.Name)
		}
		switch {
		case ofConnection(f.Name), httpmsg.EqualFold(f.Name, "Expect"), req.Upgrade != "" && ofHandshake(f.Name),
			!announces && httpmsg.EqualFold(f.Name, "Trailer"):
			continue
		}
		trailers = trailers || httpmsg.EqualFold(f.Name, "TE")
		out = append(append(append(append(out, f.Name...), ": "...), f.Value...), "\r\n"...)
	}
	if t.expects {
		out = append(out, "Expect: 100-continue\r\n"...)
	}
	switch {
	case req.Upgrade != "":
		t.key = httpmsg.NewWebSocketKey()
		out = append(append(out, "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "...), t.key...)
		out = append(out, "\r\n"...)
	case t.last && trailers:
		out = append(out, "Connection: TE, close\r\n"...)
	case t.last:
		out = append(out, "Connection: close\r\n"...)
	case trailers: // RFC 9110 §10.1.4
		out = append(out, "Connection: TE\r\n"...)
	}
	*t.head = t.appendContent(out)
	return nil
}

func sendsContent(req *httpmsg.Request) bool { return req.Body != nil && req.ContentLength != 0 }

// foreignContent reports whether content means nothing in requests of a method (RFC 9110
// §9.3). There are origins that do not look for it there, and would take it for the next
// request.
func foreignContent(method string) bool {
	return method == "GET" || method == "HEAD" || method == "DELETE"
}

// ofConnection reports whether a field of this name is for who writes the message to
// say (RFC 9110 §7.6.1).
func ofConnection(name string) bool {
	switch len(name) {
	case len("Host"):
		return httpmsg.EqualFold(name, "Host")
	case len("Upgrade"):
		return httpmsg.EqualFold(name, "Upgrade")
	case len("Connection"):
		return httpmsg.EqualFold(name, "Connection") || httpmsg.EqualFold(name, "Keep-Alive")
	case len("Content-Length"):
		return httpmsg.EqualFold(name, "Content-Length")
	case len("Transfer-Encoding"):
		return httpmsg.EqualFold(name, "Transfer-Encoding")
	}
	return false
}

// ofHandshake reports whether a field of this name is made anew for each hop of a
// WebSocket.
func ofHandshake(name string) bool {
	return httpmsg.EqualFold(name, "Sec-WebSocket-Key") || httpmsg.EqualFold(name, "Sec-WebSocket-Version") || httpmsg.EqualFold(name, "TE")
}

// appendContent appends the field that frames the content, the end of the head, and
// content that is small and there.
func (t *trip) appendContent(out []byte) []byte {
	req := t.req
	if !sendsContent(req) {
		t.inline = true
		if req.Method == "POST" || req.Method == "PUT" || req.Method == "PATCH" { // RFC 9110 §8.6
			out = append(out, "Content-Length: 0\r\n"...)
		}
		return append(out, "\r\n"...)
	}
	if req.ContentLength < 0 {
		return append(out, "Transfer-Encoding: chunked\r\n\r\n"...)
	}
	out = append(strconv.AppendInt(append(out, "Content-Length: "...), req.ContentLength, 10), "\r\n\r\n"...)
	data, ok := httpmsg.InMemory(req.Body)
	if !ok || int64(len(data)) != req.ContentLength {
		return out
	}
	if len(data) > smallBody || t.expects {
		t.memory = data
		return out
	}
	t.inline = true
	return append(out, data...)
}

// collect reads content that is small and has arrived already, so that it can be sent
// with the head. Not before there is a connection: until then the request may go to
// another origin.
func (t *trip) collect() error {
	req := t.req
	if t.inline || t.expects || req.ContentLength < 0 || req.ContentLength > smallBody {
		return nil
	}
	if b, ok := httpmsg.Innermost(req.Body).(*body); !ok || !b.arrived() {
		return nil
	}
	head := len(*t.head)
	out := append(*t.head, make([]byte, req.ContentLength)...)
	if _, err := io.ReadFull(req.Body, out[head:]); err != nil {
		return t.bodyFailure(err)
	}
	*t.head, t.inline = out, true
	return nil
}

func (t *trip) cannot(format string, args ...any) error {
	return hedge.Errorf(hedge.OutcomeBadRequest, "the request cannot be sent to %s: %s", t.origin, fmt.Sprintf(format, args...))
}
