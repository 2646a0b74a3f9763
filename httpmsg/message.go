package httpmsg

import (
	"context"
	"io"
	"net/netip"
	"strings"

	"hedge"
)

// Request is one request, whatever version of HTTP it came in.
//
// A request is not changed by anybody once it has been handed to RoundTrip: who
// wants to send it on in another form sends a Clone. It, its Header and its Body
// may be used until the exchange is over (see RoundTripper); what is needed for
// longer has to be cloned. Strings may be kept for ever.
type Request struct {
	// Method is the method as it was sent; methods are case-sensitive.
	Method string
	// Scheme is "http" or "https".
	Scheme string
	// Authority is host[:port] as asked for, in lower case. It takes the place of
	// the Host field, which is not in Header: whoever reads a request moves it
	// here, and whoever writes one makes it from this.
	Authority string
	// Endpoint is host[:port] of the server to connect to, where that is another
	// than Authority: an origin that is to see the name that the client asked for.
	// A certificate has to be for the endpoint. Empty, as in every request that
	// comes in, stands for Authority.
	Endpoint string
	// Address is the one to connect to, where the host of Endpoint or Authority has been
	// looked up already; else the zero Addr.
	Address netip.Addr
	// Target is path and query in origin form, "/a?b=c"; "*" for OPTIONS.
	Target string
	// Prefix is what was taken off the front of the client's path on the way here, "/blog"
	// where Target was "/blog" + Target; empty, as in every request that comes in or goes out:
	// nothing was.
	Prefix string
	// Proto is what the client spoke: "HTTP/1.1", "HTTP/2.0" ….
	Proto string
	// Header has the fields in the order they came in, without Host and
	// Transfer-Encoding. Content-Length may be among them, for information: whoever
	// writes a message goes by ContentLength alone.
	Header Header
	// Body is the content, nil if there is none.
	//
	// One goroutine at a time reads it; Close may come from any goroutine and more
	// than once, and ends a Read that is waiting. A body that ends early yields an
	// error other than io.EOF.
	Body io.ReadCloser
	// ContentLength is the number of bytes in Body, -1 if that is not known
	// beforehand, 0 with a nil Body if there is none.
	ContentLength int64
	// Upgrade is WebSocket if the client asks to go on with that on this connection, or
	// stream, in place of the fields Connection, Upgrade, Sec-WebSocket-Key and -Version:
	// whoever writes a request makes them anew. Such a request is a GET without content,
	// also where it came as CONNECT (RFC 8441 §5). Empty in all others. The answer may be
	// 101 or any other.
	Upgrade string
	// Trailer returns the fields that followed the body, once Body has returned
	// io.EOF; before that, an empty header. It is nil if there can be none, which the field
	// Trailer in Header does not say: whoever writes a message leaves that out then.
	Trailer func() Header
	// Remote is the address of the peer: the client, or the proxy before us.
	Remote netip.AddrPort
	// Local is what the peer has connected to.
	Local netip.AddrPort
	// Preamble is sent over the connection before anything else: a header of the PROXY
	// protocol. Only requests with the same one share a connection.
	Preamble string
	// TLS describes the connection that the request came over; nil if it was plain.
	TLS *TLSInfo
	// Forwarded says that the fields about the client are in Header already, as
	// Forwarding.Append sets them, so that they are not set twice.
	Forwarded bool
	// Uncached keeps caches of this edge out of it.
	Uncached bool
	// Uncompressed keeps caches of this edge from compressing the answer: who asks reads it,
	// or compresses it.
	Uncompressed bool
	// Steering is what caches of this edge are to do with it besides; nil: nothing.
	Steering *Steering
	// Depth is how many requests of this edge have led to this one: each was made to
	// answer the one before (RFC 8586). Who makes a request for another passes it on.
	Depth int
	// Interim is told of the interim answers that come before the final one (RFC 9110
	// §15.2), but for 100 and 101, which are about one hop. It keeps h, does not block for
	// longer than a write to the client may take, and may be called from any goroutine, also
	// when it is too late: then nothing happens. nil: they are of no use.
	Interim func(status int, h Header)
	// Account is where those who answer note what it cost; nil if nobody asks.
	Account *hedge.Account
}

// PassedOn reports whether an interim answer of a status is for who has made a request,
// and not for the hop that it comes over.
func PassedOn(status int) bool { return 102 <= status && status < 200 }

// PassedOnField reports whether a field of an interim answer is sent on: one that is
// well-formed, and does not announce content, which there is none of (RFC 9110 §15.2).
func PassedOnField(f Field) bool {
	return IsToken(f.Name) && IsFieldText(f.Value) && !EqualFold(f.Name, "Content-Length")
}

