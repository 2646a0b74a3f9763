package httpmsg

import "testing"

func TestNegotiateEncoding(t *testing.T) {
	for _, tt := range []struct {
		accept string
		want   string
		ok     bool
	}{
		{"gzip, deflate, br, zstd", "zstd", true},
		{"gzip, br;q=0.5", "gzip", true},
		{"gzip;q=0.5, br;q=0.5", "br", true},
		{"x-gzip", "gzip", true},
		{"GZIP", "gzip", true},
		{"*", "zstd", true},
		{"*;q=0", "identity", false},
		{"identity;q=0", "identity", false},
		{"identity;q=0, *", "zstd", true},
		{"identity, gzip;q=0.5", "identity", true},
		{"identity;q=0.5, gzip;q=1.0", "gzip", true},
		{"zstd;q=0, *;q=0.1", "br", true},
		{"", "identity", true},
		{"deflate", "identity", true},
		{"gzip;q=x, br;q=2, zstd;q=0.0001", "identity", true},
		{"gzip;q=.5", "gzip", true},
		{"gzip;q=0.000", "identity", true},
	} {
		req := NewHeader("Accept-Encoding", tt.accept)
		if got, ok := NegotiateEncoding(&req, "zstd", "br", "gzip"); got != tt.want || ok != tt.ok {
			t.Errorf("Accept-Encoding: %s → %q, %v; want %q, %v", tt.accept, got, ok, tt.want, tt.ok)
		}
	}
	if got, ok := NegotiateEncoding(&Header{}, "gzip"); got != "identity" || !ok {
		t.Errorf("no Accept-Encoding → %q, %v", got, ok)
	}
}

func TestNegotiateType(t *testing.T) {
	for _, tt := range []struct {
		accept string
		want   string
	}{
		{"image/avif,image/webp,*/*;q=0.8", "image/avif"},
		{"image/webp,*/*;q=0.8", "image/webp"},
		{"image/*", "image/avif"},
		{"image/*;q=0.5, image/png", "image/png"},
		{"*/*, image/avif;q=0, image/webp;q=0", "image/png"},
		{"text/html", ""},
		{"*", "image/avif"},
		{"text/html, *; q=.2, */*; q=.2", "image/avif"},
		{"IMAGE/PNG;Q=1", "image/png"},
		{"image/png;level=1", ""},
		{"garbage, image/png", "image/png"},
		{"", ""},
	} {
		req := NewHeader("Accept", tt.accept)
		if got, ok := NegotiateType(&req, "image/avif", "image/webp", "image/png"); got != tt.want || ok != (tt.want != "") {
			t.Errorf("Accept: %s → %q, %v; want %q", tt.accept, got, ok, tt.want)
		}
	}
	if got, ok := NegotiateType(&Header{}, "a/b", "c/d"); got != "a/b" || !ok {
		t.Errorf("no Accept → %q, %v", got, ok)
	}
}

// The table of RFC 9110 §12.5.1.
func TestTypeWeight(t *testing.T) {
	req := NewHeader("Accept", "text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, text/plain;format=fixed;q=0.4, */*;q=0.5")
	for s, want := range map[string]int{
		"text/plain;format=flowed": 1000,
		"text/plain":               700,
		"text/html":                300,
		"image/jpeg":               500,
		"text/plain;format=fixed":  400,
		"text/html;level=3":        300,
	} {
		m, _ := ParseMediaType(s)
		if got := typeWeight(&req, m); got != want {
			t.Errorf("%s: %d, want %d", s, got, want)
		}
	}
}

func TestParseMediaType(t *testing.T) {
	m, ok := ParseMediaType(` Text/HTML ; charset="UTF-8"`)
	if !ok || !m.Is("text/html") || m.Is("text/htm") || m.Is("texthtml/") || m.Charset() != "utf-8" {
		t.Errorf("%+v, %v, charset %q", m, ok, m.Charset())
	}
	for _, s := range []string{"", "text", "text/", "/html", "te xt/html", "text/html/x", "*"} {
		if m, ok := ParseMediaType(s); ok {
			t.Errorf("ParseMediaType(%q) = %+v", s, m)
		}
	}
}
