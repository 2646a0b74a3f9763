// Package fetch is the host's part of the fetch function (Fetch standard): it sends
// requests, follows redirects and hands bodies over.
package fetch

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"hedge"
	"hedge/coding"
	"hedge/frame"
	"hedge/httpmsg"
	"hedge/worker"
)

// opFetch is the op's number, which fetch.ts knows too.
const opFetch = 1

// acceptEncoding is sent when the app says nothing: the codings that it gets decoded. With
// a Range it is identity (Fetch, "HTTP-network-or-cache fetch"), for a part of what is
// encoded cannot be decoded.
func acceptEncoding(h *httpmsg.Header) string {
	if h.Has("Range") {
		return "identity"
	}
	return "gzip, br, zstd"
}

// Redirect says what happens to a redirect, as in the standard.
type Redirect uint32

// The redirect modes, in the order in which request.ts has them.
const (
	RedirectFollow Redirect = iota
	RedirectError
	RedirectManual
)

// Clients finds who sends the requests of an app.
type Clients interface {
	// Client returns the client of an app that is at work. It may be called from
	// many goroutines.
	Client(app *hedge.Release) (httpmsg.RoundTripper, error)
}

// ForAll is one client for all apps.
type ForAll struct{ httpmsg.RoundTripper }

// Client returns the client.
func (c ForAll) Client(*hedge.Release) (httpmsg.RoundTripper, error) { return c.RoundTripper, nil }

// Module returns the feature's ops. clients send the requests.
func Module(clients Clients) worker.Module {
	return worker.Module{Name: "fetch", Ops: []worker.Op{{
		Code: opFetch, Name: "fetch",
		Run: func(ctx context.Context, call *worker.Call) error { return run(ctx, clients, call) },
	}}}
}

func run(ctx context.Context, clients Clients, call *worker.Call) error {
	if err := call.AdmitFetch(ctx); err != nil {
		return err
	}
	req, redirect, err := ReadRequest(call)
	if err != nil {
		return err
	}
	if !req.Header.Has("Accept-Encoding") {
		req.Header.Add("Accept-Encoding", acceptEncoding(&req.Header))
		req.Uncompressed = true // it is from origins that less is to come
	}
	client, err := clients.Client(call.App())
	if err != nil {
		return Failure(err, "fetch of "+origin(req))
	}
	res, url, hops, err := follow(ctx, client, call, req, redirect)
	if err != nil {
		return Failure(err, "fetch of "+origin(req))
	}
	Reply(call, res, url, hops > 0)
	return nil
}

var errRequest = errors.New("fetch: malformed request")

// ReadRequest reads a request as fetch.ts writes it.
func ReadRequest(call *worker.Call) (*httpmsg.Request, Redirect, error) {
	r := &call.Payload
	redirect := Redirect(r.Word())
	steering, ok := readSteering(r)
	kind, stream := r.Word(), r.Word()
	list := r.List()
	inline := r.ByteString()
	if r.Err() != nil || !ok {
		return nil, 0, errRequest
	}
	req, upgrade, ok := ReadHead(list)
	if !ok {
		return nil, 0, errRequest
	}
	req.Steering = steering
	tellCaches(req)
	call.LedTo(req)
	setBody(req, call, kind, stream, inline)
	if upgrade && req.Method == "GET" && req.Body == nil {
		req.Upgrade = httpmsg.WebSocket
		req.Header.Del("Sec-WebSocket-Extensions") // which code might have to understand
	}
	return req, redirect, nil
}

// ReadHead reads method, URL and fields, and whether they ask for a WebSocket.
func ReadHead(list frame.List) (req *httpmsg.Request, upgrade, ok bool) {
	method, list, ok1 := list.Next()
	url, list, ok2 := list.Next()
	if !ok1 || !ok2 {
		return nil, false, false
	}
	req = &httpmsg.Request{Method: method, Proto: "HTTP/1.1"}
	setURL(req, url)
	return req, readHeader(&req.Header, list), true
}

// ReadFields reads the fields of an answer that code has made.
func ReadFields(list frame.List) (h httpmsg.Header) {
	readHeader(&h, list)
	return h
}

// setURL takes apart a URL that the URL standard's parser has put in normal form.
func setURL(req *httpmsg.Request, url string) {
	url, _, _ = strings.Cut(url, "#")
	req.Scheme, url, _ = strings.Cut(url, "://")
	i := strings.IndexAny(url, "/?")
	if i < 0 {
		i = len(url)
	}
	req.Authority, req.Target = url[:i], url[i:]
	if !strings.HasPrefix(req.Target, "/") {
		req.Target = "/" + req.Target
	}
}

// readHeader reads the app's fields. Those that the exchange itself decides are
// left out: they belong to the request that the app was asked, not to this one. It
// reports whether the app asks for a WebSocket.
func readHeader(h *httpmsg.Header, list frame.List) (upgrade bool) {
	for {
		name, rest, ok := list.Next()
		if !ok {
			break
		}
		value, rest, ok := rest.Next()
		if !ok {
			break
		}
		list = rest
		if name != "host" && name != "content-length" {
			h.Add(name, value)
		}
	}
	upgrade = h.HasItem("Upgrade", httpmsg.WebSocket)
	httpmsg.RemoveHopByHop(h, nil)
	return upgrade
}

func setBody(req *httpmsg.Request, call *worker.Call, kind, stream uint32, inline []byte) {
	if kind == frame.BodyInline {
		req.Body, req.ContentLength = httpmsg.NewBytesBody(inline), int64(len(inline))
		return
	}
	body, length := call.TakeBody(kind, stream)
	if body != nil {
		req.Body, req.ContentLength = body, length
	}
}

// Reply hands a response to JavaScript. url is where it came from.
func Reply(call *worker.Call, res *httpmsg.Response, url string, redirected bool) {
	var body uint32
	if res.Body != nil {
		b := worker.Body{Reader: res.Body, Coding: coding.Normal(res.Header.Joined("Content-Encoding")), Length: res.ContentLength, From: url}
		if res.Status == 206 {
			b.Coding, b.PartOf = "", b.Coding
		}
		body = call.OpenBody(b)
	}
	call.Reply(func(w *frame.Writer) {
		w.Word(uint32(res.Status))
		if redirected {
			w.Word(1)
		} else {
			w.Word(0)
		}
		w.Word(body)
		list := w.BeginList()
		w.Item(cmp.Or(res.Reason, httpmsg.StatusText(res.Status)))
		w.Item(url)
		for _, f := range res.Header.Fields() {
			w.ItemLower(f.Name)
			w.Item(f.Value)
		}
		w.EndList(list)
	})
}

func origin(req *httpmsg.Request) string { return req.Scheme + "://" + req.Authority }

// Failure makes a network error, which is a TypeError, of what went wrong. what is what
// failed, for the message.
func Failure(err error, what string) error {
	var f *worker.Failure
	if errors.As(err, &f) {
		return err
	}
	message := err.Error()
	var he *hedge.Error
	if errors.As(err, &he) {
		message = he.Message
	}
	return &worker.Failure{
		Name:    "TypeError",
		Message: what + " failed: " + message,
		Err:     err,
	}
}
