package cert

import (
	"crypto/tls"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"hedge/httpmsg"
)

// side is a server for a.example, b.example and open.example, and its clock.
type side struct {
	*Server
	ca  *issuer
	now time.Time
}

func newSide(t *testing.T, clients *Clients) *side {
	t.Helper()
	s := &side{ca: newIssuer(t, "ca"), now: time.Now()}
	c := s.ca.issue(t, time.Now().Add(100*24*time.Hour), "a.example", "b.example", "open.example")
	var err error
	s.Server, err = NewServer(Config{
		Source: static{newIndex([]*tls.Certificate{&c})}, Clients: clients,
		Now: func() time.Time { return s.now }, HandshakeTimeout: 20 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *side) client(name string) *tls.Config {
	return &tls.Config{ServerName: name, RootCAs: s.ca.pool()}
}

func verify(t *testing.T, ca *issuer) *ClientAuth {
	t.Helper()
	auth, err := NewClientAuth(Verify, ca.pem())
	if err != nil {
		t.Fatal(err)
	}
	return auth
}

func TestHandshake(t *testing.T) {
	s := newSide(t, nil)
	for _, c := range []struct {
		name    string
		change  func(*tls.Config)
		version uint16
		alpn    string
		fails   string
	}{
		{"nothing asked", func(*tls.Config) {}, tls.VersionTLS13, "", ""},
		{"h2", func(c *tls.Config) { c.NextProtos = []string{"http/1.1", "h2"} }, tls.VersionTLS13, "h2", ""},
		{"http/1.1", func(c *tls.Config) { c.NextProtos = []string{"http/1.1"} }, tls.VersionTLS13, "http/1.1", ""},
		{"neither", func(c *tls.Config) { c.NextProtos = []string{"h3"} }, 0, "", "unsupported application protocols"},
		{"1.2", func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 }, tls.VersionTLS12, "", ""},
		{"1.1", func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }, 0, "", "unsupported versions"},
		{"CBC", func(c *tls.Config) {
			c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA}
		}, 0, "", "no cipher suite"},
		{"unknown name", func(c *tls.Config) { c.ServerName = "other.example" }, 0, "", "no certificates"},
	} {
		client := s.client("a.example")
		c.change(client)
		r := handshake(t, s.Server, client)
		switch {
		case c.fails != "":
			if r.err == nil || !strings.Contains(r.err.Error(), c.fails) {
				t.Errorf("%s: got %v", c.name, r.err)
			}
		case r.err != nil:
			t.Errorf("%s: %v", c.name, r.err)
		case r.info.Version != c.version || r.info.Protocol != c.alpn || r.info.ServerName != "a.example" || r.info.ClientCert != nil:
			t.Errorf("%s: got %+v", c.name, r.info)
		}
	}
}

// What clients are asked for, and what is passed on of it.
func TestClientAuth(t *testing.T) {
	ours, others := newIssuer(t, "ours"), newIssuer(t, "others")
	request, err := NewClientAuth(Request, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := newSide(t, NewClients(map[string]*ClientAuth{"a.example": verify(t, ours), "*.example": request, "open.example": {}}))
	for _, c := range []struct {
		host     string
		shows    *issuer
		ok       bool
		verified bool
		shown    bool
	}{
		{"a.example", ours, true, true, true},
		{"a.example", others, false, false, false},
		{"a.example", nil, false, false, false},
		{"b.example", ours, true, false, true},
		{"b.example", others, true, false, true},
		{"b.example", nil, true, false, false},
		{"open.example", ours, true, false, false},
	} {
		client := s.client(c.host)
		var shown tls.Certificate
		if c.shows != nil {
			shown = c.shows.issue(t, time.Now().Add(time.Hour), "client")
			client.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &shown, nil }
		}
		r := handshake(t, s.Server, client)
		if (r.err == nil) != c.ok {
			t.Errorf("%s: %v", c.host, r.err)
			continue
		}
		if !c.ok {
			continue
		}
		got := r.info.ClientCert
		if (got != nil) != c.shown || got != nil && got.Verified != c.verified {
			t.Errorf("%s: got %+v", c.host, got)
		}
		if got != nil {
			var h httpmsg.Header
			got.Pass(&h)
			if v := h.Get("Client-Cert"); !strings.HasPrefix(v, ":MII") || !strings.HasSuffix(v, ":") {
				t.Errorf("%s: %q", c.host, v)
			}
		}
	}
}

