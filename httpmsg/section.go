package httpmsg

import "fmt"

// Section is a field section of HTTP/2 or HTTP/3 whose fields come in one after the
// other: the head of a request, or a trailer. It holds them to the rules of RFC 9113 §8
// and RFC 9114 §4, which are the same, and completes the request. It is for one
// goroutine.
type Section struct {
	Limits *SectionLimits
	// Request is what the section is the head of. What the connection tells has been set:
	// Scheme, Proto and the addresses. nil for a trailer.
	Request *Request
	// Trailer takes the fields of a trailer; nil for a head. If both are nil, the fields
	// are counted only.
	Trailer *Header
	// WebSockets says that the client has been told that it may ask for them (RFC 8441 §3).
	WebSockets bool

	// Malformed says why two implementations could read the message in two ways, or none
	// at all; empty if it is well formed.
	Malformed string
	// Refusal says why a well-formed request is too large, or asks for too much.
	Refusal *Refusal
	// Expects says that the client waits for 100 (Continue) before it sends the content.
	Expects bool
	// Length is the Content-Length; negative if there is none.
	Length int64

	size, fields int // so far
	regular      bool
	has          pseudo
	host         string
	hosts        int
	cookies      int
	crumbs       []byte // of cookies behind the first, which are one field
	path         string
	scheme       string
	protocol     string
}

// SectionLimits bound the head of a request.
type SectionLimits struct {
	// HeadBytes bounds the fields, decoded, with 32 bytes for each (RFC 9113 §6.5.2, RFC
	// 9114 §4.2.2), and Fields their number. The crumbs of a cookie are one (RFC 9113 §8.2.3).
	HeadBytes int
	Fields    int
	// TargetBytes bounds the target.
	TargetBytes int
}

// DefaultSectionLimits are those of most servers.
func DefaultSectionLimits() SectionLimits {
	return SectionLimits{HeadBytes: 32 << 10, Fields: 100, TargetBytes: 16 << 10}
}

// pseudo are pseudo-fields that have come.
type pseudo uint8

const (
	hasMethod pseudo = 1 << iota
	hasScheme
	hasAuthority
	hasPath
	hasProtocol
)

// FieldOverhead is what a field counts besides its bytes (RFC 9113 §6.5.2, RFC 9114 §4.2.2).
const FieldOverhead = 32

// Begin begins a section, of which one of req and trailer may be there.
func (s *Section) Begin(req *Request, trailer *Header) {
	*s = Section{Limits: s.Limits, WebSockets: s.WebSockets, Request: req, Trailer: trailer, Length: -1}
	if req != nil {
		req.Header.Grow(10)
	}
}

// Bad says that the message is malformed. The first reason counts.
func (s *Section) Bad(why string) {
	if s.Malformed == "" {
		s.Malformed = why
	}
}

func (s *Section) refuse(status int, format string, args ...any) {
	if s.Refusal == nil {
		s.Refusal = &Refusal{Status: status, Why: fmt.Sprintf(format, args...)}
	}
}

// Field takes one field. What is over the limits is not kept.
func (s *Section) Field(name, value string) {
	s.size += len(name) + len(value) + FieldOverhead
	switch {
	case s.Request == nil && s.Trailer == nil || s.Malformed != "":
		return
	case s.size > s.Limits.HeadBytes:
		s.refuse(431, "the head is too large")
		return
	case len(name) > 0 && name[0] == ':':
		s.pseudo(name, value)
		return
	}
	s.regular = true
	if name != "cookie" || s.cookies == 0 {
		s.fields++
	}
	if s.fields > s.Limits.Fields {
		s.refuse(431, "there are more than %d fields", s.Limits.Fields)
		return
	}
	if !IsLowerToken(name) || !IsFieldText(value) || TrimOWS(value) != value {
		s.Bad("a field's name or value has characters that it must not have")
		return
	}
	if s.Trailer == nil {
		s.header(name, value)
	} else if !NotInTrailer(name) {
		s.Trailer.Add(name, value)
	}
}

// IsLowerToken reports whether s is a token without upper-case letters (RFC 9113 §8.2.1).
func IsLowerToken(s string) bool {
	for i := range len(s) {
		if 'A' <= s[i] && s[i] <= 'Z' {
			return false
		}
	}
	return IsToken(s)
}

