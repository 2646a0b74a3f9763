package coding_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"hedge/coding"
)

func TestFormats(t *testing.T) {
	text := bytes.Repeat([]byte("a text that repeats, "), 5000)
	for _, format := range []string{"brotli", "deflate", "deflate-raw", "gzip", "zstd"} {
		t.Run(format, func(t *testing.T) {
			packed := all(t, coding.Compress(format, body(text), coding.Uncounted{}))
			if len(packed) >= len(text)/10 {
				t.Errorf("%d bytes became %d", len(text), len(packed))
			}
			if got := all(t, coding.Decompress(format, body(packed), coding.Uncounted{})); !bytes.Equal(got, text) {
				t.Errorf("%d bytes came back, want %d", len(got), len(text))
			}
			for name, bad := range map[string][]byte{
				"nothing":   {},
				"cut off":   packed[:len(packed)-3],
				"more":      append(bytes.Clone(packed), 1, 2, 3),
				"something": bytes.Repeat([]byte{0xfb}, 100),
			} {
				if _, err := io.ReadAll(coding.Decompress(format, body(bad), coding.Uncounted{})); err == nil {
					t.Errorf("%s: no error", name)
				}
			}
		})
	}
	if coding.KnownFormat("lzw") {
		t.Error("lzw is known")
	}
}

// What has been decompressed is given before the end of the body is waited for.
func TestDecompressFlows(t *testing.T) {
	packed := all(t, coding.Compress("gzip", body([]byte("hello")), coding.Uncounted{}))
	in, out := io.Pipe()
	go func() { _, _ = out.Write(packed) }() // ends with the pipe
	got := make([]byte, 5)
	r := coding.Decompress("gzip", in, coding.Uncounted{})
	if _, err := io.ReadFull(r, got); err != nil || string(got) != "hello" {
		t.Errorf("%q, %v", got, err)
	}
	if err := errors.Join(r.Close(), out.Close()); err != nil {
		t.Error(err)
	}
}

func body(b []byte) io.ReadCloser { return io.NopCloser(bytes.NewReader(b)) }

func all(t *testing.T, r io.ReadCloser) []byte {
	t.Helper()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
