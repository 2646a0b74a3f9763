package node

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"hedge"
	"hedge/httpmsg"
	"hedge/telemetry"
)

// speaker is an origin that speaks these protocols alone, and the file of its authority.
func speaker(t *testing.T, secure bool, set func(*http.Protocols), handler http.HandlerFunc, also ...func(*http.Server)) (url, authority string) {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.Protocols = new(http.Protocols)
	set(server.Config.Protocols)
	for _, set := range also {
		set(server.Config)
	}
	if !secure {
		server.Start()
		t.Cleanup(server.Close)
		return server.URL, ""
	}
	server.EnableHTTP2 = server.Config.Protocols.HTTP2()
	if !server.EnableHTTP2 {
		server.TLS = &tls.Config{NextProtos: []string{"http/1.1"}}
	}
	server.StartTLS()
	t.Cleanup(server.Close)
	authority = filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(authority, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return server.URL, authority
}

func overHTTP1(p *http.Protocols) { p.SetHTTP1(true) }
func overHTTP2(p *http.Protocols) { p.SetHTTP2(true) }
func overBoth(p *http.Protocols)  { p.SetHTTP1(true); p.SetHTTP2(true) }
func overH2C(p *http.Protocols)   { p.SetUnencryptedHTTP2(true) }

// What an upstream says is what is spoken; where it leaves that to the origin, the
// connection that has found out carries the first request.
func TestProtocolsWithOrigins(t *testing.T) {
	for _, c := range []struct {
		name     string
		secure   bool
		speaks   func(*http.Protocols)
		protocol hedge.Protocol
		want     string
		outcome  hedge.Outcome
	}{
		{"nothing said", true, overBoth, "", "HTTP/1.1", ""},
		{"h2", true, overBoth, hedge.ProtocolHTTP2, "HTTP/2.0", ""},
		{"h2 alone", true, overHTTP2, hedge.ProtocolHTTP2, "HTTP/2.0", ""},
		{"h2 with an origin of HTTP/1.1", true, overHTTP1, hedge.ProtocolHTTP2, "", hedge.OutcomeOriginTLS},
		{"HTTP/1.1 with an origin of h2", true, overHTTP2, hedge.ProtocolHTTP1, "", hedge.OutcomeOriginReset}, // as this server ignores what it is asked for
		{"auto", true, overBoth, hedge.ProtocolAuto, "HTTP/2.0", ""},
		{"auto with an origin of HTTP/1.1", true, overHTTP1, hedge.ProtocolAuto, "HTTP/1.1", ""},
		{"auto without TLS", false, overHTTP1, hedge.ProtocolAuto, "HTTP/1.1", ""},
		{"h2c", false, overH2C, hedge.ProtocolH2C, "HTTP/2.0", ""},
		{"h2c with an origin of HTTP/1.1", false, overHTTP1, hedge.ProtocolH2C, "", hedge.OutcomeOriginMalformed},
	} {
		t.Run(c.name, func(t *testing.T) {
			peers := map[string]bool{}
			url, authority := speaker(t, c.secure, c.speaks, func(w http.ResponseWriter, r *http.Request) {
				peers[r.RemoteAddr] = true // one request at a time
				_, _ = io.WriteString(w, r.Proto)
			})
			release := toUpstream(url)
			release.Upstreams["site"] = hedge.Upstream{Targets: []string{url}, Protocol: c.protocol, TLS: hedge.OriginTLS{CA: authority}, Retry: hedge.Retry{Tries: -1}}
			n := start(t, Config{}, nil, release)
			for range 3 {
				_, body, err := n.get(t, "/")
				a := <-n.access
				if err != nil || a.Outcome != c.outcome || c.outcome == "" && body != c.want {
					t.Errorf("%q, %v, %s", body, err, a.Outcome)
				}
			}
			if c.outcome == "" && len(peers) != 1 {
				t.Errorf("%d connections for requests one after the other", len(peers))
			}
		})
	}
}

// grpc sends messages over HTTP/2 as gRPC does.
func grpc(t *testing.T, n *running, path string, body io.Reader) *http.Response {
	t.Helper()
	transport := &http.Transport{Protocols: new(http.Protocols)}
	transport.Protocols.SetUnencryptedHTTP2(true)
	t.Cleanup(transport.CloseIdleConnections)
	req, err := http.NewRequestWithContext(t.Context(), "POST", "http://"+n.addr+path, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/grpc")
	req.Header.Set("Te", "trailers")
	res, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// frameOf frames a message as gRPC does.
func frameOf(text string) []byte {
	return append([]byte{0, 0, 0, 0, byte(len(text))}, text...)
}

// A call of gRPC passes through: the message and its answer, a failure that has no
// message, and a conversation whose sides take turns; trailers and all.
func TestGRPCPassesThrough(t *testing.T) {
	for _, c := range []struct {
		name     string
		secure   bool
		speaks   func(*http.Protocols)
		protocol hedge.Protocol
	}{{"TLS", true, overHTTP2, hedge.ProtocolAuto}, {"prior knowledge", false, overH2C, hedge.ProtocolH2C}} {
		t.Run(c.name, func(t *testing.T) {
			url, authority := speaker(t, c.secure, c.speaks, func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Te") != "trailers" || r.Proto != "HTTP/2.0" {
					t.Errorf("the origin got %s with TE: %s", r.Proto, r.Header.Get("Te"))
				}
				w.Header().Set("Content-Type", "application/grpc")
				if r.URL.Path == "/fails" {
					w.Header().Set("Grpc-Status", "5") // trailers alone: head and end in one
					return
				}
				_ = http.NewResponseController(w).Flush()
				buf := make([]byte, 64)
				for {
					n, err := r.Body.Read(buf)
					_, _ = w.Write(bytes.ToUpper(buf[:n]))
					_ = http.NewResponseController(w).Flush()
					if err != nil {
						break
					}
				}
				w.Header().Set(http.TrailerPrefix+"Grpc-Status", "0")
				w.Header().Set(http.TrailerPrefix+"Grpc-Message", "fine")
			})
			release := toUpstream(url)
			release.Upstreams["site"] = hedge.Upstream{Targets: []string{url}, Protocol: c.protocol, TLS: hedge.OriginTLS{CA: authority}}
			n := start(t, Config{}, nil, release)

			res := grpc(t, n, "/unary", bytes.NewReader(frameOf("hello")))
			body, err := io.ReadAll(res.Body)
			if err != nil || !bytes.Equal(body, frameOf("HELLO")) || res.Trailer.Get("Grpc-Status") != "0" || res.Trailer.Get("Grpc-Message") != "fine" {
				t.Errorf("unary: %q, %v, %v", body, err, res.Trailer)
			}
			_ = res.Body.Close()

			res = grpc(t, n, "/fails", bytes.NewReader(frameOf("hello")))
			if body, err := io.ReadAll(res.Body); err != nil || len(body) > 0 || res.Header.Get("Grpc-Status") != "5" {
				t.Errorf("trailers alone: %q, %v, %v", body, err, res.Header)
			}
			_ = res.Body.Close()

			from, into := io.Pipe()
			res = grpc(t, n, "/talk", from)
			for _, word := range []string{"one", "two", "three"} {
				if _, err := into.Write(frameOf(word)); err != nil {
					t.Fatal(err)
				}
				got := make([]byte, len(frameOf(word)))
				if _, err := io.ReadFull(res.Body, got); err != nil || !bytes.Equal(got, bytes.ToUpper(frameOf(word))) {
					t.Errorf("talk: %q, %v", got, err)
				}
			}
			_ = into.Close()
			if rest, err := io.ReadAll(res.Body); err != nil || len(rest) > 0 || res.Trailer.Get("Grpc-Status") != "0" {
				t.Errorf("talk: %q, %v, %v", rest, err, res.Trailer)
			}
			_ = res.Body.Close()
		})
	}
}

// WebSockets go over HTTP/1.1, whatever is spoken otherwise.
func TestWebSocketsGoOverHTTP1(t *testing.T) {
	release := toUpstream(echoes(t))
	u := release.Upstreams["site"]
	u.Protocol = hedge.ProtocolH2C
	release.Upstreams["site"] = u
	r := start(t, Config{}, nil, release)
	conn, in, _ := r.upgrade(t, handshake("/"))
	_, _ = io.WriteString(conn, "hi")
	wantBytes(t, in, "hi")
}

// clientOfCode is what an app's code has.
func clientOfCode(t *testing.T, authority string, m *telemetry.Registry) httpmsg.RoundTripper {
	t.Helper()
	cfg := DefaultClientConfig()
	text, err := os.ReadFile(authority)
	if err != nil {
		t.Fatal(err)
	}
	cfg.TLS = &tls.Config{RootCAs: x509.NewCertPool()}
	cfg.TLS.RootCAs.AppendCertsFromPEM(text)
	release := &hedge.Release{Name: "shop"}
	clients := NewClients(cfg, nil, nil)
	clients.open(release, nil, m.Scope("shop"))
	t.Cleanup(func() { clients.forget(release) })
	client, err := clients.Client(release)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// Code speaks HTTP/2 with origins that prefer it, but for WebSockets, which do not take the
// connection that has found out what the origin prefers. How long it takes is counted.
func TestCodeSpeaksWhatOriginsPrefer(t *testing.T) {
	for _, c := range []struct {
		name   string
		speaks func(*http.Protocols)
		want   string
	}{{"both", overBoth, "HTTP/2.0"}, {"HTTP/1.1", overHTTP1, "HTTP/1.1"}, {"HTTP/2", overHTTP2, "HTTP/2.0"}} {
		t.Run(c.name, func(t *testing.T) {
			url, authority := speaker(t, true, c.speaks, func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Upgrade") == "" {
					_, _ = io.WriteString(w, r.Proto)
					return
				}
				conn, _, err := http.NewResponseController(w).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = io.WriteString(conn, switching(r, ""))
				_ = conn.Close()
			})
			m := telemetry.NewRegistry()
			client := clientOfCode(t, authority, m)
			if n, ok := client.(*appClient).client.choice, c.want == "HTTP/2.0"; n == nil {
				t.Fatal("the client has no choice")
			} else if prefers, err := n.speaksHTTP2(t.Context(), request(url, "/").Origin(), nil); prefers != ok || err != nil {
				t.Fatalf("prefers HTTP/2: %v, %v", prefers, err) // and a connection waits now
			}
			if c.name != "HTTP/2" {
				req := request(url, "/")
				req.Upgrade = httpmsg.WebSocket
				res, err := client.RoundTrip(t.Context(), req)
				if err != nil || res.Status != 101 {
					t.Fatalf("%+v, %v", res, err)
				}
				res.CloseBody()
			}
			for range 3 {
				res, err := client.RoundTrip(t.Context(), request(url, "/"))
				if err != nil {
					t.Fatal(err)
				}
				body, err := io.ReadAll(res.Body)
				res.CloseBody()
				if err != nil || string(body) != c.want {
					t.Errorf("%q, %v", body, err)
				}
			}
			want := `hedge_fetch_duration_seconds_count{app="shop"} 4`
			if c.name == "HTTP/2" {
				want = `hedge_fetch_duration_seconds_count{app="shop"} 3`
			}
			if text := string(m.Text()); !strings.Contains(text, want) {
				t.Errorf("%s is not in\n%s", want, text)
			}
		})
	}
}