// A session goes on only where the same is asked of the client.
func TestResumption(t *testing.T) {
	ours, others := newIssuer(t, "ours"), newIssuer(t, "others")
	clients := NewClients(map[string]*ClientAuth{"a.example": verify(t, ours), "b.example": verify(t, others)})
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		s := newSide(t, clients)
		shown := ours.issue(t, time.Now().Add(100*24*time.Hour), "client")
		cache := &oneSession{}
		connect := func(host string) result {
			t.Helper()
			client := s.client(host)
			client.MaxVersion, client.ClientSessionCache = version, cache
			client.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &shown, nil }
			return handshake(t, s.Server, client)
		}
		resumed := func(host string, want bool) {
			t.Helper()
			if r := connect(host); r.err != nil || r.info.Resumed != want {
				t.Errorf("%x %s: %v %+v, want resumed %v", version, host, r.err, r.info, want)
			}
		}
		resumed("open.example", false)
		resumed("open.example", true)
		resumed("a.example", false) // although the client has a session
		resumed("a.example", true)
		resumed("open.example", false)
		resumed("a.example", false)
		if r := connect("b.example"); r.err == nil {
			t.Errorf("%x: a session of other authorities goes on", version)
		}
		// The same again means the same.
		again := NewClients(map[string]*ClientAuth{"a.example": verify(t, ours)})
		if err := s.SetClients(again); err != nil {
			t.Fatal(err)
		}
		_ = connect("a.example") // the failure may have cost the client its session
		resumed("a.example", true)
		// Other authorities: whoever was good before has to show it anew.
		changed := NewClients(map[string]*ClientAuth{"a.example": verify(t, others)})
		if err := s.SetClients(changed); err != nil {
			t.Fatal(err)
		}
		if r := connect("a.example"); r.err == nil {
			t.Errorf("%x: a session outlives its authority", version)
		}
		if err := s.SetClients(again); err != nil {
			t.Fatal(err)
		}
		_ = connect("a.example")
		s.now = s.now.Add(rotation)
		resumed("a.example", true) // by the secret before
		s.now = s.now.Add(rotation)
		resumed("a.example", true)
		s.now = s.now.Add(rotation)
		s.now = s.now.Add(rotation)
		_ = connect("open.example") // takes the next secret
		s.now = s.now.Add(rotation)
		resumed("a.example", false)
	}
}

// oneSession is a client that tries its last session with everybody.
type oneSession struct{ last *tls.ClientSessionState }

func (o *oneSession) Get(string) (*tls.ClientSessionState, bool) { return o.last, o.last != nil }
func (o *oneSession) Put(_ string, s *tls.ClientSessionState)    { o.last = s }

func TestAdmit(t *testing.T) {
	ours := newIssuer(t, "ours")
	clients := NewClients(map[string]*ClientAuth{"a.example": verify(t, ours), "b.example": verify(t, ours), "*.closed.example": verify(t, ours)})
	s := newSide(t, clients)
	domain := clients.of("a.example").domain
	for _, c := range []struct {
		host string
		info *httpmsg.TLSInfo
		ok   bool
	}{
		{"a.example", &httpmsg.TLSInfo{ServerName: "a.example", ClientAuth: domain}, true},
		{"a.example", &httpmsg.TLSInfo{ServerName: "b.example", ClientAuth: domain}, false},
		{"a.example", &httpmsg.TLSInfo{ServerName: "open.example"}, false},
		{"a.example", &httpmsg.TLSInfo{ServerName: "a.example"}, false}, // from before it was asked
		{"a.example", nil, false},
		{"open.example", &httpmsg.TLSInfo{ServerName: "a.example", ClientAuth: domain}, false},
		{"open.example", &httpmsg.TLSInfo{ServerName: "other.example"}, true},
		{"open.example", nil, true},
		{"x.closed.example", &httpmsg.TLSInfo{}, false},
		{"y.x.closed.example", &httpmsg.TLSInfo{}, false}, // a wildcard is for all below it, as where an app claims it
		{"y.x.closed.example", nil, false},
		{"y.x.closed.example", &httpmsg.TLSInfo{ServerName: "y.x.closed.example", ClientAuth: domain}, true},
		{"closed.example", &httpmsg.TLSInfo{}, true},
	} {
		if err := s.Admit(c.host, c.info); (err == nil) != c.ok || err != nil && !errors.Is(err, ErrMisdirected) {
			t.Errorf("%s over %+v: %v", c.host, c.info, err)
		}
	}
}

