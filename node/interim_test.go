package node

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"testing"

	"hedge"
	"hedge/httpmsg"
)

// hinting is an origin that says beforehand what its answer needs.
func hinting(t *testing.T, speaks func(*http.Protocols)) string {
	url, _ := speaker(t, false, speaks, func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		for _, f := range [][2]string{{"Link", "</a.css>; rel=preload"}, {"X-Hint", "1"}, {"X-Internal", "secret"}} {
			h.Set(f[0], f[1])
		}
		w.WriteHeader(http.StatusProcessing)
		w.WriteHeader(http.StatusEarlyHints)
		h.Del("X-Hint")
		h.Set("Cache-Control", "max-age=60")
		_, _ = io.WriteString(w, "page")
	})
	return url
}

// heard asks for a path, and returns the interim answers that come before the final one.
func heard(t *testing.T, r *running, speaks func(*http.Protocols), path string) (interim []string, res *http.Response) {
	t.Helper()
	trace := &httptrace.ClientTrace{Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
		interim = append(interim, fmt.Sprint(code, " ", h.Get("Link"), " ", h.Get("X-Hint"), h.Get("X-Internal")))
		return nil
	}}
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), trace), http.MethodGet, "http://"+r.addr+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{Protocols: new(http.Protocols), DialContext: (&net.Dialer{}).DialContext}
	speaks(transport.Protocols)
	defer transport.CloseIdleConnections()
	if res, err = transport.RoundTrip(req); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if body, err := io.ReadAll(res.Body); string(body) != "page" || err != nil {
		t.Errorf("%q, %v", body, err)
	}
	return interim, res
}

// Interim answers go through from origin to client, whatever both speak, before what is
// then stored; and never come out of the cache.
func TestInterimAnswers(t *testing.T) {
	for name, origin := range map[string]struct {
		speaks   func(*http.Protocols)
		protocol hedge.Protocol
	}{"HTTP/1.1": {overHTTP1, hedge.ProtocolHTTP1}, "h2c": {overH2C, hedge.ProtocolH2C}} {
		t.Run("origin of "+name, func(t *testing.T) {
			release := toUpstream(hinting(t, origin.speaks))
			up := release.Upstreams["site"]
			up.Protocol = origin.protocol
			release.Upstreams["site"] = up
			release.Routes[0].ResponseHeaders.Remove = []string{"X-Internal"}
			r := caching(t, nil, release)
			for client, speaks := range map[string]func(*http.Protocols){"HTTP/1.1": overHTTP1, "h2c": overH2C} {
				path := "/" + client
				interim, res := heard(t, r, speaks, path)
				want := "102 </a.css>; rel=preload 1,103 </a.css>; rel=preload 1"
				if got := strings.Join(interim, ","); got != want || res.Header.Get("X-Hint") != "" {
					t.Errorf("over %s: %q, and %v", client, got, res.Header)
				}
				interim, res = heard(t, r, speaks, path)
				if len(interim) != 0 || res.Header.Get("X-Hint") != "" || !strings.Contains(res.Header.Get("Cache-Status"), "hit") {
					t.Errorf("a hit over %s: %q, and %v", client, interim, res.Header)
				}
			}
		})
	}
}

// HTTP/1.0 has no interim answers.
func TestInterimAnswersHTTP10(t *testing.T) {
	r := start(t, Config{}, nil, toUpstream(hinting(t, overHTTP1)))
	if got := r.raw(t, "GET / HTTP/1.0\r\nHost: a\r\n\r\n"); !strings.HasPrefix(got, "HTTP/1.1 200 ") || strings.Contains(got, " 103 ") {
		t.Errorf("%q", got)
	}
}

// Interim answers that come when the final one is on its way are dropped.
func TestLateInterimAnswers(t *testing.T) {
	x := exchange{node: &Node{}} // with nowhere to write them
	x.hints.end()
	x.interim(103, httpmsg.NewHeader("Link", "</a.css>"))
}
