package coding

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

var codings = []string{"gzip", "x-gzip", "deflate", "br", "zstd", "gzip, br", "br, gzip", "deflate, gzip, zstd"}

func TestRoundTrip(t *testing.T) {
	text := strings.Repeat("the edge of the network, ", 10_000)
	for _, coding := range codings {
		t.Run(coding, func(t *testing.T) {
			encoded := Encode(coding, io.NopCloser(iotest.HalfReader(strings.NewReader(text))), Uncounted{})
			got, err := io.ReadAll(Decode(coding, encoded, Uncounted{}))
			if err != nil || string(got) != text {
				t.Fatalf("%d bytes, %v; want %d", len(got), err, len(text))
			}
		})
	}
}

// A list is decoded as it was applied (RFC 9110 §8.4): what it says last comes off first.
func TestListsOfCodings(t *testing.T) {
	gzipped, err := io.ReadAll(Encode("gzip", io.NopCloser(strings.NewReader("text")), Uncounted{}))
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(Decode("br", Encode("gzip, br", io.NopCloser(strings.NewReader("text")), Uncounted{}), Uncounted{}))
	if err != nil || !bytes.Equal(got, gzipped) {
		t.Errorf("what is below the last coding is %x, %v; want %x", got, err, gzipped)
	}
	for _, c := range []struct {
		field, normal string
		known         bool
	}{
		{"", "", false},
		{"identity", "", false},
		{" GZIP ", "gzip", true},
		{"gzip,br", "gzip, br", true},
		{"identity, gzip,, Identity ,br", "gzip, br", true},
		{"gzip, compress", "gzip, compress", false},
		{"gzip, gzip, gzip", "gzip, gzip, gzip", true},
		{"gzip, gzip, gzip, gzip", "gzip, gzip, gzip, gzip", false},
	} {
		if normal := Normal(c.field); normal != c.normal || Known(normal) != c.known {
			t.Errorf("%q is %q, known: %v; want %q, %v", c.field, normal, Known(normal), c.normal, c.known)
		}
	}
}

// A chunk that was written must be readable before the next one is there.
func TestStreamFlows(t *testing.T) {
	for _, coding := range codings {
		t.Run(coding, func(t *testing.T) {
			r, w := io.Pipe()
			defer w.Close()
			decoded := Decode(coding, Encode(coding, r, Uncounted{}), Uncounted{})
			for _, chunk := range []string{"first ", "second ", "third"} {
				go func() { _, _ = io.WriteString(w, chunk) }()
				got := make([]byte, len(chunk))
				if _, err := io.ReadFull(decoded, got); err != nil || string(got) != chunk {
					t.Fatalf("%q, %v; want %q", got, err, chunk)
				}
			}
		})
	}
}

func TestBrokenBodies(t *testing.T) {
	for _, coding := range codings {
		encoded, err := io.ReadAll(Encode(coding, io.NopCloser(strings.NewReader("some text that is cut off")), Uncounted{}))
		if err != nil {
			t.Fatal(err)
		}
		for name, body := range map[string][]byte{"truncated": encoded[:len(encoded)-3], "garbage": []byte("\xFF\xFEnot compressed at all")} {
			if _, err := io.ReadAll(Decode(coding, io.NopCloser(bytes.NewReader(body)), Uncounted{})); !errors.Is(err, ErrCorrupt) {
				t.Errorf("%s, %s: %v", coding, name, err)
			}
		}
		if got, err := io.ReadAll(Decode(coding, io.NopCloser(strings.NewReader("")), Uncounted{})); err != nil || len(got) != 0 {
			t.Errorf("%s, empty: %q, %v", coding, got, err)
		}
	}
}

func TestErrorsPassThrough(t *testing.T) {
	broken := errors.New("the origin broke off")
	for _, coding := range codings {
		if _, err := io.ReadAll(Encode(coding, io.NopCloser(iotest.ErrReader(broken)), Uncounted{})); !errors.Is(err, broken) {
			t.Errorf("%s: %v", coding, err)
		}
		whole, err := io.ReadAll(Encode(coding, io.NopCloser(strings.NewReader("some text that breaks off")), Uncounted{}))
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{0, 1, len(whole) - 3} {
			half := io.MultiReader(bytes.NewReader(whole[:n]), iotest.ErrReader(broken))
			if _, err := io.ReadAll(Decode(coding, io.NopCloser(half), Uncounted{})); !errors.Is(err, broken) || errors.Is(err, ErrCorrupt) {
				t.Errorf("%s, after %d bytes: %v", coding, n, err)
			}
		}
	}
}

func TestRawDeflate(t *testing.T) {
	// "hello" as deflate without the zlib header, which some servers send.
	raw := []byte{0xCB, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00}
	got, err := io.ReadAll(Decode("deflate", io.NopCloser(bytes.NewReader(raw)), Uncounted{}))
	if err != nil || string(got) != "hello" {
		t.Fatalf("%q, %v", got, err)
	}
}
