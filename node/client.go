package node

import (
	"context"
	"crypto/tls"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"hedge"
	"hedge/egress"
	"hedge/httpmsg"
)

// ClientConfig is what a Client is made of. It is not changed once a Client has it.
type ClientConfig struct {
	// ConnectTimeout bounds finding the address and connecting, and once more the
	// TLS handshake.
	ConnectTimeout time.Duration
	// HeadTimeout bounds the time from when a request has been sent, body included,
	// to the head of the answer.
	HeadTimeout time.Duration
	// IdleTimeout is how long a connection is kept that carries nothing.
	IdleTimeout time.Duration
	// IdlePerOrigin and Idle bound the number of such connections.
	IdlePerOrigin int
	Idle          int
	// MaxHeadBytes bounds the head of an answer.
	MaxHeadBytes int64
	// TLS is the base of the configuration; nil trusts what the system trusts.
	TLS *tls.Config
	// Egress says which addresses may be connected to; nil stands for every one.
	// It is asked about each address that is dialled, after its name was resolved.
	Egress *egress.Policy
	// Resolver finds the addresses of names; nil stands for the system's.
	Resolver *net.Resolver
}

// DefaultClientConfig returns a configuration that suits most origins.
func DefaultClientConfig() ClientConfig {
	return ClientConfig{
		ConnectTimeout: 5 * time.Second,
		HeadTimeout:    30 * time.Second,
		IdleTimeout:    60 * time.Second,
		IdlePerOrigin:  64,
		Idle:           1024,
		MaxHeadBytes:   64 << 10,
	}
}

// Client sends requests to origins over HTTP/1.1 and, if a TLS handshake agrees on
// it, HTTP/2. It is a httpmsg.RoundTripper. It follows no redirects, decodes no
// content, keeps no cookies and heeds no proxy of the environment. It sends no trailer:
// net/http has to know the names of its fields beforehand.
type Client struct {
	cfg       ClientConfig
	transport *http.Transport
}

var _ httpmsg.RoundTripper = (*Client)(nil)

// NewClient makes a client.
func NewClient(cfg ClientConfig) *Client {
	c := &Client{cfg: cfg}
	c.transport = &http.Transport{
		DialContext:            c.dial,
		DialTLSContext:         c.dialTLS,
		ResponseHeaderTimeout:  cfg.HeadTimeout,
		ExpectContinueTimeout:  time.Second,
		IdleConnTimeout:        cfg.IdleTimeout,
		MaxIdleConns:           cfg.Idle,
		MaxIdleConnsPerHost:    cfg.IdlePerOrigin,
		MaxResponseHeaderBytes: cfg.MaxHeadBytes,
		DisableCompression:     true,
		ForceAttemptHTTP2:      true,
	}
	return c
}

// Close closes the connections that carry nothing.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// RoundTrip sends a request. It connects to req.Endpoint, or else to req.Authority.
// The messages of its errors name the origin by scheme, host and port alone.
func (c *Client) RoundTrip(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
	trip := &trip{ctx: ctx, origin: req.Scheme + "://" + endpoint(req)}
	if req.Body != nil {
		trip.body = &sentBody{body: req.Body}
	}
	out, err := trip.request(req)
	if err != nil {
		trip.finish()
		return nil, err
	}
	in, err := c.transport.RoundTrip(out)
	if err != nil {
		trip.finish()
		return nil, trip.failure(err)
	}
	return trip.response(req, in)
}

func endpoint(req *httpmsg.Request) string {
	if req.Endpoint != "" {
		return req.Endpoint
	}
	return req.Authority
}

// trip is one request to an origin and its answer.
type trip struct {
	ctx    context.Context
	origin string    // scheme://host:port, for messages
	body   *sentBody // of the request; nil if there is none
}

// request makes a request of net/http's.
func (t *trip) request(req *httpmsg.Request) (*http.Request, error) {
	target, err := targetURL(req)
	if err != nil {
		return nil, hedge.Wrap(err, hedge.OutcomeBadRequest, "the URL %.200q cannot be sent to %s", req.Target, t.origin)
	}
	out := (&http.Request{
		Method: req.Method, URL: target, Host: req.Authority,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: make(http.Header, req.Header.Len()+1),
	}).WithContext(t.ctx)
	for _, f := range req.Header.Fields() {
		if !httpmsg.ValidFieldName(f.Name) || !httpmsg.ValidFieldValue(f.Value) {
			return nil, hedge.Errorf(hedge.OutcomeBadRequest, "the field %.80q cannot be sent to %s: name or value has characters that HTTP forbids", f.Name, t.origin)
		}
		if !httpmsg.EqualFold(f.Name, "Content-Length") && !httpmsg.EqualFold(f.Name, "Host") {
			out.Header.Add(f.Name, f.Value)
		}
	}
	if !req.Header.Has("User-Agent") {
		out.Header["User-Agent"] = []string{""} // or net/http adds its own
	}
	if t.body != nil && req.ContentLength != 0 {
		out.Body, out.ContentLength = t.body, req.ContentLength
	}
	return out, nil
}

