package fetch

import (
	"context"
	"net/url"
	"strings"

	"hedge"
	"hedge/httpmsg"
	"hedge/worker"
)

// maxRedirects is the standard's bound.
const maxRedirects = 20

// follow sends a request and, if it is to, the requests that redirects lead to
// (Fetch, "HTTP-redirect fetch"). It returns the last response, its URL, and how many
// redirects led there.
func follow(ctx context.Context, client httpmsg.RoundTripper, call *worker.Call, req *httpmsg.Request, mode Redirect) (res *httpmsg.Response, from string, hops int, err error) {
	for ; ; hops++ {
		replay := bodyCopy(req)
		if res, err = client.RoundTrip(ctx, req); err != nil {
			return nil, "", 0, err
		}
		location := res.Header.Get("Location")
		if mode == RedirectManual || !isRedirect(res.Status) || location == "" {
			return res, req.URL(), hops, nil
		}
		res.CloseBody()
		if mode == RedirectError {
			return nil, "", 0, hedge.Errorf(hedge.OutcomeException, "it answered with a redirect to %s, and redirect is \"error\"", location)
		}
		if hops == maxRedirects {
			return nil, "", 0, hedge.Errorf(hedge.OutcomeException, "more than %d redirects", maxRedirects)
		}
		if req, err = redirected(req, res.Status, location, replay); err != nil {
			return nil, "", 0, err
		}
		if err := call.AdmitFetch(ctx); err != nil {
			return nil, "", 0, err
		}
	}
}

func isRedirect(status int) bool {
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308
}

// bodyCopy returns a function that makes the request's body once more; nil if it
// can only be sent once.
func bodyCopy(req *httpmsg.Request) func() *httpmsg.BytesBody {
	b, ok := req.Body.(*httpmsg.BytesBody)
	if !ok {
		return nil
	}
	data := b.Bytes()
	return func() *httpmsg.BytesBody { return httpmsg.NewBytesBody(data) }
}

// redirected returns the request that a redirect asks for.
func redirected(req *httpmsg.Request, status int, location string, replay func() *httpmsg.BytesBody) (*httpmsg.Request, error) {
	target, err := resolve(req.URL(), location)
	if err != nil {
		return nil, hedge.Wrap(err, hedge.OutcomeOriginMalformed, "it answered with a redirect to %q, which is no URL", location)
	}
	if target.Scheme != "http" && target.Scheme != "https" {
		return nil, hedge.Errorf(hedge.OutcomeException, "it answered with a redirect to %s, which is neither http: nor https:", target.Redacted())
	}
	next := req.Clone()
	setURL(next, target.String())
	if s := req.Steering; s != nil && s.Key != "" { // which has the redirect under it
		own := *s
		own.Key += "\n" + next.URL()
		next.Steering = &own
	}
	if changesToGet(req.Method, status) {
		next.Method, next.Body, next.ContentLength = "GET", nil, 0
		for _, name := range []string{"Content-Encoding", "Content-Language", "Content-Location", "Content-Type"} {
			next.Header.Del(name)
		}
	} else if req.Body != nil {
		if replay == nil {
			return nil, hedge.Errorf(hedge.OutcomeException, "it answered with a redirect that keeps the method, but the body was a stream and cannot be sent again")
		}
		next.Body = replay()
	}
	if next.Scheme != req.Scheme || next.Authority != req.Authority {
		next.Header.Del("Authorization") // Fetch, "HTTP-redirect fetch"
		next.Header.Del("Cookie")        // which no browser lets code set, but is code's to set here
	}
	return next, nil
}

func changesToGet(method string, status int) bool {
	switch status {
	case 301, 302:
		return method == "POST"
	case 303:
		return method != "GET" && method != "HEAD"
	}
	return false
}

func resolve(base, location string) (*url.URL, error) {
	b, err := url.Parse(base)
	if err != nil {
		return nil, err
	}
	target, err := b.Parse(asURI(location))
	if err != nil {
		return nil, err
	}
	if target.Scheme == "http" || target.Scheme == "https" {
		host, port, err := httpmsg.NormalHost(target.Host)
		if err != nil {
			return nil, err
		}
		target.Host = httpmsg.JoinAuthority(target.Scheme, host, port) // so that equal origins are equal strings
	}
	target.User = nil
	return target, nil
}

// asURI returns a location without its fragment, and with percent-encoding for what cannot
// stand in a URI (RFC 3986 §2), which origins write and browsers take: spaces, "100%".
func asURI(location string) string {
	const hex = "0123456789ABCDEF"
	location, _, _ = strings.Cut(location, "#")
	b := make([]byte, 0, len(location))
	for i := range len(location) {
		c := location[i]
		_, encoded := httpmsg.Unescape(location[i:])
		if c > ' ' && c < 0x7f && strings.IndexByte("\"<>\\^`{|}", c) < 0 && (c != '%' || encoded) {
			b = append(b, c)
		} else {
			b = append(b, '%', hex[c>>4], hex[c&15])
		}
	}
	return string(b)
}
