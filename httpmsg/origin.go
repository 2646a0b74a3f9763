package httpmsg

import "net/netip"

// Origin is where a connection leads. Requests share connections where it is the same.
type Origin struct {
	Scheme  string // "http" or "https"
	Address string // host[:port], as in a request
	// IP is the address to connect to; the zero Addr: who dials looks for one.
	IP netip.Addr
	// Preamble is what is to be sent first, before TLS.
	Preamble string
}

// String returns the origin as messages name it.
func (o Origin) String() string { return o.Scheme + "://" + o.Address }

// Origin returns where the request has to be sent.
func (r *Request) Origin() Origin {
	to := Origin{Scheme: r.Scheme, Address: r.Authority, IP: r.Address, Preamble: r.Preamble}
	if r.Endpoint != "" {
		to.Address = r.Endpoint
	}
	return to
}
