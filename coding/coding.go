// Package coding applies and removes content codings (RFC 9110 §8.4.1): gzip,
// deflate, br (RFC 7932) and zstd (RFC 8878).
package coding

import (
	"bufio"
	"compress/zlib"
	"errors"
	"fmt"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Decode returns a reader of what body holds once its coding, or each of a list, is removed. Closing
// it closes body, and does nothing else: it may be closed during a Read, and twice,
// if body may. Nothing is read before the first Read, and no more than needed
// to answer each one, so that a stream flows. What it takes of memory is asked of m. A
// coding that is not Known leaves the body as it is. Content that is in another one ends
// with ErrCorrupt; errors of body stay what they are.
func Decode(coding string, body io.ReadCloser, m Memory) io.ReadCloser {
	if !Known(coding) {
		return body
	}
	return &decoder{coding: coding, body: source{ReadCloser: body}, memory: m}
}

// ErrCorrupt is within the error of content that is not in the coding it is said to be in,
// or breaks off there.
var ErrCorrupt = errors.New("the content is not in its coding")

// source is a body that remembers why it has ended.
type source struct {
	io.ReadCloser
	err error
}

func (s *source) Read(p []byte) (n int, err error) {
	n, err = s.ReadCloser.Read(p)
	if err != nil {
		s.err = err
	}
	return n, err
}

// blame says what an error of a decompressor is about: what it was given, if that has come
// without one.
func (s *source) blame(err error) error {
	if err == nil || errors.Is(err, io.EOF) || s.err != nil && !errors.Is(s.err, io.EOF) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrCorrupt, err)
}

// decoder opens its decompressor with the first Read, for opening reads.
type decoder struct {
	coding string
	body   source
	memory Memory
	r      io.Reader
	err    error
}

func (d *decoder) Read(p []byte) (int, error) {
	if d.err != nil {
		return 0, d.err
	}
	if d.r == nil {
		if d.err = d.open(); d.err != nil {
			d.memory.Release()
			return 0, d.err
		}
	}
	n, err := d.r.Read(p)
	if err != nil {
		d.err, d.r = d.body.blame(err), nil
		d.memory.Release()
	}
	return n, d.err
}

func (d *decoder) open() (err error) {
	in := bufio.NewReaderSize(&d.body, inputBytes)
	if _, err := in.Peek(1); err != nil {
		return err // which may be io.EOF: an empty body is allowed to have no coding at all
	}
	if err := d.memory.Take(decodersSize(d.coding, in)); err != nil {
		return err
	}
	d.r, err = openDecoders(d.coding, in)
	return d.body.blame(err)
}

// inputBytes is what a decompressor reads at once.
const inputBytes = 4 << 10

func openDecoder(coding string, in *bufio.Reader) (io.Reader, error) {
	switch coding {
	case "deflate":
		return openDeflate(in)
	case "br":
		return brotli.NewReader(in), nil
	case "zstd":
		return newZstdReader(in)
	}
	return gzip.NewReader(in)
}

// newZstdReader returns a decompressor that works on its reader's goroutine alone. So it
// holds nothing but memory, and nobody has to close it: its Close must not be called
// during a Read, nor twice.
func newZstdReader(in io.Reader) (*zstd.Decoder, error) {
	return zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderLowmem(true))
}

// openDeflate reads what RFC 9110 calls deflate, the zlib format, and what some
// servers send under that name, deflate without it.
func openDeflate(in *bufio.Reader) (io.Reader, error) {
	head, err := in.Peek(2)
	if err == nil && head[0]&0x0F == 8 && (uint(head[0])<<8|uint(head[1]))%31 == 0 {
		return zlib.NewReader(in)
	}
	return flate.NewReader(in), nil
}

func (d *decoder) Close() error {
	err := d.body.Close()
	d.memory.Release()
	return err
}

// Encode returns a reader of body in a coding, or in each of a list. Each read of body is flushed, so
// that a stream flows. Closing it closes body, as for Decode. What it takes of memory is
// asked of m. A coding that is not Known leaves the body as it is.
func Encode(coding string, body io.ReadCloser, m Memory) io.ReadCloser {
	if !Known(coding) {
		return body
	}
	return &encoder{coding: coding, body: body, memory: m, flush: true, open: openEncoders}
}

func openEncoder(coding string, out io.Writer) (w writeFlusher, err error) {
	switch coding {
	case "gzip", "x-gzip":
		w = gzip.NewWriter(out)
	case "deflate":
		w = zlib.NewWriter(out)
	case "br":
		w = newBrotliWriter(out)
	case "zstd":
		w, err = newZstdWriter(out)
	}
	return w, err
}

// newBrotliWriter returns a compressor of a quality at which that is quick, with the window
// of other servers: it takes several times as much memory as its window is large.
func newBrotliWriter(out io.Writer) *brotli.Writer {
	return brotli.NewWriterOptions(out, brotli.WriterOptions{Quality: 5, LGWin: 19})
}

func newZstdWriter(out io.Writer, more ...zstd.EOption) (*zstd.Encoder, error) {
	return zstd.NewWriter(out, append(more, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20))...)
}

// writeFlusher is what the compressors have in common.
type writeFlusher interface {
	io.WriteCloser
	Flush() error
}

// encoder compresses on the reader's goroutine: one read of the body at a time.
type encoder struct {
	coding string // or format, as open knows it
	body   io.ReadCloser
	memory Memory
	open   func(coding string, out io.Writer) (writeFlusher, error)
	w      writeFlusher // nil before the first Read
	flush  bool         // after each read of the body
	out    buffer
	in     []byte
	err    error
}

func (e *encoder) Read(p []byte) (int, error) {
	for e.out.empty() {
		if e.err != nil {
			return 0, e.err
		}
		if e.w == nil {
			e.start()
			continue
		}
		e.fill()
	}
	return e.out.take(p), nil
}

func (e *encoder) start() {
	if e.err = e.memory.Take(EncoderSize(e.coding)); e.err != nil {
		return
	}
	e.in = make([]byte, 32<<10)
	e.w, e.err = e.open(e.coding, &e.out)
}

func (e *encoder) fill() {
	n, err := e.body.Read(e.in)
	if n > 0 {
		if _, werr := e.w.Write(e.in[:n]); werr != nil && err == nil {
			err = werr
		}
	}
	switch {
	case err == nil && e.flush:
		e.err = e.w.Flush()
	case err == nil:
	case errors.Is(err, io.EOF):
		e.err = err
		if cerr := e.w.Close(); cerr != nil {
			e.err = cerr
		}
	default:
		e.err = err
	}
	if e.err != nil {
		e.w, e.in = nil, nil
		e.memory.Release()
	}
}

func (e *encoder) Close() error {
	err := e.body.Close()
	e.memory.Release()
	return err
}

// buffer is a queue of bytes.
type buffer struct {
	data []byte
	at   int
}

func (b *buffer) Write(p []byte) (int, error) {
	if b.empty() {
		b.data, b.at = b.data[:0], 0
	}
	b.data = append(b.data, p...)
	return len(p), nil
}

func (b *buffer) empty() bool { return b.at == len(b.data) }

func (b *buffer) take(p []byte) int {
	n := copy(p, b.data[b.at:])
	b.at += n
	return n
}
