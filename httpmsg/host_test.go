package httpmsg

import (
	"strings"
	"testing"

	"hedge"
)

func TestNormalHost(t *testing.T) {
	for authority, want := range map[string][2]string{
		"Example.COM":             {"example.com", ""},
		"example.com.":            {"example.com", ""},
		"example.com.:443":        {"example.com", "443"},
		"example.com:":            {"example.com", ""},
		"example.com:0080":        {"example.com", "80"},
		"localhost:65535":         {"localhost", "65535"},
		"a_b.example":             {"a_b.example", ""},
		"127.0.0.1:3000":          {"127.0.0.1", "3000"},
		"[::1]":                   {"[::1]", ""},
		"[2001:DB8:0:0:0:0:0:1]:": {"[2001:db8::1]", ""},
		"[::ffff:1.2.3.4]:8080":   {"[::ffff:1.2.3.4]", "8080"},
		"xn--bcher-kva.example":   {"xn--bcher-kva.example", ""},
		"1.example":               {"1.example", ""},
		"0x.fr":                   {"0x.fr", ""},
	} {
		host, port, err := NormalHost(authority)
		if err != nil || host != want[0] || port != want[1] {
			t.Errorf("NormalHost(%q) = %q, %q, %v; want %q", authority, host, port, err, want)
		}
	}
}

func TestNormalHostRefuses(t *testing.T) {
	for _, authority := range []string{
		"", ".", ":80", "a..b", ".a", "a b", "a/b", "user@a", "bücher.example", "a%41", "a\x00", "a\r\nb",
		"a:0", "a:65536", "a:999999999999", "a:+80", "a:8a", "a:1:2", "::1", "[::1", "[]", "[::1]x", "[::1%25eth0]", "[::1%eth0]",
		"[1.2.3.4]", "[v1.x]", "127.1", "1.2.3.256", "1.2.3.4.5", "0x7f.0x1", "0x7f000001", "2130706433", "01.2.3.4", "a.0x",
		strings.Repeat("a", 64), strings.Repeat("a.", 127) + "aa",
	} {
		host, port, err := NormalHost(authority)
		if err == nil || hedge.OutcomeOf(err) != hedge.OutcomeBadRequest {
			t.Errorf("NormalHost(%q) = %q, %q, %v; want an error", authority, host, port, err)
		}
	}
}

func TestJoinAuthority(t *testing.T) {
	for _, tt := range [][4]string{
		{"http", "a", "80", "a"},
		{"http", "a", "443", "a:443"},
		{"https", "[::1]", "443", "[::1]"},
		{"https", "a", "", "a"},
	} {
		if got := JoinAuthority(tt[0], tt[1], tt[2]); got != tt[3] {
			t.Errorf("JoinAuthority(%q, %q, %q) = %q", tt[0], tt[1], tt[2], got)
		}
	}
}

func FuzzHost(f *testing.F) {
	for _, s := range []string{"a.example:80", "[::1]:1", "1.2.3.4", "A.", "0x1", "[", "a:b:c", "a:00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, authority string) {
		host, port, err := NormalHost(authority)
		if err != nil {
			return
		}
		again := host
		if port != "" {
			again += ":" + port
		}
		host2, port2, err := NormalHost(again)
		if err != nil || host2 != host || port2 != port {
			t.Fatalf("NormalHost(%q) = %q, %q, and again %q, %q, %v", authority, host, port, host2, port2, err)
		}
		if strings.ContainsAny(host, "/\\@ \t\r\n?#%") || host != Lower(host) {
			t.Fatalf("NormalHost(%q) = %q", authority, host)
		}
	})
}
