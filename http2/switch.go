package http2

import (
	"context"

	"golang.org/x/net/http2"

	"hedge/httpmsg"
)

// switchProtocols tells the client that its stream goes on with what it has asked for,
// which HTTP/2 says by 200, and lets it talk with what the answer holds until both have
// ended (RFC 8441 §5).
func (st *stream) switchProtocols(ctx context.Context, req *httpmsg.Request, res *httpmsg.Response) (int64, error) {
	to, err := httpmsg.Switching(req, res)
	if err != nil {
		return 0, err
	}
	defer context.AfterFunc(ctx, res.CloseBody)()
	if !st.switched(res.CloseBody) {
		return 0, gone(context.Canceled)
	}
	if err := st.head(ctx, httpmsg.SwitchingHead(res), -1, false, true); err != nil {
		return 0, err
	}
	client := &duplex{st, ctx}
	sent, received, err := to.Join(client)
	req.Account.Received(received)
	if err == nil {
		_ = client.CloseWrite() // who is not heard by now has said goodbye
	}
	return sent, err
}

// switched notes what ends that which the stream is switched to, and would hold up
// Shutdown; false if it is too late for that.
func (st *stream) switched(goAway func()) bool {
	c := st.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.draining || c.dead {
		return false
	}
	st.goAway = goAway
	return true
}

// duplex is a stream that has been switched to another protocol. The end of a direction
// is END_STREAM, and what breaks off is reset (RFC 8441 §5).
type duplex struct {
	st  *stream
	ctx context.Context
}

var _ httpmsg.Duplex = (*duplex)(nil)

// Read reads what comes. It needs a buffer for as long as it waits.
func (d *duplex) Read(p []byte) (int, error) { return d.st.body.Read(p) }

// Write writes all of p, as the client opens windows for it within the time that a write
// may take.
func (d *duplex) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	return d.st.conn.writeData(d.ctx, d.st, p, false)
}

// CloseWrite ends the direction to the client.
func (d *duplex) CloseWrite() error {
	d.st.conn.mu.Lock()
	done := d.st.done
	d.st.conn.mu.Unlock()
	if done {
		return nil
	}
	_, err := d.st.conn.writeData(d.ctx, d.st, nil, true)
	return err
}

// Close ends both directions at once.
func (d *duplex) Close() error {
	c := d.st.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	if !d.st.closed && !c.dead {
		c.reset(d.st.id, http2.ErrCodeCancel)
		c.abandon(d.st, errGone())
	}
	return nil
}