// TLSInfo is what is known of the TLS connection that carried a request. It is
// shared by the requests of that connection and never changed.
type TLSInfo struct {
	Version     uint16 // as on the wire: 0x0304 is TLS 1.3
	CipherSuite uint16 // as on the wire
	ServerName  string // from the client's SNI extension, lower case; empty if it sent none
	Protocol    string // by ALPN: "h2", "http/1.1"; empty if none was negotiated
	Resumed     bool   // the handshake continued an earlier session
	// ClientCert is what the client has shown; nil if it has shown nothing.
	ClientCert *ClientCert
	// ClientAuth stands for what the client was asked to show. Two connections with
	// one value were asked for the same.
	ClientAuth string
	// EarlyData says that the request came before the handshake was complete, so
	// that somebody else may have replayed it (RFC 8470).
	EarlyData bool
}

// Response is the answer to a request. It belongs to whoever received it from
// RoundTrip, who may change it; the RoundTripper keeps no hold of it or of its
// Header.
type Response struct {
	// Status is the status code, 200 to 599: interim answers come by Request.Interim. To a
	// request with an Upgrade it may be 101; then Body is a Switched.
	Status int
	// Reason is the reason phrase that an HTTP/1.1 origin sent; empty stands for
	// StatusText(Status).
	Reason string
	// Header has the fields in order, without Transfer-Encoding. As in a Request,
	// Content-Length in it is information; ContentLength rules.
	Header Header
	// Body is the content, nil if there is none, as in every answer to HEAD and
	// with status 204 and 304. The rules are those of Request.Body.
	Body io.ReadCloser
	// ContentLength is the number of bytes in Body, -1 if that is not known
	// beforehand, 0 with a nil Body. In an answer to HEAD and with status 304 it is
	// what the body would have had, or -1 (RFC 9110 §8.6).
	ContentLength int64
	// Trailer is as in Request.
	Trailer func() Header
}

// RoundTripper answers a request. The same interface is the edge's handler (in
// front) and its client (behind), so that everything between can be stacked.
//
// Ownership. RoundTrip takes over req.Body: it closes it on every path, at the
// latest when the exchange is over, and perhaps after RoundTrip has returned; the
// answer may come before the request's body has been read. It does not change req.
// The caller takes over the Response and closes its Body, if it has one, on every
// path. The exchange is over when RoundTrip has returned an error or a Response
// without Body, or else when that Body has been closed. A RoundTripper that reads
// req.Body in a goroutine of its own ends that goroutine by then, and lets go of
// req.
//
// Cancellation. ctx governs the whole exchange, the body of the answer included:
// when ctx ends, RoundTrip and every Read on the two bodies end soon with an error.
// So a caller cancels ctx after it has closed the body, not when RoundTrip returns.
//
// Errors. There is either a Response or an error, never both and never neither. The
// error is a *hedge.Error (possibly wrapped) whose Outcome says what went wrong:
// the origin-… outcomes for what an origin did, client-gone when ctx ended for want
// of a client. An answer such as 404 or 502 that an origin gave is no error. Reads
// on Body fail with the same kinds of error.
//
// Concurrency. RoundTrip may be called from many goroutines at once.
type RoundTripper interface {
	RoundTrip(ctx context.Context, req *Request) (*Response, error)
}

// RoundTripperFunc is a function as a RoundTripper.
type RoundTripperFunc func(ctx context.Context, req *Request) (*Response, error)

// RoundTrip calls f.
func (f RoundTripperFunc) RoundTrip(ctx context.Context, req *Request) (*Response, error) {
	return f(ctx, req)
}

// Clone returns a copy whose fields, Header included, may be changed without
// touching r. The two share the one Body, which can be read only once, Trailer and
// TLS.
func (r *Request) Clone() *Request {
	c := *r
	c.Header = r.Header.Clone()
	return &c
}

// Path returns the path of the target, as it was sent: "/a" of "/a?b=c".
func (r *Request) Path() string {
	path, _, _ := strings.Cut(r.Target, "?")
	return path
}

// Query returns the query of the target without "?": "b=c" of "/a?b=c".
func (r *Request) Query() string {
	_, query, _ := strings.Cut(r.Target, "?")
	return query
}

// URL returns the absolute URL that was asked for. The URL of the target "*" has
// neither path nor query (RFC 9110 §7.1).
func (r *Request) URL() string {
	target := r.Target
	if target == "*" {
		target = ""
	}
	return r.Scheme + "://" + r.Authority + target
}

// Clone returns a copy whose fields, Header included, may be changed without
// touching r. The two share the one Body, which can be read only once, and Trailer.
func (r *Response) Clone() *Response {
	c := *r
	c.Header = r.Header.Clone()
	return &c
}

// CloseBody closes Body if there is one. The error of closing means nothing to
// somebody who has no more use for the content, so it is dropped.
func (r *Response) CloseBody() {
	if r.Body != nil {
		_ = r.Body.Close()
	}
}
