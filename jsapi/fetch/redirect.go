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
// (Fetch, "HTTP-redirect fetch"). It returns the last response and its URL.
func follow(ctx context.Context, client httpmsg.RoundTripper, call *worker.Call, req *httpmsg.Request, mode Redirect) (*httpmsg.Response, string, error) {
	for hops := 0; ; hops++ {
		replay := bodyCopy(req)
		res, err := client.RoundTrip(ctx, req)
		if err != nil {
			return nil, "", err
		}
		location := res.Header.Get("Location")
		if mode == RedirectManual || !isRedirect(res.Status) || location == "" {
			return res, req.URL(), nil
		}
		res.CloseBody()
		if mode == RedirectError {
			return nil, "", hedge.Errorf(hedge.OutcomeException, "it answered with a redirect to %s, and redirect is \"error\"", location)
		}
		if hops == maxRedirects {
			return nil, "", hedge.Errorf(hedge.OutcomeException, "more than %d redirects", maxRedirects)
		}
		if req, err = redirected(req, res.Status, location, replay); err != nil {
			return nil, "", err
		}
		if err := call.AdmitFetch(ctx); err != nil {
			return nil, "", err
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
	target, err := b.Parse(location)
	if err != nil {
		return nil, err
	}
	target.Host, target.Fragment, target.User = strings.ToLower(target.Host), "", nil
	target.RawQuery = httpmsg.EscapeNonASCII(target.RawQuery) // url.URL does it for the path
	return target, nil
}
