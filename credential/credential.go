// Package credential reads the files that secure connections with origins: what they
// are shown of this edge, and whose word about them is taken.
package credential

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"hedge"
)

// FileError is what is wrong with a file.
type FileError struct {
	// Key is what names the file: "certificate", "key" or "ca".
	Key string
	Err error
}

// Error says which file it is, and what is wrong with it.
func (e *FileError) Error() string { return e.Err.Error() }

// Unwrap returns the error without the key.
func (e *FileError) Unwrap() error { return e.Err }

// Load reads the files of spec, which are relative to dir, and makes the base of a
// configuration for clients of them. The error is a *FileError.
func Load(spec hedge.OriginTLS, dir string, now time.Time) (*tls.Config, error) {
	cfg := &tls.Config{ServerName: spec.ServerName, MinVersion: tls.VersionTLS12}
	if spec.MinVersion == hedge.TLS13 {
		cfg.MinVersion = tls.VersionTLS13
	}
	if spec.CA != "" {
		file := in(dir, spec.CA)
		authorities, err := ReadPEM(file)
		if err != nil {
			return nil, &FileError{"ca", err}
		}
		cfg.RootCAs = x509.NewCertPool()
		if !cfg.RootCAs.AppendCertsFromPEM(authorities) {
			return nil, &FileError{"ca", fmt.Errorf("%s has no certificate in PEM", file)}
		}
	}
	if spec.Certificate != "" {
		pair, err := loadPair(in(dir, spec.Certificate), in(dir, spec.Key), now)
		if err != nil {
			return nil, err
		}
		cfg.Certificates = []tls.Certificate{*pair}
	}
	return cfg, nil
}

// in returns the path of a file that is named in dir.
func in(dir, file string) string {
	if filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(dir, file)
}

// loadPair reads a certificate and its private key.
func loadPair(certificate, key string, now time.Time) (*tls.Certificate, error) {
	chain, err := ReadPEM(certificate)
	if err != nil {
		return nil, &FileError{"certificate", err}
	}
	secret, err := ReadPEM(key)
	if err != nil {
		return nil, &FileError{"key", err}
	}
	pair, err := tls.X509KeyPair(chain, secret)
	if err != nil {
		return nil, &FileError{"certificate", fmt.Errorf("%s does not go with the key %s: %w", certificate, key, err)}
	}
	switch leaf := pair.Leaf; {
	case now.After(leaf.NotAfter):
		return nil, &FileError{"certificate", fmt.Errorf("%s has expired on %s: renew it", certificate, leaf.NotAfter.UTC().Format(time.DateOnly))}
	case now.Before(leaf.NotBefore):
		return nil, &FileError{"certificate", fmt.Errorf("%s is not valid before %s: check the clock of this machine", certificate, leaf.NotBefore.UTC().Format(time.DateTime))}
	}
	return &pair, nil
}

// Same reports whether two configurations show and believe the same.
func Same(a, b *tls.Config) bool {
	if len(a.Certificates) != len(b.Certificates) || (a.RootCAs == nil) != (b.RootCAs == nil) {
		return false
	}
	for i := range a.Certificates {
		if !slices.EqualFunc(a.Certificates[i].Certificate, b.Certificates[i].Certificate, bytes.Equal) {
			return false
		}
	}
	return a.RootCAs == nil || a.RootCAs.Equal(b.RootCAs)
}
