package cert

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"time"

	"hedge/credential"
)

// Pair names the files of a certificate, both PEM.
type Pair struct {
	Cert string // the certificate, and behind it those that lead to a root
	Key  string // its private key
}

// load reads a pair and checks that it can serve.
func (p Pair) load(now time.Time) (*tls.Certificate, error) {
	chain, err := credential.ReadPEM(p.Cert)
	if err != nil {
		return nil, err
	}
	key, err := credential.ReadPEM(p.Key)
	if err != nil {
		return nil, err
	}
	c, err := tls.X509KeyPair(chain, key)
	if err != nil {
		return nil, fmt.Errorf("%s with the key %s: %w", p.Cert, p.Key, err)
	}
	if err := usable(c.Leaf, now); err != nil {
		return nil, fmt.Errorf("%s: %w", p.Cert, err)
	}
	return &c, nil
}

// usable says what keeps clients from accepting a certificate.
func usable(leaf *x509.Certificate, now time.Time) error {
	switch {
	case now.After(leaf.NotAfter):
		return fmt.Errorf("the certificate has expired on %s: renew it", leaf.NotAfter.UTC().Format(time.DateOnly))
	case now.Before(leaf.NotBefore):
		return fmt.Errorf("the certificate is not valid before %s: check the clock of this machine", leaf.NotBefore.UTC().Format(time.DateTime))
	case len(leaf.DNSNames) == 0 && len(leaf.IPAddresses) == 0:
		return errors.New("the certificate has no subject alternative names, without which no client accepts it")
	}
	return nil
}

// stamp is how a file looks from outside; a changed one looks different.
type stamp struct {
	size    int64
	changed time.Time
}

// stampOf follows links, which is how many tools put a new file in place.
func stampOf(name string) stamp {
	info, err := os.Stat(name)
	if err != nil {
		return stamp{}
	}
	return stamp{info.Size(), info.ModTime()}
}
