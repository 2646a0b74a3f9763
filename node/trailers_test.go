package node

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"hedge"
)

// Trailers pass in both directions, whatever is spoken on either side. With a length, HTTP/1.1
// has no place for them.
func TestTrailersPass(t *testing.T) {
	for _, origin := range []struct {
		speaks   func(*http.Protocols)
		protocol hedge.Protocol
	}{{overHTTP1, hedge.ProtocolHTTP1}, {overH2C, hedge.ProtocolH2C}} {
		seen := make(chan string, 1)
		url, _ := speaker(t, false, origin.speaks, func(w http.ResponseWriter, r *http.Request) {
			content, err := io.ReadAll(r.Body)
			seen <- fmt.Sprintf("%s %v %s", content, err, r.Trailer.Get("X-Sum"))
			w.Header().Set("Trailer", "X-Answer")
			if r.ContentLength >= 0 {
				w.Header().Set("Content-Length", "2")
			}
			_, _ = io.WriteString(w, "hi")
			_ = http.NewResponseController(w).Flush() // or it would find the length out
			w.Header().Set("X-Answer", "2")
		})
		release := toUpstream(url)
		release.Upstreams["site"] = hedge.Upstream{Targets: []string{url}, Protocol: origin.protocol}
		n := startSecure(t, Config{}, nil, release)
		for _, client := range []string{"HTTP/1.1", "HTTP/2.0", "HTTP/3.0"} {
			for _, length := range []int64{-1, 5} {
				t.Run(fmt.Sprintf("from %s over %s with the length %d", client, origin.protocol, length), func(t *testing.T) {
					sent, answered := "1", "2"
					if length >= 0 && (client == "HTTP/1.1" || origin.protocol == hedge.ProtocolHTTP1) {
						sent, answered = "", ""
					}
					req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://localhost/", io.MultiReader(strings.NewReader("hello")))
					if err != nil {
						t.Fatal(err)
					}
					req.ContentLength, req.Trailer = length, http.Header{"X-Sum": {"1"}}
					res, err := n.speaking(t, client).RoundTrip(req)
					if err != nil {
						t.Fatal(err)
					}
					body, err := io.ReadAll(res.Body)
					_ = res.Body.Close()
					if got, want := <-seen, "hello <nil> "+sent; got != want {
						t.Errorf("the origin got %q, want %q", got, want)
					}
					if err != nil || res.Proto != client || string(body) != "hi" || res.Trailer.Get("X-Answer") != answered {
						t.Errorf("the client got %s %q, %v and the trailer %v, want %q", res.Proto, body, err, res.Trailer, answered)
					}
				})
			}
		}
	}
}

// speaking is what asks the node over a version of HTTP.
func (n *tlsNode) speaking(t *testing.T, version string) http.RoundTripper {
	t.Helper()
	n.over = map[string]string{"HTTP/3.0": "QUIC"}[version]
	rt := n.transport(t, &tls.Config{RootCAs: n.roots})
	if transport, ok := rt.(*http.Transport); ok {
		transport.Protocols = new(http.Protocols)
		transport.Protocols.SetHTTP1(version == "HTTP/1.1")
		transport.Protocols.SetHTTP2(version == "HTTP/2.0")
	}
	return rt
}
