package coding_test

import (
	"bytes"
	"io"
	"runtime"
	"testing"

	"github.com/klauspost/compress/zstd"

	"hedge/coding"
)

// What a coder asks for is about what it takes, and it is asked before it is taken: four
// bytes make brotli take a window of 16 MiB.
func TestMemoryIsAskedFor(t *testing.T) {
	var frame bytes.Buffer
	w, err := zstd.NewWriter(&frame, zstd.WithWindowSize(8<<20))
	if err != nil {
		t.Fatal(err)
	}
	_, _ = w.Write(make([]byte, 9<<20))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	twice, err := io.ReadAll(coding.Encode("gzip", body([]byte("\xCF\xFF\xFF\xFF.")), coding.Uncounted{}))
	if err != nil {
		t.Fatal(err)
	}
	text := bytes.Repeat([]byte("a text that repeats, "), 1<<17)
	for name, coder := range map[string]func(coding.Memory) io.ReadCloser{
		"decode br":         func(m coding.Memory) io.ReadCloser { return coding.Decode("br", body([]byte("\xCF\xFF\xFF\xFF.")), m) },
		"decode br in gzip": func(m coding.Memory) io.ReadCloser { return coding.Decode("br, gzip", body(twice), m) },
		"encode br in zstd": func(m coding.Memory) io.ReadCloser { return coding.Encode("br, zstd", body(text), m) },
		"decompress brotli": func(m coding.Memory) io.ReadCloser {
			return coding.Decompress("brotli", body([]byte("\xCF\xFF\xFF\xFF.")), m)
		},
		"decode zstd":     func(m coding.Memory) io.ReadCloser { return coding.Decode("zstd", body(frame.Bytes()), m) },
		"decompress zstd": func(m coding.Memory) io.ReadCloser { return coding.Decompress("zstd", body(frame.Bytes()), m) },
		"encode gzip":     func(m coding.Memory) io.ReadCloser { return coding.Encode("gzip", body(text), m) },
		"encode br":       func(m coding.Memory) io.ReadCloser { return coding.Encode("br", body(text), m) },
		"encode zstd":     func(m coding.Memory) io.ReadCloser { return coding.Encode("zstd", body(text), m) },
		"compress brotli": func(m coding.Memory) io.ReadCloser { return coding.Compress("brotli", body(text), m) },
	} {
		t.Run(name, func(t *testing.T) {
			m := &account{}
			r := coder(m)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, _ = io.Copy(io.Discard, struct{ io.Reader }{r})
			runtime.ReadMemStats(&after)
			if took := int64(after.TotalAlloc - before.TotalAlloc); took > m.taken*3/2 {
				t.Errorf("it asked for %d KiB and took %d", m.taken>>10, took>>10)
			}
			if !m.released {
				t.Error("at its end it has given nothing back")
			}
			refusing := &account{err: io.ErrNoProgress}
			if n, err := coder(refusing).Read(make([]byte, 10)); n != 0 || err != io.ErrNoProgress {
				t.Errorf("refused, it read %d bytes, %v", n, err)
			}
			unread := &account{}
			if err := coder(unread).Close(); err != nil || unread.taken != 0 || !unread.released {
				t.Errorf("closed before a read: %+v, %v", unread, err)
			}
		})
	}
}

// The sizes of brotli's windows, from 1 KiB to 16 MiB, as its encoder writes them.
func TestBrotliWindows(t *testing.T) {
	for first, window := range map[byte]int64{
		0x21: 1 << 10, 0x31: 1 << 11, 0x71: 1 << 15, 0x00: 1 << 16, 0x01: 1 << 17, 0x03: 1 << 18, 0x0B: 1 << 22, 0x0F: 1 << 24,
	} {
		m := &account{}
		_, _ = coding.Decode("br", body([]byte{first}), m).Read(make([]byte, 1))
		if m.taken != window+1<<20 {
			t.Errorf("%#x: %d", first, m.taken)
		}
	}
}

// account is a coding.Memory that says what was asked of it.
type account struct {
	taken    int64
	released bool
	err      error
}

func (a *account) Take(bytes int64) error { a.taken += bytes; return a.err }
func (a *account) Release()               { a.released = true }
