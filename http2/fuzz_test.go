package http2

import (
	"bytes"
	"context"
	"io"
	"net"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"hedge/httpmsg"
)

// FuzzFrames feeds a connection with anything. It has to end when the client does, with
// all its handlers, and nothing may reach them that HTTP/1.1 would not carry.
func FuzzFrames(f *testing.F) {
	for _, test := range heads {
		var out bytes.Buffer
		c := &raw{t: f, Framer: http2.NewFramer(&out, nil)}
		c.enc = hpack.NewEncoder(&c.block)
		c.AllowIllegalWrites = true
		_ = c.WriteSettings()
		_ = c.send(1, false, test.fields...)
		_ = c.WriteDataPadded(1, false, []byte("hello"), make([]byte, 3))
		_ = c.WriteWindowUpdate(1, 5)
		_ = c.WritePing(false, [8]byte{})
		_ = c.send(1, true, "x-trailer: a")
		_ = c.WriteRSTStream(1, http2.ErrCodeCancel)
		_ = c.WriteGoAway(0, http2.ErrCodeNo, nil)
		f.Add(out.Bytes())
	}
	s := &Server{Limits: DefaultLimits(), Handler: func(ctx context.Context, req *httpmsg.Request, refusal *httpmsg.Refusal, out httpmsg.Outlet) {
		if refusal == nil {
			checkRequest(f, req)
		}
		res := httpmsg.Text(200, "hello")
		if req.Body != nil {
			res = &httpmsg.Response{Status: 200, Body: req.Body, ContentLength: -1, Trailer: req.Trailer}
		}
		_, _ = out.Deliver(ctx, req, res)
	}}
	f.Cleanup(func() { _ = s.Close() })
	f.Fuzz(func(t *testing.T, data []byte) {
		client, nc := net.Pipe()
		c := s.open(nc, nil, nil)
		ended := make(chan struct{})
		go func() { // ends with the connection
			defer close(ended)
			c.serve()
		}()
		go func() { _, _ = io.Copy(io.Discard, client) }() // ends with the connection
		_, _ = client.Write(append([]byte(http2.ClientPreface), data...))
		_ = client.Close()
		<-ended
		c.mu.Lock()
		defer c.mu.Unlock()
		for c.running > 0 || c.flushing {
			c.changed.Wait()
		}
		if len(c.streams) > 0 {
			t.Errorf("%d streams are left", len(c.streams))
		}
	})
}

func checkRequest(f *testing.F, req *httpmsg.Request) {
	if !httpmsg.IsToken(req.Method) || req.Method != "CONNECT" && !httpmsg.IsTargetText(req.Target) || !httpmsg.IsAuthorityText(req.Authority) {
		f.Errorf("the request is %q %q %q", req.Method, req.Authority, req.Target)
	}
	for _, field := range req.Header.Fields() {
		if !httpmsg.ValidFieldName(field.Name) || !httpmsg.ValidFieldValue(field.Value) || httpmsg.EqualFold(field.Name, "Transfer-Encoding") {
			f.Errorf("the field is %q: %q", field.Name, field.Value)
		}
	}
}
