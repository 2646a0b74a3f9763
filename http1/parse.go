package http1

import (
	"fmt"
	"strings"

	"hedge/httpmsg"
)

// refusal is a request that is answered with an error and the end of the
// connection, as what follows it cannot be trusted.
type refusal struct {
	status int
	why    string
}

func (r *refusal) Error() string { return fmt.Sprintf("%d: %s", r.status, r.why) }

func bad(format string, args ...any) *refusal {
	return &refusal{400, fmt.Sprintf(format, args...)}
}

// framing says where the content of a request ends (RFC 9112 §6).
type framing struct {
	length  int64 // of the content, or one of those below
	close   bool  // the connection ends with this exchange
	expects bool  // the client waits for 100 (Continue)
	http10  bool
}

// Lengths that are found out as the content comes.
const (
	lengthChunked = -1
	lengthToEnd   = -2 // that of an answer which ends with its connection
)

// parseHead parses a head, which ends with its empty line. The request's strings
// share the head's memory. With an error, which is a *refusal, the request holds
// what is known of it.
func parseHead(head string, limits *Limits) (*httpmsg.Request, framing, error) {
	p := headParser{req: &httpmsg.Request{Scheme: "http", Proto: "HTTP/1.1"}, limits: limits}
	err := p.head(head)
	return p.req, p.framing, err
}

// cutLine takes a line off, which ends in CRLF and holds neither CR nor LF before.
func cutLine(s string) (line, rest string, err error) {
	i := strings.IndexByte(s, '\n')
	if i < 1 || s[i-1] != '\r' {
		return "", "", bad("a line does not end in CRLF")
	}
	line = s[:i-1]
	if strings.IndexByte(line, '\r') >= 0 {
		return "", "", bad("there is a CR inside a line")
	}
	return line, s[i+1:], nil
}

// headParser takes the fields of a request, and of them what frames it.
type headParser struct {
	req     *httpmsg.Request
	framing framing
	limits  *Limits

	hosts, lengths, codings int
	host                    string
	options                 options
}

func (p *headParser) head(head string) error {
	line, rest, err := cutLine(head)
	if err != nil {
		return err
	}
	if err := p.requestLine(line); err != nil {
		return err
	}
	if err := p.fields(rest); err != nil {
		return err
	}
	return p.finish()
}

// requestLine parses "method SP target SP version" (RFC 9112 §3).
func (p *headParser) requestLine(line string) error {
	method, rest, ok1 := strings.Cut(line, " ")
	target, version, ok2 := strings.Cut(rest, " ")
	switch {
	case !ok1 || !ok2 || !httpmsg.IsToken(method):
		return bad("the request line is malformed")
	case len(target) > p.limits.TargetBytes:
		return &refusal{414, fmt.Sprintf("the target is longer than %d bytes", p.limits.TargetBytes)}
	case !targetText(target):
		return bad("the target has characters that it must not have")
	case version == "HTTP/1.1":
	case version == "HTTP/1.0":
		p.framing.http10 = true
	case isVersion(version):
		return &refusal{505, "the version is neither HTTP/1.1 nor HTTP/1.0"}
	default:
		return bad("the request line is malformed")
	}
	p.req.Method, p.req.Target, p.req.Proto = method, target, version
	return nil
}

// isVersion reports whether s has the form of a version (RFC 9112 §2.3).
func isVersion(s string) bool {
	digit := func(c byte) bool { return '0' <= c && c <= '9' }
	return len(s) == len("HTTP/x.y") && s[:5] == "HTTP/" && digit(s[5]) && s[6] == '.' && digit(s[7])
}

// targetText reports whether s has neither white space nor control characters, nor a
// fragment, which is never sent (RFC 9112 §3.2). Bytes beyond ASCII are let through.
func targetText(s string) bool { return httpmsg.IsTargetText(s) }

func (p *headParser) fields(s string) error {
	p.req.Header.Grow(min(strings.Count(s, "\n"), p.limits.Fields)) // Host is one of them: there is room for another
	for n := 0; s != "\r\n"; n++ {
		if n == p.limits.Fields {
			return tooManyFields(n)
		}
		name, value, rest, err := cutField(s)
		if err != nil {
			return err
		}
		if err := p.field(name, value); err != nil {
			return err
		}
		s = rest
	}
	return nil
}

func tooManyFields(most int) error {
	return &refusal{431, fmt.Sprintf("there are more than %d fields", most)}
}

// cutField takes a field off.
func cutField(s string) (name, value, rest string, err error) {
	line, rest, err := cutLine(s)
	if err != nil {
		return "", "", "", err
	}
	name, value, err = parseField(line)
	return name, value, rest, err
}

// parseField parses "name: value" (RFC 9112 §5).
func parseField(line string) (name, value string, err error) {
	name, value, ok := strings.Cut(line, ":")
	switch {
	case line != "" && (line[0] == ' ' || line[0] == '\t'):
		return "", "", bad("a field is folded over two lines")
	case !ok || !httpmsg.IsToken(name):
		return "", "", bad("a field has no name, or white space before its colon")
	}
	value = httpmsg.TrimOWS(value)
	if !fieldText(value) {
		return "", "", bad("the field %s has control characters", name)
	}
	return name, value, nil
}

// fieldText reports whether s holds no control characters but tabs.
func fieldText(s string) bool { return httpmsg.IsFieldText(s) }

