package node

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"hedge"
	"hedge/httpmsg"
)

// HTTP/2 enters at the same door: over TLS by ALPN, and without by prior knowledge.
func TestHTTP2(t *testing.T) {
	n := startTLS(t, Config{}, func(_ context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		return httpmsg.Text(200, req.Proto+" "+req.URL()), nil
	})
	var secure, plain http.Protocols
	secure.SetHTTP1(true)
	secure.SetHTTP2(true)
	plain.SetUnencryptedHTTP2(true)
	for _, c := range []struct {
		url, addr string
		protocols *http.Protocols
	}{
		{"https://localhost/a?b", n.tlsAddr, &secure},
		{"http://localhost/a?b", n.addr, &plain},
	} {
		transport := &http.Transport{
			Protocols: c.protocols, TLSClientConfig: &tls.Config{RootCAs: n.roots},
			DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, network, c.addr)
			},
		}
		defer transport.CloseIdleConnections()
		for range 3 {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.url, nil)
			if err != nil {
				t.Fatal(err)
			}
			res, err := transport.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(res.Body)
			_ = res.Body.Close()
			if want := "HTTP/2.0 " + c.url; err != nil || string(body) != want || res.ProtoMajor != 2 {
				t.Errorf("got %q over %s, %v; want %q", body, res.Proto, err, want)
			}
			if got := <-n.access; got.Proto != "HTTP/2.0" || got.Status != 200 || got.URL != c.url {
				t.Errorf("the log has %+v", got)
			}
		}
	}
}

// curl speaks to all the doors.
func TestCurl(t *testing.T) {
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("curl is not installed")
	}
	n := startTLS(t, Config{}, func(_ context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		body, _ := io.ReadAll(req.Body)
		return httpmsg.Text(200, req.Proto+" "+string(body)), nil
	})
	for _, c := range []struct{ option, url, want string }{
		{"--http1.1", "http://" + n.addr, "HTTP/1.1 hi"},
		{"--http2-prior-knowledge", "http://" + n.addr, "HTTP/2.0 hi"},
		{"--http1.1", "https://localhost:" + n.tlsAddr[strings.LastIndexByte(n.tlsAddr, ':')+1:], "HTTP/1.1 hi"},
		{"--http2", "https://localhost:" + n.tlsAddr[strings.LastIndexByte(n.tlsAddr, ':')+1:], "HTTP/2.0 hi"},
	} {
		out, err := exec.CommandContext(t.Context(), curl, "-sS", "--insecure", "-4", "--data", "hi", c.option, c.url).CombinedOutput()
		if err != nil || string(out) != c.want {
			t.Errorf("%s %s: got %q, %v", c.option, c.url, out, err)
		}
	}
}

// What HTTP/2 lets in, an origin gets as one request of HTTP/1.1.
func TestHTTP2ToOrigin(t *testing.T) {
	type seen struct{ target, body, cookie, length string }
	got := make(chan seen, 1)
	origin := site(t, func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		got <- seen{req.RequestURI, string(body), strings.Join(req.Header["Cookie"], "|"), req.Header.Get("Content-Length")}
		w.Header().Set("Trailer", "X-After")
		_, _ = io.WriteString(w, "hello")
		w.Header().Set("X-After", "done")
	})
	n := start(t, Config{}, nil, toUpstream(origin))
	var plain http.Protocols
	plain.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: &plain}
	defer transport.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+n.addr+"/a?b=c", io.MultiReader(strings.NewReader("GET /smuggled HTTP/1.1\r\n\r\n")))
	if err != nil {
		t.Fatal(err)
	}
	req.Header["Cookie"] = []string{"a=b; c=d"}
	res, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if err != nil || string(body) != "hello" || res.Trailer.Get("X-After") != "done" {
		t.Errorf("got %q, %v, trailer %v", body, err, res.Trailer)
	}
	want := seen{"/a?b=c", "GET /smuggled HTTP/1.1\r\n\r\n", "a=b; c=d", ""}
	if s := <-got; s != want {
		t.Errorf("the origin has seen %+v, want %+v", s, want)
	}
}

// A client that resets its stream cancels the request at the origin.
func TestHTTP2CancelsUpstream(t *testing.T) {
	began, ended := make(chan struct{}), make(chan struct{})
	origin := site(t, func(_ http.ResponseWriter, req *http.Request) {
		close(began)
		<-req.Context().Done()
		close(ended)
	})
	n := start(t, Config{}, nil, toUpstream(origin))
	var plain http.Protocols
	plain.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: &plain}
	defer transport.CloseIdleConnections()
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+n.addr+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	go func() { // ends with ctx
		if res, err := transport.RoundTrip(req); err == nil {
			_ = res.Body.Close()
		}
	}()
	<-began
	cancel()
	<-ended
	if got := <-n.access; got.Outcome != hedge.OutcomeClientGone {
		t.Errorf("the log has %+v", got)
	}
}
