package http2

import (
	"bytes"
	"context"
	"io"
	"net"
	"testing"

	"golang.org/x/net/http2"

	"hedge"
	"hedge/httpmsg"
)

// recorded is a connection with an origin that says something and hangs up.
type recorded struct {
	net.Conn
	says io.Reader
}

func (r *recorded) Read(p []byte) (int, error) { return r.says.Read(p) }

// FuzzOriginFrames reads what an origin might send: whatever it is, the request ends, with
// an answer that is one or an error that says whose fault it is.
func FuzzOriginFrames(f *testing.F) {
	frames := func(write func(s *scripted)) []byte {
		var out bytes.Buffer
		s := &scripted{Framer: http2.NewFramer(&out, nil)}
		_ = s.WriteSettings()
		write(s)
		return out.Bytes()
	}
	f.Add(frames(func(s *scripted) { s.head(1, true, ":status", "204") }))
	f.Add(frames(func(s *scripted) {
		s.head(1, false, ":status", "103")
		s.head(1, false, ":status", "200", "content-length", "2")
		_ = s.WriteDataPadded(1, false, []byte("hi"), make([]byte, 3))
		s.head(1, true, "x-end", "1")
	}))
	f.Add(frames(func(s *scripted) {
		_ = s.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1}, http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: 0})
		_ = s.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: encode(":status", "200")[:1]})
		_ = s.WriteContinuation(1, true, encode(":status", "200")[1:])
		_ = s.WriteWindowUpdate(1, 10)
		_ = s.WriteWindowUpdate(0, 10)
		_ = s.WritePing(false, [8]byte{})
		_ = s.WriteGoAway(1, http2.ErrCodeNo, nil)
		_ = s.WriteRSTStream(1, http2.ErrCodeInternal)
	}))
	f.Fuzz(func(t *testing.T, says []byte) {
		c, _ := newTestClient(t, func(cfg *ClientConfig) {
			cfg.Dial = func(context.Context, httpmsg.Origin) (net.Conn, error) {
				near, far := net.Pipe()
				go func() { _, _ = io.Copy(io.Discard, far) }() // until near is closed
				return &recorded{near, bytes.NewReader(says)}, nil
			}
		})
		req := to("http://origin", "POST", "/", "content")
		res, text, err := fetch(t, c, req)
		if err != nil {
			if hedge.OutcomeOf(err) == hedge.OutcomeException {
				t.Errorf("%v is nobody's fault", err)
			}
			return
		}
		if res.Status < 200 || res.ContentLength >= 0 && int64(len(text)) != res.ContentLength && res.Status != 304 {
			t.Errorf("%d with %d of %d bytes", res.Status, len(text), res.ContentLength)
		}
		for _, field := range res.Header.Fields() {
			if !httpmsg.ValidFieldName(field.Name) || !httpmsg.ValidFieldValue(field.Value) {
				t.Errorf("the answer has the field %q", field)
			}
		}
	})
}
