package node

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"hedge"
	"hedge/httpmsg"
)

// What the door waits for and takes.
const (
	headTimeout  = 10 * time.Second // for the head of a request
	idleTimeout  = 60 * time.Second // for the next request of a connection
	maxHeadBytes = 32 << 10
)

// door is where requests come in.
type door struct {
	node   *Node
	server http.Server
}

func newDoor(n *Node) *door {
	d := &door{node: n}
	d.server = http.Server{
		Handler:           d,
		ReadHeaderTimeout: headTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeadBytes,
		Protocols:         &http.Protocols{},
	}
	d.server.Protocols.SetHTTP1(true)
	return d
}

func (d *door) serve(ctx context.Context, ln net.Listener) error {
	stop := context.AfterFunc(ctx, func() { _ = ln.Close() })
	defer stop()
	err := d.server.Serve(ln)
	if ctx.Err() != nil || errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

func (d *door) shutdown(ctx context.Context) error {
	err := d.server.Shutdown(ctx)
	if err != nil {
		_ = d.server.Close()
	}
	return err
}

// ServeHTTP takes one request through the steps.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	rc := http.NewResponseController(w)
	req, body, refusal := readRequest(r, rc)
	x := exchange{
		node: d.node, began: began, req: req, refusal: refusal,
		out: &responseWriter{w: w, rc: rc, http1: r.ProtoMajor == 1, upload: body},
	}
	x.travel(r.Context())
	if x.broken {
		panic(http.ErrAbortHandler) // closes the connection, without an end to the message
	}
}

// readRequest makes a request of net/http's. With an error it is good for the log
// alone. body is nil if there is none.
func readRequest(r *http.Request, rc *http.ResponseController) (req *httpmsg.Request, body *uploadBody, err error) {
	req = &httpmsg.Request{
		Method: r.Method, Scheme: "http", Authority: httpmsg.Lower(authority(r)), Proto: r.Proto,
		Header: header(r.Header), Account: &hedge.Account{},
	}
	if r.TLS != nil {
		req.Scheme, req.TLS = "https", tlsInfo(r.TLS)
	}
	req.Remote, _ = netip.ParseAddrPort(r.RemoteAddr)
	httpmsg.RemoveHopByHop(&req.Header, nil)
	if r.Body != nil && r.Body != http.NoBody {
		body = &uploadBody{body: r.Body, rc: rc}
		req.Body, req.ContentLength = body, r.ContentLength
		if r.Trailer != nil {
			req.Trailer = func() httpmsg.Header { return body.trailer(r) }
		}
	}
	target, isPath := originForm(r.RequestURI)
	req.Target = target
	switch host, port, err := httpmsg.NormalHost(req.Authority); {
	case r.Method == "CONNECT" || r.Method == "TRACE":
		return req, body, refuse(http.StatusNotImplemented, "the method %s is not supported here", r.Method)
	case err != nil:
		return req, body, err
	case !isPath:
		return req, body, refuse(http.StatusBadRequest, "the target of the request is not a path that begins with a slash")
	default:
		req.Authority = httpmsg.JoinAuthority(req.Scheme, host, port)
	}
	return req, body, nil
}

// authority returns the host that was asked for; in HTTP/1.0, which need not name
// one, the address that the request came to (RFC 9112 §3.3).
func authority(r *http.Request) string {
	if r.Host == "" && !r.ProtoAtLeast(1, 1) {
		if local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
			return local.String()
		}
	}
	return r.Host
}

// originForm returns the target in origin form (RFC 9112 §3.2.1) and in ASCII; ok
// is false for a target that is no path.
func originForm(uri string) (target string, ok bool) {
	if _, rest, absolute := strings.Cut(uri, "://"); absolute && !strings.HasPrefix(uri, "/") {
		uri = "/"
		if i := strings.IndexAny(rest, "/?"); i >= 0 {
			uri = "/" + strings.TrimPrefix(rest[i:], "/")
		}
	}
	return escapeNonASCII(uri), strings.HasPrefix(uri, "/")
}

// escapeNonASCII percent-encodes the bytes beyond ASCII.
func escapeNonASCII(s string) string {
	const hex = "0123456789ABCDEF"
	if strings.IndexFunc(s, func(r rune) bool { return r >= 0x80 }) < 0 {
		return s
	}
	b := make([]byte, 0, len(s)*2)
	for i := range len(s) {
		if c := s[i]; c < 0x80 {
			b = append(b, c)
		} else {
			b = append(b, '%', hex[c>>4], hex[c&15])
		}
	}
	return string(b)
}

// header makes a header of net/http's, in the order of the names.
func header(from http.Header) (h httpmsg.Header) {
	names := make([]string, 0, len(from))
	for name := range from {
		names = append(names, name)
	}
	slices.Sort(names)
	h.Grow(len(names))
	for _, name := range names {
		for _, value := range from[name] {
			h.Add(name, value)
		}
	}
	return h
}

func tlsInfo(state *tls.ConnectionState) *httpmsg.TLSInfo {
	return &httpmsg.TLSInfo{
		Version: state.Version, CipherSuite: state.CipherSuite, ServerName: httpmsg.Lower(state.ServerName),
		Protocol: state.NegotiatedProtocol, Resumed: state.DidResume,
	}
}
