package cert

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestReload(t *testing.T) {
	ca, dir := newIssuer(t, "ca"), t.TempDir()
	later := time.Now().Add(time.Hour)
	first := ca.issue(t, later, "a.example")
	pair := write(t, dir, first)
	f, err := OpenFiles([]Pair{pair}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	serves := func(want tls.Certificate) {
		t.Helper()
		got, err := f.Certificate(&tls.ClientHelloInfo{ServerName: "a.example"})
		if err != nil || got == nil || !got.Leaf.Equal(want.Leaf) {
			t.Errorf("another certificate is served (%v)", err)
		}
	}
	serves(first)
	if taken, err := f.Refresh(); len(taken) > 0 || err != nil {
		t.Errorf("nothing has changed, but %v, %v", taken, err)
	}
	second := ca.issue(t, later, "a.example")
	write(t, dir, second)
	if taken, err := f.Refresh(); len(taken) != 1 || err != nil {
		t.Errorf("got %v, %v", taken, err)
	}
	serves(second)
	for _, c := range []struct {
		name  string
		spoil func()
		want  string
	}{
		{"another key", func() { write(t, t.TempDir(), second); put(t, pair.Key, mustRead(t, write(t, t.TempDir(), first).Key)) }, "does not match"},
		{"expired", func() { write(t, dir, ca.issue(t, time.Now().Add(-time.Hour), "a.example")) }, "has expired"},
		{"no names", func() { write(t, dir, ca.issue(t, later)) }, "no subject alternative names"},
		{"no PEM", func() { put(t, pair.Cert, []byte("nonsense")) }, "failed to find any PEM data"},
		{"missing", func() { _ = os.Remove(pair.Cert) }, pair.Cert + ": no such file"},
	} {
		c.spoil()
		if taken, err := f.Refresh(); len(taken) > 0 || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, %v", c.name, taken, err)
		}
		if _, err := f.Refresh(); err != nil {
			t.Errorf("%s: is reported twice: %v", c.name, err)
		}
		if taken, err := f.Reload(); len(taken) > 0 || err == nil || f.Refused() == nil {
			t.Errorf("%s: a reload does not tell it: %v, %v", c.name, taken, err)
		}
		serves(second)
	}
	write(t, dir, first)
	if taken, err := f.Refresh(); len(taken) != 1 || err != nil || f.Refused() != nil {
		t.Errorf("got %v, %v, %v", taken, err, f.Refused())
	}
	serves(first)
	if taken, err := f.Reload(); len(taken) > 0 || err != nil {
		t.Errorf("a reload of what is in use already: %v, %v", taken, err)
	}
}