// An origin that has given HTTP/2 up is asked over HTTP/1.1 from the first request on, also one
// with content, which cannot be sent twice.
func TestOriginThatGivesHTTP2Up(t *testing.T) {
	echo := func(w http.ResponseWriter, r *http.Request) {
		content, _ := io.ReadAll(r.Body)
		_, _ = io.WriteString(w, r.Proto+" "+string(content))
	}
	before := httptest.NewUnstartedServer(http.HandlerFunc(echo))
	before.EnableHTTP2 = true
	before.StartTLS()
	cfg := DefaultClientConfig()
	cfg.Protocol, cfg.TLS = hedge.ProtocolAuto, &tls.Config{RootCAs: x509.NewCertPool()}
	cfg.TLS.RootCAs.AddCert(before.Certificate()) // which all of these servers have
	client := NewClient(cfg)
	t.Cleanup(client.Close)
	post := func(want string) {
		t.Helper()
		req := request(before.URL, "/")
		req.Method, req.Body, req.ContentLength = "POST", io.NopCloser(strings.NewReader("content")), 7
		res, err := client.RoundTrip(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.CloseBody()
		if err != nil || string(body) != want {
			t.Errorf("%q, %v; want %q", body, err, want)
		}
	}
	post("HTTP/2.0 content")
	post("HTTP/2.0 content")
	before.CloseClientConnections()
	before.Close()
	for client.http2.Connected(request(before.URL, "/").Origin()) {
		if t.Context().Err() != nil {
			t.Fatal("the connection goes on")
		}
	}
	ln, err := net.Listen("tcp", before.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	after := httptest.NewUnstartedServer(http.HandlerFunc(echo))
	_ = after.Listener.Close()
	after.Listener, after.TLS = ln, &tls.Config{NextProtos: []string{alpnHTTP1}}
	after.StartTLS()
	t.Cleanup(after.Close)
	post("HTTP/1.1 content")
	post("HTTP/1.1 content")
}

// Those who want to know what an origin prefers that cannot be reached learn of it
// together, and not one after the other.
func TestOneAsksForAll(t *testing.T) {
	n := newNegotiator(&dialer{})
	q := &question{done: make(chan struct{})}
	to := httpmsg.Origin{Scheme: "https", Address: "a.example:443"}
	n.asking[to] = q
	failed := errors.New("refused")
	var waiting sync.WaitGroup
	for range 10 {
		waiting.Go(func() {
			if _, err := n.speaksHTTP2(t.Context(), to, nil); err != failed {
				t.Error(err)
			}
		})
	}
	q.err = failed
	close(q.done)
	waiting.Wait()
}

// declines speaks HTTP/2 as far as it takes to ask for HTTP/1.1 instead.
func declines(conn net.Conn) {
	defer conn.Close()
	_, _ = conn.Write([]byte{0, 0, 0, 4, 0, 0, 0, 0, 0}) // SETTINGS without any
	in := bufio.NewReader(conn)
	_, _ = in.Discard(len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
	for {
		head := make([]byte, 9)
		if _, err := io.ReadFull(in, head); err != nil {
			return
		}
		_, _ = in.Discard(int(head[0])<<16 | int(head[1])<<8 | int(head[2]))
		if head[3] == 1 { // HEADERS
			_, _ = conn.Write(append([]byte{0, 0, 4, 3, 0}, head[5:]...)) // RST_STREAM
			_, _ = conn.Write([]byte{0, 0, 0, 13})
		}
	}
}

// An origin that agrees on HTTP/2, and then asks for HTTP/1.1, gets it, for later requests
// at once. What had content is sent again by who has kept that.
func TestOriginsThatAskForHTTP1(t *testing.T) {
	for _, c := range []struct {
		method, body string
		retries      int
	}{{"GET", "", -1}, {"POST", "", -1}, {"PUT", "content", 1}} {
		t.Run(c.method, func(t *testing.T) {
			var asked atomic.Int32
			url, authority := speaker(t, true, overBoth, func(w http.ResponseWriter, r *http.Request) {
				content, _ := io.ReadAll(r.Body)
				_, _ = io.WriteString(w, r.Proto+" "+string(content))
			}, func(server *http.Server) {
				server.TLSNextProto = map[string]func(*http.Server, *tls.Conn, http.Handler){"h2": func(_ *http.Server, conn *tls.Conn, _ http.Handler) {
					asked.Add(1)
					declines(conn)
				}}
			})
			release := toUpstream(url)
			release.Upstreams["site"] = hedge.Upstream{
				Targets: []string{url, url + "/again"}, Protocol: hedge.ProtocolAuto, TLS: hedge.OriginTLS{CA: authority}, Retry: hedge.Retry{Tries: c.retries},
			}
			n := start(t, Config{}, nil, release)
			for range 2 {
				req, _ := http.NewRequestWithContext(t.Context(), c.method, "http://"+n.addr+"/", strings.NewReader(c.body))
				res, err := http.DefaultTransport.RoundTrip(req)
				if err != nil {
					t.Fatal(err)
				}
				got, _ := io.ReadAll(res.Body)
				_ = res.Body.Close()
				if <-n.access; string(got) != "HTTP/1.1 "+c.body {
					t.Errorf("%d %q", res.StatusCode, got)
				}
			}
			if n := asked.Load(); n != 1 {
				t.Errorf("it was asked over HTTP/2 %d times", n)
			}
		})
	}
}
