package credential_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hedge"
	"hedge/cert"
	"hedge/credential"
)

// What is wrong with a file names it, and the key that it stands behind.
func TestFiles(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	authority, err := cert.OpenAuthority(dir, now)
	if err != nil {
		t.Fatal(err)
	}
	pair, key := filepath.Base(authority.File), strings.Replace(filepath.Base(authority.File), "ca.pem", "ca-key.pem", 1)
	if err := os.WriteFile(filepath.Join(dir, "broken.pem"), []byte("-----"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name     string
		spec     hedge.OriginTLS
		now      time.Time
		key, why string
	}{
		{"whole", hedge.OriginTLS{Certificate: pair, Key: key, CA: pair}, now, "", ""},
		{"absolute", hedge.OriginTLS{CA: filepath.Join(dir, pair)}, now, "", ""},
		{"no file", hedge.OriginTLS{CA: "none.pem"}, now, "ca", "none.pem: no such file"},
		{"no authority", hedge.OriginTLS{CA: "broken.pem"}, now, "ca", "no certificate in PEM"},
		{"no key", hedge.OriginTLS{Certificate: pair, Key: "none.pem"}, now, "key", "no such file"},
		{"another key", hedge.OriginTLS{Certificate: pair, Key: "broken.pem"}, now, "certificate", "does not go with the key"},
		{"expired", hedge.OriginTLS{Certificate: pair, Key: key}, now.AddDate(100, 0, 0), "certificate", "renew it"},
		{"of the future", hedge.OriginTLS{Certificate: pair, Key: key}, now.AddDate(-1, 0, 0), "certificate", "check the clock"},
	} {
		cfg, err := credential.Load(c.spec, dir, c.now)
		var wrong *credential.FileError
		switch {
		case c.key == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.key == "":
			again, err := credential.Load(c.spec, dir, c.now)
			nobody, _ := credential.Load(hedge.OriginTLS{}, dir, c.now)
			if err != nil || !credential.Same(cfg, again) || credential.Same(cfg, nobody) {
				t.Errorf("%s: it is not the same as itself, or the same as another", c.name)
			}
		case !errors.As(err, &wrong) || wrong.Key != c.key || !strings.Contains(err.Error(), c.why):
			t.Errorf("%s: got %v, want %s in %q", c.name, err, c.why, c.key)
		}
	}
}
