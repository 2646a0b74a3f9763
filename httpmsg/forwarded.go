package httpmsg

import (
	"net/netip"
	"strings"
)

// Forwarding is how a proxy tells an origin about the client: the X-Forwarded-…
// fields that origins look for, and Forwarded (RFC 7239). The zero value trusts
// nobody. It is not changed after it is in use, and may then be used from many
// goroutines.
type Forwarding struct {
	// Trusted are the networks of the proxies in front of this one. What a peer in
	// one of them says about the client is kept and added to; what anybody else
	// says is thrown away, as a client can write anything into these fields.
	Trusted []netip.Prefix
	// Standard sends Forwarded too, even where no proxy in front has sent it.
	Standard bool
}

// Append sets the fields about the client in req, which has to be a Clone:
//
//   - X-Forwarded-For: the peer's address, after those that a trusted peer named;
//   - X-Real-IP: the address of the client, as Client has it, so that nobody needs to
//     know which of those to believe;
//   - X-Forwarded-Host, -Proto, -Port: what was asked for; a trusted peer's word
//     stands;
//   - Forwarded: one more element, if Standard is set or a trusted peer sent it.
//
// If the peer is not trusted, all fields called X-Forwarded-… (identities such as
// X-Forwarded-User among them), X-Real-IP and Forwarded are removed first. A peer
// without an address, as on a Unix socket, adds nothing to X-Forwarded-For, and is
// "unknown" in Forwarded; nor is there an X-Real-IP. A request that is Forwarded already
// stays as it is.
func (f *Forwarding) Append(req *Request) {
	if req.Forwarded {
		return
	}
	f.Admit(req)
	req.Forwarded = true
	h := &req.Header
	peer, client := req.Remote.Addr().Unmap(), f.Client(req)
	if peer.IsValid() {
		at := peer.WithZone("").String()
		appendItem(h, "X-Forwarded-For", at)
		if client != peer {
			at = client.WithZone("").String()
		}
		h.Set("X-Real-IP", at)
	}
	setDefault(h, "X-Forwarded-Host", req.Authority)
	setDefault(h, "X-Forwarded-Proto", req.Scheme)
	setDefault(h, "X-Forwarded-Port", effectivePort(req.Scheme, req.Authority))
	if f.Standard || h.Has("Forwarded") {
		appendItem(h, "Forwarded", forwardedElement(peer, req))
	}
}

// Admit removes what req, which has to be a Clone or the caller's own, says about the client
// if its peer is not trusted: Append without adding anything. What it leaves reaches
// origins, so that a cache has to heed it. A request that is Forwarded already stays as it
// is.
func (f *Forwarding) Admit(req *Request) {
	if !req.Forwarded && !f.trusts(req.Remote.Addr().Unmap()) {
		req.Header.DelFunc(func(field Field) bool { return forwardingField(field.Name) })
	}
}

// Restates reports whether a field about what the client asked for says no more than the
// request does itself, as those that Append adds of its own accord.
func Restates(req *Request, f Field) bool {
	switch {
	case EqualFold(f.Name, "X-Forwarded-Host"):
		return f.Value == req.Authority
	case EqualFold(f.Name, "X-Forwarded-Proto"):
		return f.Value == req.Scheme
	case EqualFold(f.Name, "X-Forwarded-Port"):
		return f.Value == effectivePort(req.Scheme, req.Authority)
	}
	return false
}

// Client returns the address of the client: the last one in the chain of X-Forwarded-For or
// Forwarded (RFC 7239), and the peer, that is not a trusted proxy's. To the left of that
// address anything may have been made up, so it is not looked at. Where a proxy names
// nobody, or the two fields name different addresses, that proxy is all that is known. It
// asks for the header as it came in, before Append. An invalid address means that the peer
// has none.
func (f *Forwarding) Client(req *Request) netip.Addr {
	client, _ := f.client(req)
	return client
}

