package upstream

import (
	"strings"

	"hedge"
	"hedge/httpmsg"
)

// present changes an origin's answer into one to the request as it came in.
func (p *Pool) present(req *httpmsg.Request, from *target, res *httpmsg.Response) {
	httpmsg.RemoveHopByHop(&res.Header, nil)
	// A Response does not say which version of HTTP it came in.
	httpmsg.AppendVia(&res.Header, "HTTP/1.1", p.cfg.Via)
	rewrite(&res.Header,
		func(reference string) string { return p.publicReference(req, from, reference) },
		func(cookie string) string { return p.publicCookie(req, from, cookie) })
}

// publicReference makes a path, as the client may ask for it, of a URL that points
// to the origin. Other URLs stay.
func (p *Pool) publicReference(req *httpmsg.Request, from *target, value string) string {
	for _, origin := range p.selfNames(req, from) {
		if moved := httpmsg.RewriteLocation(value, origin+from.base, ""); moved != value {
			return moved
		}
	}
	return value
}

// selfNames returns the origins by which the target knows itself, as it sees them
// in the requests that it gets.
func (p *Pool) selfNames(req *httpmsg.Request, from *target) []string {
	if name := p.spec.Host.Name(); name != "" {
		return []string{from.scheme + "://" + name, from.scheme + "://" + from.authority}
	}
	if p.spec.Host != hedge.HostClient {
		return []string{from.scheme + "://" + from.authority}
	}
	names := []string{req.Scheme + "://" + req.Authority}
	if req.Scheme == "https" && from.scheme == "http" {
		// It need not know that there is TLS in front of it. The other way round a
		// redirect to https is one that is meant.
		names = append(names, "http://"+req.Authority)
	}
	return names
}

// publicCookie changes Set-Cookie so that the browser takes the cookie from the
// name it asked for, and sends it to the paths it knows.
func (p *Pool) publicCookie(req *httpmsg.Request, from *target, value string) string {
	if from.base != "" {
		value = httpmsg.RewriteSetCookiePath(value, from.base, "/")
	}
	if p.spec.Host == hedge.HostClient {
		return value
	}
	public, _, err := httpmsg.NormalHost(req.Authority)
	if cookie, ok := httpmsg.ParseSetCookie(value); err == nil && ok && !within(public, cookie.Domain) {
		value = httpmsg.RemoveSetCookieDomain(value, from.knownAs(p.spec.Host))
	}
	return value
}

// within reports whether host is domain or lies in it.
func within(host, domain string) bool {
	return domain != "" && (host == domain || strings.HasSuffix(host, "."+domain))
}

// rewrite changes the fields of a response that hold URLs and cookies. The header
// is copied only when there is something to change.
func rewrite(h *httpmsg.Header, reference, cookie func(string) string) {
	var changed httpmsg.Header
	for i, f := range h.Fields() {
		value := rewriteField(f, reference, cookie)
		if value != f.Value && changed.Len() == 0 {
			changed.Grow(h.Len())
			for _, before := range h.Fields()[:i] {
				changed.Add(before.Name, before.Value)
			}
			changed.Add(f.Name, value)
		} else if changed.Len() > 0 {
			changed.Add(f.Name, value)
		}
	}
	if changed.Len() > 0 {
		*h = changed
	}
}

func rewriteField(f httpmsg.Field, reference, cookie func(string) string) string {
	switch {
	case httpmsg.EqualFold(f.Name, "Location"), httpmsg.EqualFold(f.Name, "Content-Location"):
		return reference(f.Value)
	case httpmsg.EqualFold(f.Name, "Refresh"):
		return rewriteRefresh(f.Value, reference)
	case httpmsg.EqualFold(f.Name, "Set-Cookie"):
		return cookie(f.Value)
	}
	return f.Value
}

// rewriteRefresh changes the URL in Refresh: `5; url=/a`, which browsers read like
// the refresh of HTML's meta element.
func rewriteRefresh(value string, reference func(string) string) string {
	at := strings.Index(httpmsg.Lower(value), "url=")
	if at < 0 {
		return value
	}
	at += len("url=")
	url, quote := value[at:], ""
	if url != "" && (url[0] == '"' || url[0] == '\'') {
		quote = url[:1]
		url, _, _ = strings.Cut(url[1:], quote)
	}
	return value[:at] + quote + reference(url) + quote
}