// Rules are found as apps and routes are: by the name, or else by the longest wildcard
// that it is below, at any depth.
func TestClientsOf(t *testing.T) {
	rule := func(domain string) *ClientAuth { return &ClientAuth{domain: domain} }
	clients := NewClients(map[string]*ClientAuth{
		"": rule("general"), "*.example.com": rule("wide"), "*.b.example.com": rule("narrow"), "www.b.example.com": rule("exact"),
	})
	for host, want := range map[string]string{
		"a.example.com": "wide", "a.a.example.com": "wide", "a.a.a.example.com": "wide", "b.example.com": "wide",
		"a.b.example.com": "narrow", "a.a.b.example.com": "narrow", "a.www.b.example.com": "narrow",
		"www.b.example.com": "exact", "WWW.b.Example.com.": "exact",
		"example.com": "general", "other.example": "general", "aexample.com": "general", "": "general", "[::1]": "general",
	} {
		if got := clients.of(host).domain; got != want {
			t.Errorf("%q gets the rule %q, want %q", host, got, want)
		}
	}
	if got := NewClients(nil).of("a.example.com"); got.mode != Off || got.domain != "" {
		t.Errorf("without rules, %+v is asked", got)
	}
}

func TestClientFiles(t *testing.T) {
	file := t.TempDir() + "/ca.pem"
	if err := os.WriteFile(file, newIssuer(t, "ours").pem(), 0o600); err != nil {
		t.Fatal(err)
	}
	f := NewClientFiles([]ClientRule{{Host: "a.example", Mode: Verify, File: file}, {Mode: Request}})
	clients, err := f.Reload()
	if err != nil || clients.of("a.example").mode != Verify || clients.of("b.example").mode != Request {
		t.Fatalf("got %+v, %v", clients, err)
	}
	if clients, err := f.Refresh(); clients != nil || err != nil {
		t.Errorf("nothing has changed, but %v, %v", clients, err)
	}
	put(t, file, []byte("nonsense"))
	for range 2 {
		if clients, err := f.Reload(); clients != nil || err == nil || !strings.HasPrefix(err.Error(), file) {
			t.Errorf("got %v, %v", clients, err)
		}
	}
	if clients, err := f.Refresh(); clients != nil || err != nil {
		t.Errorf("it is told twice: %v, %v", clients, err)
	}
	put(t, file, newIssuer(t, "others").pem())
	if clients, err := f.Refresh(); clients == nil || err != nil {
		t.Errorf("got %v, %v", clients, err)
	}
	// What keeps a file from being read may be nothing that it shows.
	away := file + "~"
	if err := os.Rename(file, away); err != nil {
		t.Fatal(err)
	}
	if clients, err := f.Refresh(); clients != nil || err == nil {
		t.Errorf("got %v, %v", clients, err)
	}
	if err := os.Rename(away, file); err != nil {
		t.Fatal(err)
	}
	for _, want := range []bool{true, false} {
		if clients, err := f.Refresh(); (clients != nil) != want || err != nil {
			t.Errorf("got %v, %v, want some: %v", clients, err, want)
		}
	}
}

func TestAuthority(t *testing.T) {
	dir := t.TempDir() + "/local-ca"
	first, err := OpenAuthority(dir, time.Now())
	if err != nil || !first.Fresh {
		t.Fatalf("got %+v, %v", first, err)
	}
	again, err := OpenAuthority(dir, time.Now())
	if err != nil || again.Fresh || !again.leaf.Equal(first.leaf) {
		t.Fatalf("got %+v, %v", again, err)
	}
	for _, name := range []string{authorityCert, authorityKey} {
		if info, err := os.Stat(dir + "/" + name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	source, err := again.Issue([]string{"localhost", "*.localhost", "127.0.0.1", "::1"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewServer(Config{Source: source, Now: time.Now, HandshakeTimeout: 20 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	for name, ok := range map[string]bool{"localhost": true, "shop.localhost": true, "127.0.0.1": true, "::1": true, "example.com": false} {
		client := &tls.Config{ServerName: name, RootCAs: (&issuer{leaf: first.leaf}).pool()}
		if r := handshake(t, s, client); (r.err == nil) != ok {
			t.Errorf("%s: %v", name, r.err)
		}
	}
	put(t, dir+"/"+authorityCert, []byte("nonsense"))
	if _, err := OpenAuthority(dir, time.Now()); err == nil || !strings.Contains(err.Error(), "remove the folder") {
		t.Errorf("got %v", err)
	}
}
