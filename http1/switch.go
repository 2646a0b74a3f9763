package http1

import (
	"context"

	"hedge/httpmsg"
)

// switchProtocols answers with 101 and lets the client talk with what the answer
// holds, until both have ended. The connection ends with it: what comes behind is no
// HTTP any more.
func (r *Response) switchProtocols(ctx context.Context, req *httpmsg.Request, res *httpmsg.Response) (int64, error) {
	to, err := httpmsg.Switching(req, res)
	if err != nil {
		return 0, err
	}
	r.close = true
	out, err := r.switchHead(req, res)
	if err != nil {
		return 0, err
	}
	c := r.conn
	c.server.watch.remove(c) // from now on, a client that closes its side has only said all it has to say
	defer context.AfterFunc(ctx, res.CloseBody)()
	if !c.server.switched(c, res.CloseBody) {
		return 0, gone(context.Canceled)
	}
	if _, err := r.write(out); err != nil {
		return 0, gone(err)
	}
	sent, received, err := to.Join(&duplex{in: &c.in, net: c.net, plain: c.raw, put: c.write, end: func() { _ = c.raw.Close() }})
	req.Account.Received(received)
	return sent, r.finish(err)
}

// switchHead composes the head of a 101 (RFC 9110 §15.2.2, RFC 6455 §4.2.2).
func (r *Response) switchHead(req *httpmsg.Request, res *httpmsg.Response) ([]byte, error) {
	out := append(r.begin(), "HTTP/1.1 101 Switching Protocols\r\n"...)
	out, err := r.fields(out, res)
	if err != nil {
		return nil, err
	}
	out = append(out, "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: "...)
	out = append(out, httpmsg.WebSocketAccept(req.Header.Get("Sec-WebSocket-Key"))...)
	return append(out, "\r\n\r\n"...), nil
}
