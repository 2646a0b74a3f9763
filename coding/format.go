package coding

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// KnownFormat reports whether format is one of the Compression standard
// (https://compression.spec.whatwg.org/), or zstd.
func KnownFormat(format string) bool {
	switch format {
	case "brotli", "deflate", "deflate-raw", "gzip", "zstd":
		return true
	}
	return false
}

// Compress returns a reader of body in a format that is known. It gives what the
// compressor gives when it sees fit. Closing it closes body, as for Decode. What it takes
// of memory is asked of m.
func Compress(format string, body io.ReadCloser, m Memory) io.ReadCloser {
	return &encoder{coding: format, body: body, memory: m, open: openCompressor}
}

func openCompressor(format string, out io.Writer) (w writeFlusher, err error) {
	switch format {
	case "gzip":
		w = gzip.NewWriter(out)
	case "deflate":
		w = zlib.NewWriter(out)
	case "deflate-raw":
		w, err = flate.NewWriter(out, flate.DefaultCompression)
	case "brotli":
		w = newBrotliWriter(out)
	case "zstd":
		w, err = newZstdWriter(out, zstd.WithZeroFrames(true))
	}
	return w, err
}

// Decompress returns a reader of what body holds in a format that is known. It is
// strict, as the standard is: a body that ends too early is an error, an empty one
// too, and so is whatever follows the compressed data. Closing it closes body, as
// for Decode. What it takes of memory is asked of m.
func Decompress(format string, body io.ReadCloser, m Memory) io.ReadCloser {
	return &strictDecoder{format: format, body: body, memory: m}
}

// errTrailing is what comes of more data than belongs to the format.
var errTrailing = errors.New("there is data behind the compressed data")

// strictDecoder opens its decompressor with the first Read, for opening reads.
type strictDecoder struct {
	format string
	body   io.ReadCloser
	memory Memory
	in     *bufio.Reader
	r      io.Reader
	ended  bool // the data has; nothing may follow
	err    error
}

func (d *strictDecoder) Read(p []byte) (int, error) {
	n, err := d.read(p)
	if d.err != nil || d.ended {
		d.r = nil
		d.memory.Release()
	}
	return n, err
}

func (d *strictDecoder) read(p []byte) (int, error) {
	switch {
	case d.err != nil:
		return 0, d.err
	case d.ended:
		d.err = io.EOF
		if _, err := d.in.Peek(1); err == nil {
			d.err = errTrailing
		}
		return 0, d.err
	case d.r == nil:
		if d.err = noEarlyEnd(d.open()); d.err != nil {
			return 0, d.err
		}
	}
	n, err := d.r.Read(p)
	if errors.Is(err, io.EOF) {
		d.ended = true // what is there is given before more is waited for
		return n, nil
	}
	d.err = err
	return n, err
}

func (d *strictDecoder) open() (err error) {
	d.in = bufio.NewReaderSize(d.body, 4<<10)
	if _, err := d.in.Peek(1); err != nil {
		return err // no frame at all is one that zstd's decoder would take
	}
	if err := d.memory.Take(decoderSize(d.format, d.in)); err != nil {
		return err
	}
	switch d.format {
	case "gzip":
		var r *gzip.Reader
		if r, err = gzip.NewReader(d.in); err == nil {
			r.Multistream(false)
			d.r = r
		}
	case "deflate":
		d.r, err = zlib.NewReader(d.in)
	case "deflate-raw":
		d.r = flate.NewReader(d.in)
	case "brotli":
		d.r = brotli.NewReader(d.in)
	case "zstd":
		d.r, err = newZstdReader(d.in)
	}
	return err
}

// noEarlyEnd makes an end before the data has begun an error.
func noEarlyEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func (d *strictDecoder) Close() error {
	err := d.body.Close()
	d.memory.Release()
	return err
}