// field takes one field. Host and Transfer-Encoding do not get into the header.
func (p *headParser) field(name, value string) (err error) {
	switch len(name) {
	case len("Host"):
		if httpmsg.EqualFold(name, "Host") {
			p.hosts++
			p.host = value
			return nil
		}
	case len("Expect"):
		if httpmsg.EqualFold(name, "Expect") {
			return p.expect(value)
		}
	case len("Connection"):
		if httpmsg.EqualFold(name, "Connection") {
			p.options.add(value)
		}
	case len("Content-Length"):
		if httpmsg.EqualFold(name, "Content-Length") {
			p.lengths++
			p.framing.length, err = parseLength(value)
		}
	case len("Transfer-Encoding"):
		if httpmsg.EqualFold(name, "Transfer-Encoding") {
			p.codings++
			return checkCoding(value)
		}
	}
	p.req.Header.Add(name, value)
	return err
}

// checkCoding refuses all transfer codings but "chunked". A message whose last coding
// is another has no end that everybody would see (RFC 9112 §6.1, §6.3).
func checkCoding(value string) error {
	if httpmsg.EqualFold(value, "chunked") {
		return nil
	}
	first, last := "", ""
	for item := range httpmsg.Items(value) {
		if first == "" {
			first = item
		}
		last = item
	}
	if !httpmsg.EqualFold(last, "chunked") || httpmsg.EqualFold(first, "chunked") {
		return bad("the transfer codings do not end in chunked, once")
	}
	return &refusal{501, "the only transfer coding that is understood is chunked"}
}

func (p *headParser) expect(value string) error {
	if !httpmsg.EqualFold(value, "100-continue") {
		return &refusal{417, "the only expectation that is understood is 100-continue"}
	}
	p.framing.expects = !p.framing.http10
	return nil
}

// options are those in Connection that say how the connection goes on (RFC 9112 §9.3,
// RFC 9110 §7.8).
type options struct{ close, keepAlive, upgrade bool }

func (o *options) add(value string) {
	for item := range httpmsg.Items(value) {
		switch {
		case httpmsg.EqualFold(item, "close"):
			o.close = true
		case httpmsg.EqualFold(item, "keep-alive"):
			o.keepAlive = true
		case httpmsg.EqualFold(item, "upgrade"):
			o.upgrade = true
		}
	}
}

// end reports whether the connection ends with this exchange.
func (o *options) end(http10 bool) bool { return o.close || http10 && !o.keepAlive }

// parseLength parses a Content-Length: digits, and nothing else (RFC 9112 §6.2).
func parseLength(value string) (int64, error) {
	n, ok := httpmsg.ParseLength(value)
	if !ok {
		return 0, bad("Content-Length is no number of bytes")
	}
	return n, nil
}

// finish checks what only the whole head tells (RFC 9112 §3.2, §6.3).
func (p *headParser) finish() error {
	f := &p.framing
	switch {
	case p.hosts > 1:
		return bad("there is more than one Host")
	case p.hosts == 0 && !f.http10:
		return bad("the Host field is missing")
	case !authorityText(p.host):
		return bad("the Host field is not a host and perhaps a port")
	case p.lengths > 1:
		return bad("there is more than one Content-Length")
	case p.codings > 1:
		return bad("there is more than one Transfer-Encoding")
	case p.codings > 0 && p.lengths > 0:
		return bad("there are both Content-Length and Transfer-Encoding")
	case p.codings > 0 && f.http10:
		return bad("HTTP/1.0 has no Transfer-Encoding")
	}
	if p.codings > 0 {
		f.length = lengthChunked
	}
	// What follows CONNECT may be meant for the tunnel that it does not get (RFC 9110 §9.3.6).
	f.close = p.options.end(f.http10) || p.req.Method == "CONNECT"
	p.req.Authority, p.req.ContentLength = httpmsg.Lower(p.host), f.length
	if p.options.upgrade && f.length == 0 && !f.http10 && httpmsg.AsksForWebSocket(p.req) {
		p.req.Upgrade = httpmsg.WebSocket
	}
	return p.target()
}

// authorityText reports whether s has none of the characters that end an authority
// or set apart a user in it. What a host may be in full, the caller knows.
func authorityText(s string) bool { return httpmsg.IsAuthorityText(s) }

// target takes the absolute form apart (RFC 9112 §3.2.2), whose authority has to
// agree with Host: elsewhere the one might be believed, and here the other.
func (p *headParser) target() error {
	target := p.req.Target
	if target[0] == '/' || target == "*" || p.req.Method == "CONNECT" {
		return nil
	}
	scheme, rest, ok := strings.Cut(target, "://")
	if !ok || !httpmsg.EqualFold(scheme, "http") && !httpmsg.EqualFold(scheme, "https") {
		return bad("the target is neither a path nor a URL")
	}
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	authority := httpmsg.Lower(rest[:end])
	switch {
	case authority == "" || !authorityText(authority):
		return bad("the target names no host")
	case p.hosts > 0 && authority != p.req.Authority:
		return bad("the target and Host name different hosts")
	}
	p.req.Authority, p.req.Target = authority, rest[end:]
	switch {
	case p.req.Target == "" && p.req.Method == "OPTIONS":
		p.req.Target = "*" // RFC 9112 §3.2.4
	case !strings.HasPrefix(p.req.Target, "/"):
		p.req.Target = "/" + p.req.Target
	}
	return nil
}
