package http3

import (
	"context"

	"github.com/quic-go/quic-go"

	"hedge/httpmsg"
)

// switchProtocols tells the client that its stream goes on with what it has asked for, which
// HTTP/3 says by 200, and lets it talk with what the answer holds until both have ended (RFC
// 9220 §3).
func (st *stream) switchProtocols(ctx context.Context, req *httpmsg.Request, res *httpmsg.Response) (int64, error) {
	to, err := httpmsg.Switching(req, res)
	if err != nil {
		return 0, err
	}
	defer context.AfterFunc(ctx, res.CloseBody)()
	if !st.conn.switched(st, res.CloseBody) {
		return 0, gone(context.Canceled)
	}
	defer st.conn.unswitched(st)
	out, err := st.head(httpmsg.SwitchingHead(res), -1)
	if err == nil {
		err = st.write(out)
	}
	if err != nil {
		return 0, err
	}
	sent, received, err := to.Join(&duplex{st})
	req.Account.Received(received)
	return sent, err
}

// switched notes what ends that which a stream is switched to, and would hold up the end of
// the connection; false if it is too late for that.
func (c *conn) switched(st *stream, goAway func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.draining {
		return false
	}
	if c.talks == nil {
		c.talks = map[*stream]func(){}
	}
	c.talks[st] = goAway
	return true
}

func (c *conn) unswitched(st *stream) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.talks, st)
}

// duplex is a stream that has been switched to another protocol. The end of a direction is
// that of the stream, and what breaks off is reset (RFC 9220 §3).
type duplex struct{ st *stream }

var _ httpmsg.Duplex = (*duplex)(nil)

// Read reads what comes.
func (d *duplex) Read(p []byte) (int, error) { return d.st.body.Read(p) }

// Write writes all of p, within the time that a write may take for each part.
func (d *duplex) Write(p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		piece := p[n:min(len(p), n+streamRead)]
		frame := appendFrame(make([]byte, 0, frameRoom+len(piece)), frameData, len(piece))
		if err = d.st.write(append(frame, piece...)); err == nil {
			n += len(piece)
		}
	}
	return n, err
}

// CloseWrite ends the direction to the client.
func (d *duplex) CloseWrite() error { return gone(d.st.quic.Close()) }

// Close ends both directions at once.
func (d *duplex) Close() error {
	d.st.quic.CancelWrite(quic.StreamErrorCode(codeRequestCancelled))
	return d.st.body.Close()
}