// targetURL returns a URL that net/http writes as the target that req has.
func targetURL(req *httpmsg.Request) (*url.URL, error) {
	u := &url.URL{Scheme: req.Scheme, Host: endpoint(req)}
	switch {
	case u.Host == "" || req.Scheme != "http" && req.Scheme != "https":
		return nil, hedge.Errorf(hedge.OutcomeBadRequest, "it has no host, or a scheme other than http and https")
	case req.Target == "*":
		u.Path = "*"
		return u, nil
	case !strings.HasPrefix(req.Target, "/"):
		return nil, hedge.Errorf(hedge.OutcomeBadRequest, "its path does not begin with a slash")
	case !strings.HasPrefix(req.Target, "//"):
		u.Opaque = req.Target // is written as it is
		return u, nil
	}
	var err error // net/http would take an opaque URL of this kind for one with a host
	u.RawPath, u.RawQuery, u.ForceQuery = req.Path(), req.Query(), strings.HasSuffix(req.Target, "?")
	u.Path, err = url.PathUnescape(u.RawPath)
	return u, err
}

// response makes a response of net/http's.
func (t *trip) response(req *httpmsg.Request, in *http.Response) (*httpmsg.Response, error) {
	res := &httpmsg.Response{Status: in.StatusCode, Header: header(in.Header), ContentLength: in.ContentLength}
	_, reason, _ := strings.Cut(in.Status, " ")
	if reason != httpmsg.StatusText(in.StatusCode) {
		res.Reason = reason
	}
	if in.StatusCode < 200 || in.StatusCode > 599 {
		_ = in.Body.Close()
		t.finish()
		return nil, hedge.Errorf(hedge.OutcomeOriginMalformed, "%s answered with the status %d, which is not one from 200 to 599", t.origin, in.StatusCode)
	}
	if in.ContentLength == 0 || in.Body == http.NoBody || req.Method == "HEAD" || in.StatusCode == 204 || in.StatusCode == 304 {
		_ = in.Body.Close()
		t.finish()
		return res, nil
	}
	body := &originBody{body: in.Body, trip: t}
	res.Body = body
	if in.Trailer != nil {
		res.Trailer = func() httpmsg.Header { return body.trailer(in) }
	}
	return res, nil
}

// finish ends the use of the request's body.
func (t *trip) finish() {
	if t.body != nil {
		t.body.finish()
	}
}

// originBody is the body of an answer.
type originBody struct {
	body io.ReadCloser
	trip *trip

	mu    sync.Mutex // guards what follows
	ended bool       // io.EOF has been read
	shut  bool
}

// Read reads from the connection. Errors are a *hedge.Error, or ErrBodyClosed.
func (b *originBody) Read(p []byte) (int, error) {
	n, err := b.body.Read(p)
	if err == nil {
		return n, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case err == io.EOF:
		b.ended = true
	case b.shut:
		err = httpmsg.ErrBodyClosed
	default:
		err = b.trip.failure(err)
	}
	return n, err
}

// Close ends the exchange. A Read that waits ends with the connection.
func (b *originBody) Close() error {
	b.mu.Lock()
	first := !b.shut
	b.shut = true
	b.mu.Unlock()
	if first {
		_ = b.body.Close()
		b.trip.finish()
	}
	return nil
}

func (b *originBody) trailer(in *http.Response) (h httpmsg.Header) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ended {
		h = header(in.Trailer)
	}
	return h
}

// sentBody is the body of a request while net/http reads it, in a goroutine that
// may outlive its RoundTrip.
type sentBody struct {
	body io.ReadCloser

	reading sync.Mutex // held by Read
	mu      sync.Mutex // guards what follows
	err     error      // what a Read failed with, other than io.EOF
	over    bool
}

// Read reads from the body.
func (b *sentBody) Read(p []byte) (int, error) {
	b.reading.Lock()
	defer b.reading.Unlock()
	if b.isOver() {
		return 0, httpmsg.ErrBodyClosed
	}
	n, err := b.body.Read(p)
	if err != nil && err != io.EOF {
		b.mu.Lock()
		defer b.mu.Unlock()
		if !b.over {
			b.err = err
		}
	}
	return n, err
}

func (b *sentBody) isOver() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.over
}

// failure returns what a Read failed with.
func (b *sentBody) failure() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}

// Close closes the body.
func (b *sentBody) Close() error { return b.body.Close() }

// finish closes the body and waits until nobody reads it any more.
func (b *sentBody) finish() {
	b.mu.Lock()
	b.over = true
	b.mu.Unlock()
	_ = b.body.Close()
	b.reading.Lock()
	defer b.reading.Unlock()
}

// header makes a header of net/http's, in the order of the names.
func header(from http.Header) (h httpmsg.Header) {
	h.Grow(len(from))
	for _, name := range slices.Sorted(maps.Keys(from)) {
		for _, value := range from[name] {
			h.Add(name, value)
		}
	}
	return h
}
