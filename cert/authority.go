package cert

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// Authority signs certificates that are good on one machine only: where its own
// certificate is trusted. Its key never leaves the folder that it is in.
type Authority struct {
	leaf *x509.Certificate
	key  crypto.Signer
	// File is where the certificate is, PEM.
	File string
	// Fresh says that the authority was made just now, so that nobody trusts it yet.
	Fresh bool
}

// The files of an authority, and how long it and what it signs are good for. Clients
// take no certificate that is good for more than 398 days.
const (
	authorityCert = "ca.pem"
	authorityKey  = "ca-key.pem"
	authorityLife = 10 * 365 * 24 * time.Hour
	leafLife      = 90 * 24 * time.Hour
)

// OpenAuthority returns the authority whose files are in a folder, and makes one if
// there is none or its time is over. Only the user may read what it writes.
func OpenAuthority(dir string, now time.Time) (*Authority, error) {
	a := &Authority{File: filepath.Join(dir, authorityCert)}
	keyFile := filepath.Join(dir, authorityKey)
	pair, err := tls.LoadX509KeyPair(a.File, keyFile)
	switch {
	case err == nil && pair.Leaf.IsCA && now.Add(leafLife).Before(pair.Leaf.NotAfter):
		a.leaf, a.key = pair.Leaf, pair.PrivateKey.(crypto.Signer)
		return a, nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("the local certificate authority in %s cannot be used (remove the folder to have a new one): %w", dir, err)
	}
	a.Fresh = true
	if err := a.create(dir, keyFile, now); err != nil {
		return nil, fmt.Errorf("the local certificate authority cannot be made in %s: %w", dir, err)
	}
	return a, nil
}

// create makes the authority. The certificate is written last: without it there is no
// authority.
func (a *Authority) create(dir, keyFile string, now time.Time) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	host, _ := os.Hostname() // so that people with two machines can tell
	template := &x509.Certificate{
		Subject:               pkix.Name{Organization: []string{"Hedge"}, CommonName: "Hedge development on " + host},
		NotBefore:             now.Add(-time.Hour),
		NotAfter:              now.Add(authorityLife),
		IsCA:                  true,
		MaxPathLenZero:        true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := sign(template, template, key, key)
	if err != nil {
		return err
	}
	a.key = key
	if a.leaf, err = x509.ParseCertificate(der); err != nil {
		return err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := writePEM(keyFile, "PRIVATE KEY", keyDER); err != nil {
		return err
	}
	return writePEM(a.File, "CERTIFICATE", der)
}

// writePEM puts a file in place as a whole, for its user alone.
func writePEM(name, kind string, der []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".new-*") // has the mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // nothing, when it has its name
	err = errors.Join(pem.Encode(f, &pem.Block{Type: kind, Bytes: der}), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

func sign(template, parent *x509.Certificate, leafKey, key crypto.Signer) ([]byte, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	template.SerialNumber = serial
	return x509.CreateCertificate(rand.Reader, template, parent, leafKey.Public(), key)
}

// Issue returns a Source with one certificate for hosts, which may be names,
// wildcards and addresses. It is kept in memory alone.
func (a *Authority) Issue(hosts []string, now time.Time) (Source, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		Subject:     pkix.Name{Organization: []string{"Hedge development"}},
		NotBefore:   now.Add(-time.Hour),
		NotAfter:    now.Add(leafLife),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, normal(host))
		}
	}
	der, err := sign(template, a.leaf, key, a.key)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return issued{newIndex([]*tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}})}, nil
}

// issued is a Source that does not change.
type issued struct{ index *index }

func (i issued) Certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	return i.index.choose(hello), nil
}