// header takes a field of a request's head.
func (s *Section) header(name, value string) {
	req := s.Request
	switch name {
	case "connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade":
		s.Bad("the field " + name + " is for HTTP/1.1") // RFC 9113 §8.2.2
		return
	case "sec-websocket-key", "sec-websocket-accept":
		return // are HTTP/1.1's way to show that one understands the other (RFC 8441 §5)
	case "te":
		if !EqualFold(value, "trailers") {
			s.Bad("the field te has another value than trailers")
			return
		}
	case "host":
		s.hosts++
		s.host = value
		return
	case "expect":
		if !EqualFold(value, "100-continue") {
			s.refuse(417, "the only expectation that is understood is 100-continue")
		}
		s.Expects = true
		return
	case "content-length":
		length, ok := ParseLength(value)
		if !ok || s.Length >= 0 {
			s.Bad("there is more than one content-length, or one that is no number")
		}
		s.Length = length
	case "cookie":
		// It may come in crumbs, which nobody behind would understand (RFC 9113 §8.2.3).
		if s.cookies++; s.cookies > 1 {
			s.crumbs = append(append(s.crumbs, "; "...), value...)
			return
		}
	}
	req.Header.Add(name, value)
}

// pseudo takes a pseudo-field (RFC 9113 §8.3.1). Each comes once, before the others.
func (s *Section) pseudo(name, value string) {
	if s.Trailer != nil || s.regular {
		s.Bad("a pseudo-field comes behind the fields")
		return
	}
	var which pseudo
	switch req := s.Request; name {
	case ":method":
		which, req.Method = hasMethod, value
	case ":scheme":
		which, s.scheme = hasScheme, value
	case ":authority":
		which, req.Authority = hasAuthority, value
	case ":path":
		which, s.path = hasPath, value
	case ":protocol":
		which, s.protocol = hasProtocol, value
	default:
		s.Bad("there is a pseudo-field that is not one of a request")
		return
	}
	if s.has&which != 0 {
		s.Bad("a pseudo-field comes twice")
	}
	s.has |= which
}

// Finish checks what only the whole head tells, and completes the request. ends says
// that no content follows.
func (s *Section) Finish(ends bool) {
	if len(s.crumbs) > 0 {
		s.Request.Header.Set("cookie", s.Request.Header.Get("cookie")+string(s.crumbs))
	}
	if s.Malformed == "" {
		s.finishProtocol(ends)
	}
	if s.Malformed == "" {
		s.finishTarget()
	}
	if s.Malformed == "" {
		s.finishAuthority()
	}
	if s.Malformed == "" && ends && s.Length > 0 {
		s.Bad("there is a content-length, but no content") // RFC 9113 §8.1.1
	}
}

// finishProtocol makes the request what it would be in HTTP/1.1, if it is a CONNECT that
// names a protocol (RFC 8441 §4).
func (s *Section) finishProtocol(ends bool) {
	req := s.Request
	switch {
	case s.has&hasProtocol == 0:
		return
	case !s.WebSockets || req.Method != "CONNECT":
		s.Bad("a protocol is for CONNECT alone, and for connections where it is offered")
	case s.protocol != WebSocket:
		s.refuse(501, "the only protocol that a stream can go on with is websocket")
	case req.Header.Get("Sec-WebSocket-Version") != "13":
		s.refuse(400, "the version of a WebSocket has to be 13")
	case ends || s.Length >= 0 || s.Expects:
		s.refuse(400, "a request for a WebSocket has no content, and its stream goes on")
	default:
		req.Upgrade = WebSocket
	}
	req.Method = "GET"
}

func (s *Section) finishTarget() {
	req := s.Request
	switch {
	case !IsToken(req.Method):
		if s.Refusal == nil {
			s.Bad("there is no method")
		}
	case req.Method == "CONNECT":
		if s.has&(hasScheme|hasPath) != 0 || s.has&hasAuthority == 0 {
			s.Bad("CONNECT has an authority alone")
		}
		req.Target = req.Authority
	case s.has&hasScheme == 0 || !EqualFold(s.scheme, "http") && !EqualFold(s.scheme, "https"):
		s.Bad("the scheme is neither http nor https")
	case len(s.path) > s.Limits.TargetBytes:
		s.refuse(414, "the target is longer than %d bytes", s.Limits.TargetBytes)
	case s.path == "*" && req.Method == "OPTIONS":
		req.Target = s.path
	case !IsTargetText(s.path) || s.path[0] != '/':
		if s.Refusal == nil {
			s.Bad("the path does not begin with a slash, or has characters that it must not have")
		}
	default:
		req.Target = s.path
	}
}

// finishAuthority takes the authority from :authority or Host, which have to agree:
// elsewhere the one might be believed, and here the other.
func (s *Section) finishAuthority() {
	req := s.Request
	authority := Lower(req.Authority)
	host := Lower(s.host)
	switch {
	case s.hosts > 1:
		s.Bad("there is more than one host")
	case s.has&hasAuthority == 0 && s.hosts == 0:
		s.Bad("there is neither :authority nor host")
	case s.has&hasAuthority != 0 && s.hosts > 0 && host != authority:
		s.Bad(":authority and host name different hosts")
	case s.has&hasAuthority == 0:
		authority = host
	}
	if !IsAuthorityText(authority) {
		s.Bad("the authority is not a host and perhaps a port")
	}
	req.Authority = authority
}
