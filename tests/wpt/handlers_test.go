package wpt

import (
	"encoding/json"
	"io"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"hedge/httpmsg"
)

// handlers answer what some tests ask of their server's handlers in Python, each as
// the one of its path does. Of the others there is none.
type handlers struct {
	mu sync.Mutex
	// seen are the conditions in requests for /fetch/api/request/resources/cache.py, by
	// the token of a test.
	seen map[string][]map[string]string // guarded by mu
}

// answer answers a request with one of the handlers; nil: there is none for its path.
func (h *handlers) answer(path string, query url.Values, req *httpmsg.Request) (*httpmsg.Response, error) {
	switch path {
	case "/fetch/api/resources/echo-content.py":
		return echoContent(req)
	case "/fetch/api/resources/inspect-headers.py":
		return inspectHeaders(query, req), nil
	case "/fetch/api/resources/trickle.py":
		count, _ := strconv.Atoi(query.Get("count"))
		return answer(200, "text/plain", []byte(strings.Repeat("TEST_TRICKLE\n", max(count, 1)))), nil
	case "/fetch/api/request/resources/cache.py":
		return h.cached(query, req)
	default:
		return nil, nil
	}
}

// echoContent gives a request's content back.
func echoContent(req *httpmsg.Request) (*httpmsg.Response, error) {
	var content []byte
	if req.Body != nil {
		var err error
		if content, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
	}
	res := answer(200, "text/plain; charset=UTF-8", content)
	res.Header.Add("x-request-method", req.Method)
	kind := req.Header.Get("Content-Type")
	if kind == "" {
		kind = "NO"
	}
	res.Header.Add("x-request-content-type", kind)
	return res, nil
}

// inspectHeaders tells which values the fields of a request have that its query names.
func inspectHeaders(query url.Values, req *httpmsg.Request) *httpmsg.Response {
	res := answer(200, "text/plain", nil)
	for _, name := range strings.Split(query.Get("headers"), "|") {
		if req.Header.Has(name) {
			res.Header.Add("x-request-"+name, req.Header.Get(name))
		}
	}
	return res
}

// cached answers with the fields that its query asks for, remembers the conditions that
// requests have had, and tells them when it is asked.
func (h *handlers) cached(query url.Values, req *httpmsg.Request) (*httpmsg.Response, error) {
	token := query.Get("token")
	if query.Has("querystate") {
		return h.tell(token)
	}
	h.remember(token, query.Has("ignore"), req)
	res := answer(200, "text/plain", []byte(query.Get("content")))
	tag, date := query.Get("tag"), query.Get("date")
	if tag != "" {
		tag = `"` + tag + `"`
		res.Header.Add("etag", tag)
	} else if date != "" {
		res.Header.Add("last-modified", date)
	}
	for field, parameter := range map[string]string{"expires": "expires", "vary": "vary", "cache-control": "cache_control"} {
		if query.Get(parameter) != "" {
			res.Header.Add(field, query.Get(parameter))
		}
	}
	switch {
	case query.Get("redirect") != "":
		res.Header.Add("location", query.Get("redirect"))
		setStatus(res, 302)
	case req.Header.Has("If-None-Match") && req.Header.Get("If-None-Match") == tag,
		req.Header.Has("If-Modified-Since") && req.Header.Get("If-Modified-Since") == date:
		setStatus(res, 304)
	}
	return res, nil
}

// setStatus makes an answer one of a status without content.
func setStatus(res *httpmsg.Response, status int) {
	res.Status, res.Reason, res.Body, res.ContentLength = status, httpmsg.StatusText(status), nil, 0
}

func (h *handlers) remember(token string, ignore bool, req *httpmsg.Request) {
	conditions := map[string]string{}
	for _, name := range []string{"If-None-Match", "If-Modified-Since", "Pragma", "Cache-Control"} {
		if !ignore && req.Header.Has(name) {
			conditions[name] = req.Header.Get(name)
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.seen[token] = append(h.seen[token], conditions)
}

func (h *handlers) tell(token string) (*httpmsg.Response, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	content, err := json.Marshal(h.seen[token])
	delete(h.seen, token)
	return answer(200, "text/plain", content), err
}
