package httpmsg

import "testing"

func TestEscapeNonASCII(t *testing.T) {
	for in, want := range map[string]string{"": "", "/a?b=%20": "/a?b=%20", "/ü?ö": "/%C3%BC?%C3%B6", "\xff": "%FF"} {
		if got := EscapeNonASCII(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