// What keeps a file from being used may be its mode or the clock, which its size and time
// do not show; and a file may change and look as before.
func TestRefusedFilesAreTriedAgain(t *testing.T) {
	ca, dir, now := newIssuer(t, "ca"), t.TempDir(), time.Now()
	later := now.Add(time.Hour)
	pair := write(t, dir, ca.issue(t, later, "a.example"))
	f, err := OpenFiles([]Pair{pair}, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	second := ca.issue(t, later, "a.example")
	now = now.Add(-24 * time.Hour)
	write(t, dir, second)
	if _, err := f.Refresh(); err == nil || !strings.Contains(err.Error(), "not valid before") {
		t.Fatalf("got %v", err)
	}
	now = now.Add(24 * time.Hour)
	if taken, err := f.Refresh(); len(taken) != 1 || err != nil {
		t.Errorf("when the clock is right: %v, %v", taken, err)
	}
	if c, err := f.Certificate(&tls.ClientHelloInfo{}); err != nil || !c.Leaf.Equal(second.Leaf) {
		t.Error("another certificate is served")
	}
	before, err := os.Stat(pair.Cert)
	if err != nil {
		t.Fatal(err)
	}
	nonsense := bytes.Repeat([]byte("#"), int(before.Size()))
	if err := errors.Join(os.WriteFile(pair.Cert, nonsense, 0o600), os.Chtimes(pair.Cert, before.ModTime(), before.ModTime())); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Refresh(); err != nil {
		t.Errorf("a file that looks as before is read: %v", err)
	}
	if _, err := f.Reload(); err == nil {
		t.Error("a reload does not read a file that looks as before")
	}
}

func mustRead(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestOpenFilesRefuses(t *testing.T) {
	if _, err := OpenFiles(nil, time.Now); err == nil {
		t.Error("no certificates are enough")
	}
	bad := Pair{filepath.Join(t.TempDir(), "nowhere.pem"), "nowhere-key.pem"}
	if _, err := OpenFiles([]Pair{bad}, time.Now); err == nil || !strings.HasPrefix(err.Error(), bad.Cert) {
		t.Errorf("got %v", err)
	}
}

// One certificate that has expired does not keep the others from being served.
func TestOpenFilesWithOneThatIsGood(t *testing.T) {
	ca, later := newIssuer(t, "ca"), time.Now().Add(time.Hour)
	dir := t.TempDir()
	expired := write(t, dir, ca.issue(t, time.Now().Add(-time.Hour), "b.example"))
	good := write(t, t.TempDir(), ca.issue(t, later, "a.example"))
	f, err := OpenFiles([]Pair{expired, good}, time.Now)
	if err != nil || f.Refused() == nil || !strings.HasPrefix(f.Refused().Error(), expired.Cert) {
		t.Fatalf("got %v", err)
	}
	for name, want := range map[string]bool{"": true, "a.example": true, "b.example": false} {
		if c, err := f.Certificate(&tls.ClientHelloInfo{ServerName: name}); (c != nil) != want || err != nil {
			t.Errorf("%q: %v, %v", name, c, err)
		}
	}
	if taken, err := f.Refresh(); len(taken) > 0 || err != nil {
		t.Errorf("nothing is new, but %v, %v", taken, err)
	}
	write(t, dir, ca.issue(t, later, "b.example"))
	if taken, err := f.Refresh(); len(taken) != 1 || err != nil {
		t.Errorf("the renewed one: %v, %v", taken, err)
	}
	if c, err := f.Certificate(&tls.ClientHelloInfo{ServerName: "b.example"}); c == nil || err != nil {
		t.Errorf("the renewed one is not served: %v", err)
	}
}

func TestChoose(t *testing.T) {
	ca := newIssuer(t, "ca")
	certificate := func(names ...string) *tls.Certificate {
		c := ca.issue(t, time.Now().Add(time.Hour), names...)
		return &c
	}
	first, wild, exact := certificate("first.example"), certificate("*.example.com", "example.com"), certificate("www.example.com")
	x := newIndex([]*tls.Certificate{first, wild, exact})
	for _, c := range []struct {
		asked string
		want  *tls.Certificate
	}{
		{"", first},
		{"first.example", first},
		{"FIRST.example", first},
		{"www.example.com", exact},
		{"shop.example.com", wild},
		{"example.com", wild},
		{"a.shop.example.com", nil},
		{"com", nil},
		{"other.example", nil},
	} {
		if got := x.choose(&tls.ClientHelloInfo{ServerName: c.asked}); got != c.want {
			t.Errorf("%q gets another certificate", c.asked)
		}
	}
}

// A client that can do RSA alone gets the second certificate of a site.
func TestChooseByWhatClientsSupport(t *testing.T) {
	ca := newIssuer(t, "ca")
	ecdsa := ca.issue(t, time.Now().Add(time.Hour), "a.example")
	other := ca.issue(t, time.Now().Add(time.Hour), "a.example")
	x := newIndex([]*tls.Certificate{&ecdsa, &other})
	can := &tls.ClientHelloInfo{
		ServerName: "a.example", SupportedVersions: []uint16{tls.VersionTLS13}, CipherSuites: []uint16{tls.TLS_AES_128_GCM_SHA256},
		SupportedCurves: []tls.CurveID{tls.CurveP256}, SignatureSchemes: []tls.SignatureScheme{tls.ECDSAWithP256AndSHA256},
	}
	if x.choose(can) != &ecdsa {
		t.Error("the first is not preferred")
	}
	can.SignatureSchemes = []tls.SignatureScheme{tls.PSSWithSHA256}
	if x.choose(can) != &other {
		t.Error("the second is not chosen")
	}
}

func BenchmarkChoose(b *testing.B) {
	ca := newIssuer(b, "ca")
	for _, n := range []int{1, 10_000} {
		x := newIndex(nil)
		c := ca.issue(b, time.Now().Add(time.Hour), "a.example")
		for i := range n {
			x.names.exact[fmt.Sprintf("host-%d.example", i)] = []*tls.Certificate{&c}
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				x.choose(&tls.ClientHelloInfo{ServerName: "host-0.example"})
			}
		})
	}
}
