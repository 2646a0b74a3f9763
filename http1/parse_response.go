package http1

import (
	"strings"

	"hedge/httpmsg"
)

// parseResponse parses the head of an answer to a request with this method, which ends
// with its empty line. The response's strings share the head's memory. Interim answers
// are parsed like others. An error is a *refusal.
func parseResponse(head, method string, maxFields int) (*httpmsg.Response, framing, error) {
	p := responseParser{res: &httpmsg.Response{}, length: -1}
	if err := p.head(head, maxFields); err != nil {
		return nil, framing{}, err
	}
	err := p.finish(method)
	return p.res, p.framing, err
}

// responseParser takes the fields of an answer, and of them what frames it.
type responseParser struct {
	res     *httpmsg.Response
	framing framing

	length           int64 // of Content-Length, -1 without one
	lengths, codings int
	options          options
}

func (p *responseParser) head(head string, maxFields int) error {
	line, s, err := cutLine(head)
	if err != nil {
		return err
	}
	if err := p.statusLine(line); err != nil {
		return err
	}
	p.res.Header.Grow(min(strings.Count(s, "\n"), maxFields)) // with the empty line: there is room for Via
	for n := 0; s != "\r\n"; n++ {
		if n == maxFields {
			return tooManyFields(n)
		}
		var name, value string
		if name, value, s, err = cutField(s); err != nil {
			return err
		}
		if err := p.field(name, value); err != nil {
			return err
		}
	}
	return nil
}

// statusLine parses "version SP status SP reason" (RFC 9112 §4). The second space may
// be missing with an empty reason: there is one way to read that.
func (p *responseParser) statusLine(line string) error {
	version, rest, ok := strings.Cut(line, " ")
	status, reason, _ := strings.Cut(rest, " ")
	switch {
	case !ok || version != "HTTP/1.1" && version != "HTTP/1.0":
		return bad("the answer does not begin with HTTP/1.1 or HTTP/1.0")
	case len(status) != 3 || status[0] < '1' || status[0] > '9':
		return bad("the status is no number of three digits")
	case !fieldText(reason):
		return bad("the reason phrase has control characters")
	}
	n, err := parseLength(status)
	if err != nil {
		return bad("the status is no number of three digits")
	}
	p.framing.http10 = version == "HTTP/1.0"
	p.res.Status = int(n)
	if reason != httpmsg.StatusText(p.res.Status) {
		p.res.Reason = reason
	}
	return nil
}

// field takes one field. Transfer-Encoding does not get into the header.
func (p *responseParser) field(name, value string) (err error) {
	switch len(name) {
	case len("Connection"):
		if httpmsg.EqualFold(name, "Connection") {
			p.options.add(value)
		}
	case len("Content-Length"):
		if httpmsg.EqualFold(name, "Content-Length") {
			p.lengths++
			p.length, err = parseLength(value)
		}
	case len("Transfer-Encoding"):
		if httpmsg.EqualFold(name, "Transfer-Encoding") {
			p.codings++
			return checkCoding(value)
		}
	}
	p.res.Header.Add(name, value)
	return err
}

// finish checks what only the whole head tells, and finds out where the content ends
// (RFC 9112 §6.3).
func (p *responseParser) finish(method string) error {
	f := &p.framing
	switch {
	case p.lengths > 1:
		return bad("there is more than one Content-Length")
	case p.codings > 1:
		return bad("there is more than one Transfer-Encoding")
	case p.codings > 0 && p.lengths > 0:
		return bad("there are both Content-Length and Transfer-Encoding")
	case p.codings > 0 && f.http10:
		return bad("HTTP/1.0 has no Transfer-Encoding")
	}
	f.close = p.options.end(f.http10)
	switch {
	case p.res.Status < 200 || p.res.Status == 204:
		// Neither may announce content. Who does might send it.
		f.close = f.close || p.length > 0 || p.codings > 0
	case method == "HEAD" || p.res.Status == 304:
		p.res.ContentLength = p.length
	case p.codings > 0:
		f.length, p.res.ContentLength = lengthChunked, -1
	case p.lengths > 0:
		f.length, p.res.ContentLength = p.length, p.length
	default:
		f.length, f.close, p.res.ContentLength = lengthToEnd, true, -1
	}
	return nil
}