// client returns the address of the client, and what it spoke, in lower case; empty where
// Forwarded does not say so.
func (f *Forwarding) client(req *Request) (client netip.Addr, proto string) {
	client = req.Remote.Addr().Unmap()
	if !f.trusts(client) {
		return client, ""
	}
	for said := hopsOf(&req.Header); f.trusts(client); {
		hop, ok := said.next()
		if !ok {
			break
		}
		if proto = hop.proto; !hop.addr.IsValid() {
			break
		}
		client = hop.addr
	}
	return client, proto
}

// ClientNetwork returns what counts as one client: its address, or in IPv6 the /64 that it
// is from, of which a client can use all. It is the same over TCP and UDP. Otherwise it
// is as Client.
func (f *Forwarding) ClientNetwork(req *Request) netip.Addr {
	client := f.Client(req).WithZone("")
	if !client.Is6() {
		return client
	}
	prefix, err := client.Prefix(64)
	if err != nil {
		return client
	}
	return prefix.Addr()
}

// Proto returns the scheme that the client used, in lower case: what a trusted peer says of
// it in X-Forwarded-Proto, or else in Forwarded, or else the request's. It asks for the
// header as it came in, before Append.
func (f *Forwarding) Proto(req *Request) string {
	if f.trusts(req.Remote.Addr().Unmap()) {
		first, _, _ := strings.Cut(req.Header.Get("X-Forwarded-Proto"), ",") // some proxies write a list
		if said := TrimOWS(first); said != "" {
			return strings.ToLower(said)
		}
	}
	if _, proto := f.client(req); proto != "" {
		return proto
	}
	return req.Scheme
}

// trusts reports whether addr is that of a proxy in front.
func (f *Forwarding) trusts(addr netip.Addr) bool {
	addr = addr.WithZone("")
	for _, network := range f.Trusted {
		if network.Contains(addr) {
			return true
		}
	}
	return false
}

// forwardingField reports whether a field of this name says who the client is.
func forwardingField(name string) bool {
	return hasPrefixFold(name, "X-Forwarded-") || EqualFold(name, "Forwarded") || EqualFold(name, "X-Real-IP")
}

// forwardedElement returns this hop's element of Forwarded (RFC 7239 §4). A value
// that cannot be written in a field is left out.
func forwardedElement(peer netip.Addr, req *Request) string {
	node := "unknown"
	switch {
	case peer.Is4():
		node = peer.String()
	case peer.Is6():
		node = `"[` + peer.WithZone("").String() + `]"`
	}
	element := "for=" + node
	if host, ok := Quote(req.Authority); ok {
		element += ";host=" + host
	}
	if proto, ok := Quote(req.Scheme); ok {
		element += ";proto=" + proto
	}
	return element
}

// AppendVia adds this proxy to Via (RFC 9110 §7.6.3), in a request or a response.
// proto is the one that the message came in, as in Request.Proto; name is this
// proxy's pseudonym, a token. What is in Via already is kept, whoever wrote it.
func AppendVia(h *Header, proto, name string) {
	appendItem(h, "Via", strings.TrimPrefix(proto, "HTTP/")+" "+name)
}

// HasVia reports whether the proxy called name is in Via, which in a request means
// that it goes round in a circle: answer 508.
func HasVia(h *Header, name string) bool {
	for hop := range h.Items("Via") {
		_, by, _ := strings.Cut(hop, " ")
		by, _, _ = strings.Cut(TrimOWS(by), " ") // what follows is a comment
		if EqualFold(by, name) {
			return true
		}
	}
	return false
}

// appendItem adds a member to the list in the fields called name.
func appendItem(h *Header, name, item string) {
	if list := h.Joined(name); list != "" {
		item = list + ", " + item
	}
	h.Set(name, item)
}

// setDefault sets a field that is not there, unless there is nothing to say.
func setDefault(h *Header, name, value string) {
	if value != "" && !h.Has(name) {
		h.Add(name, value)
	}
}
