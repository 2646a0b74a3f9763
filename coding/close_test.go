package coding_test

import (
	"bytes"
	"errors"
	"io"
	"sync"
	"testing"

	"hedge/coding"
)

// A server closes the body of an answer when its client goes away, whatever is being
// done with it, and whoever reads it closes it as well. What is under way ends, and
// nothing is closed twice that may be closed once.
func TestCloseAmidRead(t *testing.T) {
	text := bytes.Repeat([]byte("text that is compressed "), 500)
	coders := map[string]func(io.ReadCloser) io.ReadCloser{}
	packed := map[string][]byte{}
	for _, name := range []string{"gzip", "deflate", "br", "zstd"} {
		coders["decode "+name] = func(b io.ReadCloser) io.ReadCloser { return coding.Decode(name, b, coding.Uncounted{}) }
		packed["decode "+name] = all(t, coding.Encode(name, body(text), coding.Uncounted{}))
		coders["encode "+name] = func(b io.ReadCloser) io.ReadCloser { return coding.Encode(name, b, coding.Uncounted{}) }
	}
	for _, name := range []string{"gzip", "deflate", "deflate-raw", "brotli", "zstd"} {
		coders["decompress "+name] = func(b io.ReadCloser) io.ReadCloser { return coding.Decompress(name, b, coding.Uncounted{}) }
		packed["decompress "+name] = all(t, coding.Compress(name, body(text), coding.Uncounted{}))
		coders["compress "+name] = func(b io.ReadCloser) io.ReadCloser { return coding.Compress(name, b, coding.Uncounted{}) }
	}
	for name, coder := range coders {
		t.Run(name, func(t *testing.T) {
			data := text
			if p, ok := packed[name]; ok {
				data = p[:len(p)-8]
			}
			for range 50 {
				closeAmidRead(t, coder, data)
			}
		})
	}
}

func closeAmidRead(t *testing.T, coder func(io.ReadCloser) io.ReadCloser, data []byte) {
	t.Helper()
	stalls := &stallingBody{data: bytes.NewReader(data), stalled: make(chan struct{}), closed: make(chan struct{})}
	coded := coder(stalls)
	var err error
	var work sync.WaitGroup
	work.Go(func() {
		_, err = io.Copy(io.Discard, struct{ io.Reader }{coded})
		_ = coded.Close()
	})
	<-stalls.stalled
	work.Go(func() { _ = coded.Close() })
	work.Wait()
	if !errors.Is(err, io.ErrClosedPipe) {
		t.Fatalf("the read ended with %v", err)
	}
}

// stallingBody gives its data, and then nothing until it is closed.
type stallingBody struct {
	data            *bytes.Reader
	stalled, closed chan struct{}
	stall, close    sync.Once
}

func (b *stallingBody) Read(p []byte) (int, error) {
	if n, err := b.data.Read(p); err == nil {
		return n, nil
	}
	b.stall.Do(func() { close(b.stalled) })
	<-b.closed
	return 0, io.ErrClosedPipe
}

func (b *stallingBody) Close() error {
	b.close.Do(func() { close(b.closed) })
	return nil
}
