package http1

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"

	"hedge/httpmsg"
)

// A client that waits to hear whether its content is wanted hears it from the origin, and
// is asked for none that the origin refuses.
func TestExpectationReachesTheOrigin(t *testing.T) {
	for _, c := range []struct{ name, first, final, want string }{
		{"wanted", head("HTTP/1.1 100 Continue"), "200 OK", goAhead + ok200 + "Content-Length: 5\r\n\r\nhello"},
		{"refused", "", "413 Content Too Large", "HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n" + closes + "\r\n"},
		{"refused in spite of it", "", "200 OK", ok200 + "Content-Length: 0\r\n" + closes + "\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := talks(t, func(_ int, nc *net.TCPConn, next func() *http.Request) {
				req := next()
				if got := req.Header.Values("Expect"); len(got) != 1 || got[0] != "100-continue" {
					t.Errorf("the origin sees the expectation %q", got)
				}
				_, _ = io.WriteString(nc, c.first)
				var content []byte
				if c.first != "" {
					content, _ = io.ReadAll(req.Body)
				}
				_, _ = fmt.Fprintf(nc, "HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s", c.final, len(content), content)
			})
			client := testClient(t, nil)
			r := start(t, func(ctx context.Context, req *httpmsg.Request, _ *httpmsg.Refusal, out httpmsg.Outlet) {
				req.Scheme, req.Endpoint = "http", o.addr
				res, err := client.RoundTrip(ctx, req)
				if err != nil {
					t.Error(err)
					return
				}
				res.Header = httpmsg.Header{} // which have the date
				_, _ = out.Deliver(ctx, req, res)
			})
			nc := r.dial(t, head("PUT / HTTP/1.1", "Host: a", "Content-Length: 5", "Expect: 100-continue"))
			if c.first != "" {
				expect(t, nc, goAhead)
				_, _ = io.WriteString(nc, "hello")
				expect(t, nc, c.want[len(goAhead):])
				return
			}
			expect(t, nc, c.want)
			expectEnd(t, nc)
		})
	}
}
