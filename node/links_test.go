package node

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hedge"
)

// files is a folder of certificates that one authority has signed.
type files struct {
	dir       string
	authority *x509.Certificate
	key       *ecdsa.PrivateKey
}

// newFiles makes an authority, and ca.pem of it.
func newFiles(t *testing.T) *files {
	t.Helper()
	f := &files{dir: t.TempDir()}
	f.authority, f.key = f.sign(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	})
	f.write(t, "ca.pem", "CERTIFICATE", f.authority.Raw)
	return f
}

func (f *files) sign(t *testing.T, template *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	parent, by := f.authority, f.key
	if parent == nil {
		parent, by = template, key
	}
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, by)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return certificate, key
}

func (f *files) write(t *testing.T, name, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(f.dir, name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}

// issue writes client.pem and client.key, for somebody of this name.
func (f *files) issue(t *testing.T, name string) tls.Certificate {
	t.Helper()
	certificate, key := f.sign(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	})
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	f.write(t, "client.pem", "CERTIFICATE", certificate.Raw)
	f.write(t, "client.key", "PRIVATE KEY", der)
	return tls.Certificate{Certificate: [][]byte{certificate.Raw}, PrivateKey: key}
}

// vault is an origin called vault.internal that lets nobody in without a certificate
// of the authority. It answers with who came, and under which names.
func (f *files) vault(t *testing.T, change func(*tls.Config)) string {
	t.Helper()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(r.TLS.PeerCertificates[0].Subject.CommonName + " " + r.TLS.ServerName + " " + r.Host))
	}))
	pool := x509.NewCertPool()
	pool.AddCert(f.authority)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{f.issue(t, "vault.internal")}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool}
	if change != nil {
		change(server.TLS)
	}
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.URL
}

// An origin that asks for a certificate gets the upstream's own, under the names that
// the configuration says; what else is wrong is an answer of 502 with its outcome.
func TestOriginsThatAskForCertificates(t *testing.T) {
	f := newFiles(t)
	url := f.vault(t, nil)
	old := f.vault(t, func(cfg *tls.Config) { cfg.MaxVersion = tls.VersionTLS12 })
	f.issue(t, "edge")
	whole := hedge.OriginTLS{Certificate: "client.pem", Key: "client.key", CA: "ca.pem", ServerName: "vault.internal"}
	for _, c := range []struct {
		name   string
		target string
		host   hedge.HostPolicy
		change func(*hedge.OriginTLS)
		want   string
	}{
		{"whole", url, "www.example.com", func(*hedge.OriginTLS) {}, "edge vault.internal www.example.com"},
		{"TLS 1.2", old, "www.example.com", func(*hedge.OriginTLS) {}, "edge vault.internal www.example.com"},
		{"TLS 1.2 is too old", old, "", func(s *hedge.OriginTLS) { s.MinVersion = hedge.TLS13 }, "origin-tls"},
		{"no certificate", url, "", func(s *hedge.OriginTLS) { s.Certificate, s.Key = "", "" }, "origin-"},
		{"another authority", url, "", func(s *hedge.OriginTLS) { s.CA = "" }, "origin-tls"},
		{"the target's own name", url, "", func(s *hedge.OriginTLS) { s.ServerName = "" }, "origin-tls"},
	} {
		t.Run(c.name, func(t *testing.T) {
			release := toUpstream(c.target)
			spec := whole
			c.change(&spec)
			release.Dir, release.Upstreams["site"] = f.dir, hedge.Upstream{Targets: []string{c.target}, Host: c.host, TLS: spec, Retry: hedge.Retry{Tries: -1}}
			n := start(t, Config{}, nil, release)
			_, body, err := n.get(t, "/")
			if err != nil {
				t.Fatal(err)
			}
			if a := <-n.access; a.Outcome != "" && !strings.HasPrefix(string(a.Outcome), c.want) || a.Outcome == "" && body != c.want {
				t.Errorf("got %q and %s, want %s", body, a.Outcome, c.want)
			}
		})
	}
}

// A reload takes files that have changed, and refuses broken ones.
func TestReplaceReadsCertificatesAgain(t *testing.T) {
	f := newFiles(t)
	release := toUpstream(f.vault(t, nil))
	f.issue(t, "first")
	release.ID, release.Dir = "1", f.dir
	release.Upstreams["site"] = hedge.Upstream{Targets: release.Upstreams["site"].Targets, TLS: hedge.OriginTLS{Certificate: "client.pem", Key: "client.key", CA: "ca.pem", ServerName: "vault.internal"}}
	n := start(t, Config{}, nil, release)
	want := func(who string) {
		t.Helper()
		if _, body, err := n.get(t, "/"); err != nil || !strings.HasPrefix(body, who+" ") {
			t.Errorf("the origin was asked by %q, %v; want %s", body, err, who)
		}
	}
	replace := func() ([]string, error) { return n.Replace(t.Context(), []*hedge.Release{release}) }
	want("first")
	if changed, err := replace(); err != nil || len(changed) > 0 {
		t.Errorf("without a change, %v has changed, %v", changed, err)
	}
	f.issue(t, "second")
	want("first")
	if changed, err := replace(); err != nil || len(changed) != 1 || changed[0] != "shop" {
		t.Errorf("%v has changed, %v", changed, err)
	}
	want("second")
	if err := os.WriteFile(filepath.Join(f.dir, "client.pem"), []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := replace(); err == nil || !strings.Contains(err.Error(), "client.pem") || !strings.Contains(err.Error(), `"site"`) {
		t.Errorf("a broken file is refused with %v", err)
	}
	want("second")
}
