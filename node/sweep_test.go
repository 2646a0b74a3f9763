package node

import (
	"bytes"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"hedge/httpmsg"
)

// steering are the fields of requests by which servers, frameworks or proxies answer
// something else than the URL says, without an app's doing, or that HTTP gives a meaning.
// Each comes with a value that would do harm. What an app itself chooses by (Accept, Cookie,
// User-Agent, the client's address …) is for Vary to say.
func steering() [][2]string {
	const host, path = "poison.example", "/poison"
	list := [][2]string{
		{"Range", "bytes=0-1"},
		{"Range", "bytes=90000-"},
		{"Range", "bytes=0-0,2-3"},
		{"If-Range", `"poison"`},
		{"If-None-Match", "*"},
		{"If-None-Match", `"tag"`},
		{"If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT"},
		{"If-Unmodified-Since", "Thu, 01 Jan 1970 00:00:00 GMT"},
		{"If-Match", `"poison"`},
		{"TE", "trailers"},
		{"Expect", "100-continue"},
		{"Connection", "ETag"},
		{"Connection", "close, Cache-Control"},
		{"Keep-Alive", "timeout=1"},
		{"Upgrade-Insecure-Requests", "1"},
		{"Max-Forwards", "0"},
		{"Pragma", "no-cache"},
		{"Cache-Control", "no-store"},
		{"Cache-Control", "no-transform"},
		{"Cache-Control", "only-if-cached"},
		{"Accept-Encoding", "br, gzip, zstd"},
		{"Accept-Encoding", "identity;q=0, *;q=0"},
		{"Proxy-Authorization", "Basic poison"},
		{"Authorization", "Basic poison"},
		{"Surrogate-Capability", `poison="ESI/1.0"`},
		{"Early-Data", "1"},
		{"Sec-Fetch-Mode", "cors"},
		{"Prefer", "return=minimal"},
		{"Proxy-Connection", "close"},
	}
	for _, name := range []string{
		"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Forwarded-Server", "X-Forwarded-Scheme", "X-Forwarded-Prefix",
		"X-Forwarded-Path", "X-Forwarded-Uri", "X-Forwarded-By", "X-Forwarded-SSL", "X-Forwarded", "X-Real-IP", "X-Host", "X-HTTP-Host-Override", "X-Original-Host", "X-Proxy-Host",
		"Forwarded-Host", "Front-End-Https", "X-Url-Scheme", "X-Scheme", "X_Forwarded_Host", "Client-Cert", "Client-Cert-Chain",
		"X-Middleware-Subrequest", "X-Middleware-Rewrite", "X-Nextjs-Data", "X-Matched-Path", "X-Now-Route-Matches", "X-Invoke-Path", "Proxy", "X-Accel-Redirect", "X-Sendfile", "X-Wap-Profile", "X-Backend", "X-Backend-Host",
	} {
		list = append(list, [2]string{name, host})
	}
	for _, name := range []string{"X-Original-URL", "X-Rewrite-URL", "X-HTTP-DestinationURL", "Destination", "X-Original-URI", "X-Replaced-Path", "X-Envoy-Original-Path", "X-Script-Name", "Base-Url", "Request-Uri"} {
		list = append(list, [2]string{name, path})
	}
	for _, name := range []string{"X-HTTP-Method", "X-HTTP-Method-Override", "X-Method-Override", "X-Method"} {
		list = append(list, [2]string{name, "DELETE"})
	}
	return list
}

// Nothing of a request that did not enter the key changes what the next client gets, even
// if the origin goes by all of it. What a trusted proxy says of who the client is, is as
// other fields that apps choose by.
func TestNoFieldChangesWhatIsStored(t *testing.T) {
	sweep(t, httpmsg.Forwarding{})
	sweep(t, httpmsg.Forwarding{Trusted: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}, "X-Forwarded-For")
}

func sweep(t *testing.T, proxies httpmsg.Forwarding, varied ...string) {
	t.Helper()
	names := map[string]bool{}
	for _, f := range steering() {
		name := http.CanonicalHeaderKey(f[0])
		names[name] = !slices.Contains(varied, name)
	}
	clean := strings.Repeat("clean ", 400)
	release := toUpstream(site(t, func(w http.ResponseWriter, r *http.Request) {
		body := clean
		for name, values := range r.Header {
			for _, value := range values {
				if names[name] && (strings.Contains(value, "poison") || value == "DELETE") {
					body = name + ": " + value // as links, redirects and errors would
				}
			}
		}
		w.Header().Set("Cache-Control", "max-age=60, stale-while-revalidate=60")
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("ETag", `"tag"`)
		http.ServeContent(w, r, "", time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), bytes.NewReader([]byte(body)))
	}))
	r := cachingBehind(t, proxies, nil, release)
	for _, f := range steering() {
		target := "/" + f[0] + "/" + strings.Map(func(c rune) rune {
			if c == '/' || c == ' ' || c == '"' || c == '*' || c == ';' || c == ',' {
				return '-'
			}
			return c
		}, f[1])
		if _, _, err := r.get(t, target, f[0], f[1]); err != nil {
			t.Errorf("%s: %v", f[0], err)
			continue
		}
		<-r.access
		res, body, err := r.get(t, target)
		<-r.access
		if err != nil || res.StatusCode != 200 || body != clean {
			t.Errorf("after %s: %s: %d %.40q (%s) %v", f[0], f[1], res.StatusCode, body, res.Header.Get("Cache-Status"), err)
		}
	}
}
