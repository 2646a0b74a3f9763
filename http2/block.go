package http2

import (
	"fmt"

	"golang.org/x/net/http2/hpack"

	"hedge/httpmsg"
)

// block is a header block that is being decoded: the head of a request, or a trailer.
// Strings that the client's HPACK table holds are shared by all that use them.
type block struct {
	limits *Limits

	id      uint32
	refused bool    // there are too many streams already
	st      *stream // whose block it is; nil if it is only decoded, for the table's sake
	trailer bool
	ends    bool // the stream ends with it
	// A block is malformed if two implementations could read it in two ways, or none
	// at all (RFC 9113 §8.1.1); it is refused if it is too large or asks for too much.
	malformed string
	refusal   *httpmsg.Refusal

	size, fields int // so far, decoded
	wire         int // bytes of the frames so far
	regular      bool
	has          pseudo
	host         string
	hosts        int
	lengths      int
	cookies      int
	length       int64
	expects      bool
	path         string
	scheme       string
}

// pseudo are pseudo-fields that have come.
type pseudo uint8

const (
	hasMethod pseudo = 1 << iota
	hasScheme
	hasAuthority
	hasPath
)

// begin begins a block.
func (b *block) begin(id uint32, st *stream, trailer, ends bool) {
	*b = block{limits: b.limits, id: id, st: st, trailer: trailer, ends: ends}
	if st != nil && !trailer {
		st.req.Header.Grow(10)
	}
}

func (b *block) bad(why string) {
	if b.malformed == "" {
		b.malformed = why
	}
}

func (b *block) refuse(status int, format string, args ...any) {
	if b.refusal == nil {
		b.refusal = &httpmsg.Refusal{Status: status, Why: fmt.Sprintf(format, args...)}
	}
}

// overhead is what a field counts besides its bytes (RFC 9113 §6.5.2).
const overhead = 32

// field takes one field. What is over the limits is not kept.
func (b *block) field(f hpack.HeaderField) {
	b.size += len(f.Name) + len(f.Value) + overhead
	switch {
	case b.st == nil || b.malformed != "":
		return
	case b.size > b.limits.HeadBytes:
		b.refuse(431, "the head is too large")
		return
	case len(f.Name) > 0 && f.Name[0] == ':':
		b.pseudo(f.Name, f.Value)
		return
	}
	b.regular = true
	if b.fields++; b.fields > b.limits.Fields {
		b.refuse(431, "there are more than %d fields", b.limits.Fields)
		return
	}
	if !isFieldName(f.Name) || !httpmsg.IsFieldText(f.Value) || httpmsg.TrimOWS(f.Value) != f.Value {
		b.bad("a field's name or value has characters that it must not have")
		return
	}
	if b.trailer {
		if !httpmsg.NotInTrailer(f.Name) {
			b.st.body.trailer.Add(f.Name, f.Value)
		}
		return
	}
	b.header(f.Name, f.Value)
}

// isFieldName reports whether s is a token without upper-case letters (RFC 9113 §8.2.1).
func isFieldName(s string) bool {
	for i := range len(s) {
		if 'A' <= s[i] && s[i] <= 'Z' {
			return false
		}
	}
	return httpmsg.IsToken(s)
}

// header takes a field of a request's head.
func (b *block) header(name, value string) {
	req := &b.st.req
	switch name {
	case "connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade":
		b.bad("the field " + name + " is for HTTP/1.1") // RFC 9113 §8.2.2
		return
	case "te":
		if !httpmsg.EqualFold(value, "trailers") {
			b.bad("the field te has another value than trailers")
			return
		}
	case "host":
		b.hosts++
		b.host = value
		return
	case "expect":
		if !httpmsg.EqualFold(value, "100-continue") {
			b.refuse(417, "the only expectation that is understood is 100-continue")
		}
		b.expects = true
		return
	case "content-length":
		b.lengths++
		var ok bool
		if b.length, ok = httpmsg.ParseLength(value); !ok || b.lengths > 1 {
			b.bad("there is more than one content-length, or one that is no number")
		}
	case "cookie":
		// HTTP/2 may send it in crumbs, which nobody behind would understand (RFC 9113 §8.2.3).
		if b.cookies++; b.cookies > 1 {
			req.Header.Set(name, req.Header.Get(name)+"; "+value)
			return
		}
	}
	req.Header.Add(name, value)
}

// pseudo takes a pseudo-field (RFC 9113 §8.3.1). Each comes once, before the others.
func (b *block) pseudo(name, value string) {
	if b.trailer || b.regular {
		b.bad("a pseudo-field comes behind the fields")
		return
	}
	var which pseudo
	switch req := &b.st.req; name {
	case ":method":
		which, req.Method = hasMethod, value
	case ":scheme":
		which, b.scheme = hasScheme, value
	case ":authority":
		which, req.Authority = hasAuthority, value
	case ":path":
		which, b.path = hasPath, value
	default:
		b.bad("there is a pseudo-field that is not one of a request")
		return
	}
	if b.has&which != 0 {
		b.bad("a pseudo-field comes twice")
	}
	b.has |= which
}

// finish checks what only the whole head tells, and completes the request.
func (b *block) finish() {
	if b.malformed == "" {
		b.finishPseudo()
	}
	if b.malformed == "" {
		b.finishAuthority()
	}
	if b.malformed == "" && b.ends && b.length > 0 {
		b.bad("there is a content-length, but no content") // RFC 9113 §8.1.1
	}
}

func (b *block) finishPseudo() {
	req := &b.st.req
	switch {
	case !httpmsg.IsToken(req.Method):
		if b.refusal == nil {
			b.bad("there is no method")
		}
	case req.Method == "CONNECT":
		// Tunnels are not offered, and by RFC 8441 neither.
		if b.has&(hasScheme|hasPath) != 0 || b.has&hasAuthority == 0 {
			b.bad("CONNECT has an authority alone")
		}
		req.Target = req.Authority
	case b.has&hasScheme == 0 || !httpmsg.EqualFold(b.scheme, "http") && !httpmsg.EqualFold(b.scheme, "https"):
		b.bad("the scheme is neither http nor https")
	case len(b.path) > b.limits.TargetBytes:
		b.refuse(414, "the target is longer than %d bytes", b.limits.TargetBytes)
	case b.path == "*" && req.Method == "OPTIONS":
		req.Target = b.path
	case !httpmsg.IsTargetText(b.path) || b.path[0] != '/':
		if b.refusal == nil {
			b.bad("the path does not begin with a slash, or has characters that it must not have")
		}
	default:
		req.Target = b.path
	}
}

// finishAuthority takes the authority from :authority or Host, which have to agree:
// elsewhere the one might be believed, and here the other.
func (b *block) finishAuthority() {
	req := &b.st.req
	authority := httpmsg.Lower(req.Authority)
	host := httpmsg.Lower(b.host)
	switch {
	case b.hosts > 1:
		b.bad("there is more than one host")
	case b.has&hasAuthority == 0 && b.hosts == 0:
		b.bad("there is neither :authority nor host")
	case b.has&hasAuthority != 0 && b.hosts > 0 && host != authority:
		b.bad(":authority and host name different hosts")
	case b.has&hasAuthority == 0:
		authority = host
	}
	if !httpmsg.IsAuthorityText(authority) {
		b.bad("the authority is not a host and perhaps a port")
	}
	req.Authority = authority
}
