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
// compressor gives when it sees fit. Closing it closes body, as for Decode.
func Compress(format string, body io.ReadCloser) io.ReadCloser {
	e := &encoder{body: body}
	switch format {
	case "gzip":
		e.w = gzip.NewWriter(&e.out)
	case "deflate":
		e.w = zlib.NewWriter(&e.out)
	case "deflate-raw":
		// The level is a constant that NewWriter accepts.
		e.w, _ = flate.NewWriter(&e.out, flate.DefaultCompression)
	case "brotli":
		e.w = brotli.NewWriterLevel(&e.out, 5)
	case "zstd":
		e.w, _ = zstd.NewWriter(&e.out, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20), zstd.WithZeroFrames(true))
	}
	return e
}

// Decompress returns a reader of what body holds in a format that is known. It is
// strict, as the standard is: a body that ends too early is an error, an empty one
// too, and so is whatever follows the compressed data. Closing it closes body, as
// for Decode.
func Decompress(format string, body io.ReadCloser) io.ReadCloser {
	return &strictDecoder{format: format, body: body}
}

// errTrailing is what comes of more data than belongs to the format.
var errTrailing = errors.New("there is data behind the compressed data")

// strictDecoder opens its decompressor with the first Read, for opening reads.
type strictDecoder struct {
	format string
	body   io.ReadCloser
	in     *bufio.Reader
	r      io.Reader
	ended  bool // the data has; nothing may follow
	err    error
}

func (d *strictDecoder) Read(p []byte) (int, error) {
	if d.err == nil && d.r == nil {
		d.err = noEarlyEnd(d.open())
	}
	if d.err != nil {
		return 0, d.err
	}
	if d.ended {
		d.err = io.EOF
		if _, err := d.in.Peek(1); err == nil {
			d.err = errTrailing
		}
		return 0, d.err
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
		if _, err := d.in.Peek(1); err != nil {
			return err // no frame at all, which the decoder would take
		}
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

func (d *strictDecoder) Close() error { return d.body.Close() }
