package upstream

import (
	"strconv"

	"hedge/httpmsg"
	"hedge/proxyproto"
)

// compose makes the request that goes to an origin, whichever it will be.
func (p *Pool) compose(req *httpmsg.Request) (*httpmsg.Request, error) {
	target, err := httpmsg.NormalTarget(req.Target)
	if err != nil {
		return nil, err
	}
	out := req.Clone()
	out.Target = target // what routes have matched is what the origin sees
	h := &out.Header
	httpmsg.RemoveHopByHop(h, nil)
	httpmsg.RemoveAliases(h)
	p.cfg.Forwarding.Append(out)
	if req.Prefix != "" {
		h.Set("X-Forwarded-Prefix", h.Get("X-Forwarded-Prefix")+req.Prefix)
	}
	out.Prefix = "" // what the origin is asked for has none
	httpmsg.AppendVia(h, protocol(req), p.cfg.Via)
	countDown(out)
	if hear := req.Interim; hear != nil {
		out.Interim = func(status int, h httpmsg.Header) {
			httpmsg.RemoveHopByHop(&h, nil)
			httpmsg.AppendVia(&h, "HTTP/1.1", p.cfg.Via) // as in present
			hear(status, h)
		}
	}
	return out, nil
}

// announce has the origin told who the client is, before anything else, if it is to be.
// A check of ours comes from nobody.
func (p *Pool) announce(to *httpmsg.Request) *httpmsg.Request {
	if version := p.spec.ProxyProtocol; version != 0 {
		to.Preamble = string(proxyproto.Append(nil, version, proxyproto.Header{Source: to.Remote, Destination: to.Local}))
	}
	return to
}

// protocol returns what the client spoke; a request that code has made says nothing.
func protocol(req *httpmsg.Request) string {
	if req.Proto == "" {
		return "HTTP/1.1"
	}
	return req.Proto
}

// finalAnswer returns the answer to a request that is not sent on: for its method, or
// because Max-Forwards ends it here (RFC 9110 §7.6.2). nil: send it on.
func finalAnswer(req *httpmsg.Request) *httpmsg.Response {
	if httpmsg.IsRefusedMethod(req.Method) {
		return httpmsg.NotAllowed(httpmsg.AllowedMethods, "The method "+req.Method+" is not allowed here.\n")
	}
	if req.Method != "OPTIONS" {
		return nil
	}
	if left, ok := forwardsLeft(req); ok && left == 0 {
		return &httpmsg.Response{Status: 204}
	}
	return nil
}

// countDown takes one off Max-Forwards in a clone.
func countDown(out *httpmsg.Request) {
	if out.Method != "OPTIONS" {
		return // other recipients are free to ignore it
	}
	if left, ok := forwardsLeft(out); ok {
		out.Header.Set("Max-Forwards", strconv.FormatUint(left-1, 10))
	}
}

func forwardsLeft(req *httpmsg.Request) (uint64, bool) {
	n, err := strconv.ParseUint(req.Header.Get("Max-Forwards"), 10, 31)
	return n, err == nil
}
