package http2

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// raw is a client that writes frames by hand.
type raw struct {
	t testing.TB
	net.Conn
	*http2.Framer
	block bytes.Buffer
	enc   *hpack.Encoder
	dec   *hpack.Decoder
}

// connect connects, sends the preface, and says yes to everything.
func (r *running) connect(t testing.TB, settings ...http2.Setting) *raw {
	t.Helper()
	nc, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nc.Close() })
	_ = nc.SetDeadline(time.Now().Add(patience))
	c := &raw{t: t, Conn: nc, Framer: http2.NewFramer(nc, nc)}
	c.AllowIllegalWrites = true
	c.enc = hpack.NewEncoder(&c.block)
	c.dec = hpack.NewDecoder(4096, nil)
	if _, err := io.WriteString(nc, http2.ClientPreface); err != nil {
		t.Fatal(err)
	}
	c.must(c.WriteSettings(settings...))
	return c
}

func (c *raw) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// encode encodes fields, "name: value" each.
func (c *raw) encode(fields ...string) []byte {
	c.block.Reset()
	for _, f := range fields {
		name, value, _ := strings.Cut(f[1:], ": ")
		_ = c.enc.WriteField(hpack.HeaderField{Name: f[:1] + name, Value: value})
	}
	return c.block.Bytes()
}

// headers sends a request's head, or a trailer.
func (c *raw) headers(id uint32, ends bool, fields ...string) {
	c.t.Helper()
	c.must(c.send(id, ends, fields...))
}

func (c *raw) send(id uint32, ends bool, fields ...string) error {
	return c.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: c.encode(fields...), EndStream: ends, EndHeaders: true})
}

// get are the fields of a request, and more.
func get(more ...string) []string {
	return append([]string{":method: GET", ":scheme: http", ":authority: a.example", ":path: /"}, more...)
}

func post(more ...string) []string {
	return append([]string{":method: POST", ":scheme: http", ":authority: a.example", ":path: /"}, more...)
}

// next returns the next frame that is not about settings and windows.
func (c *raw) next() http2.Frame {
	c.t.Helper()
	for {
		f, err := c.ReadFrame()
		c.must(err)
		switch f := f.(type) {
		case *http2.SettingsFrame:
			if !f.IsAck() {
				c.must(c.WriteSettingsAck())
			}
		case *http2.WindowUpdateFrame:
		default:
			return f
		}
	}
}

// answer reads the answer to a stream, and returns its status and content; or the code
// that the stream is reset with.
func (c *raw) answer(id uint32) (status, content string, reset http2.ErrCode) {
	c.t.Helper()
	for {
		switch f := c.next().(type) {
		case *http2.HeadersFrame:
			fields, err := c.dec.DecodeFull(f.HeaderBlockFragment())
			c.must(err)
			if f.StreamID == id && status == "" {
				status = fields[0].Value
			}
			if f.StreamID == id && f.StreamEnded() {
				return status, content, 0
			}
		case *http2.DataFrame:
			if f.StreamID == id {
				content += string(f.Data())
				if f.StreamEnded() {
					return status, content, 0
				}
			}
		case *http2.RSTStreamFrame:
			if f.StreamID == id {
				return "", "", f.ErrCode
			}
		case *http2.GoAwayFrame:
			c.t.Fatalf("the connection ends: %v %s", f.ErrCode, f.DebugData())
		}
	}
}

// ends reads until the connection ends, and returns why; NO_ERROR if it did not say.
func (c *raw) ends() (code http2.ErrCode) {
	c.t.Helper()
	for {
		f, err := c.ReadFrame()
		var timeout net.Error
		if errors.As(err, &timeout) && timeout.Timeout() {
			c.t.Fatal("the connection does not end")
		}
		if err != nil {
			return code
		}
		if f, ok := f.(*http2.GoAwayFrame); ok && f.ErrCode != http2.ErrCodeNo {
			code = f.ErrCode
		}
	}
}

// until writes again and again, in the background, until the connection ends.
func (c *raw) until(write func(i uint32) error) http2.ErrCode {
	c.t.Helper()
	done := make(chan struct{})
	go func() { // ends with the connection
		defer close(done)
		for i := uint32(0); write(i) == nil; i++ {
		}
	}()
	code := c.ends()
	_ = c.Close()
	<-done
	return code
}
