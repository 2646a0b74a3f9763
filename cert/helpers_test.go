package cert

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"hedge/httpmsg"
)

// issuer is a certificate authority of a test.
type issuer struct {
	leaf *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newIssuer(t testing.TB, name string) *issuer {
	t.Helper()
	i := &issuer{key: newKey(t)}
	i.leaf = i.sign(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(100 * 24 * time.Hour),
	}, i.key)
	return i
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// sign signs a certificate, its own if it has none yet.
func (i *issuer) sign(t testing.TB, template *x509.Certificate, key *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	parent := i.leaf
	if parent == nil {
		parent = template
	}
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, i.key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return leaf
}

// issue makes a certificate for names, for servers and clients alike.
func (i *issuer) issue(t testing.TB, expires time.Time, names ...string) tls.Certificate {
	t.Helper()
	key := newKey(t)
	leaf := i.sign(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: "leaf"}, DNSNames: names,
		NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: expires,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, key)
	return tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key, Leaf: leaf}
}

func (i *issuer) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(i.leaf)
	return pool
}

func (i *issuer) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: i.leaf.Raw})
}

// write writes a pair to files in dir.
func write(t testing.TB, dir string, c tls.Certificate) Pair {
	t.Helper()
	p := Pair{filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")}
	der, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	put(t, p.Cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]}))
	put(t, p.Key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	return p
}

// put replaces a file so that it looks changed, whatever the clock of the disk does.
func put(t testing.TB, name string, content []byte) {
	t.Helper()
	before := stampOf(name)
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if after := before.changed.Add(time.Second); before != (stamp{}) {
		if err := os.Chtimes(name, after, after); err != nil {
			t.Fatal(err)
		}
	}
}

// static is a Source for tests.
type static struct{ *index }

func (s static) Certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	return s.choose(hello), nil
}

// result is how a handshake went, on both sides.
type result struct {
	client tls.ConnectionState
	info   *httpmsg.TLSInfo
	err    error // the server's, or else the client's
}

// handshake has a client connect, and read one byte, behind which tickets come.
func handshake(t testing.TB, s *Server, client *tls.Config) result {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	var r result
	done := make(chan struct{})
	go func() { // ends with the handshake, which has a timeout
		defer close(done)
		nc, err := ln.Accept()
		if err != nil {
			r.err = err
			return
		}
		tc, info, err := s.Handshake(t.Context(), nc)
		if r.info, r.err = info, err; err == nil {
			_, _ = tc.Write([]byte{1})
			_ = tc.Close()
		}
	}()
	tc, clientErr := tls.Dial("tcp", ln.Addr().String(), client)
	if clientErr == nil {
		var n int
		if n, clientErr = tc.Read(make([]byte, 1)); n == 1 {
			clientErr = nil
		}
		r.client = tc.ConnectionState()
		_ = tc.Close()
	}
	<-done
	if r.err == nil {
		r.err = clientErr
	}
	return r
}
