package http1

import (
	"sync"
	"sync/atomic"

	"hedge/httpmsg"
)

// switched is the body of an origin's 101: the connection, which never goes back to a
// pool. It is a httpmsg.Duplex too, for those who speak the protocol themselves.
type switched struct {
	duplex
	trip *trip
	talk atomic.Pointer[tunnel] // nil before Join
	once sync.Once
}

var (
	_ httpmsg.Switched = (*switched)(nil)
	_ httpmsg.Duplex   = (*switched)(nil)
)

// switchTo makes the answer of an origin that goes on in another protocol.
func (t *trip) switchTo(res *httpmsg.Response) *httpmsg.Response {
	conn := t.conn
	s := &switched{trip: t}
	s.duplex = duplex{in: &conn.in, net: conn.net, plain: conn.plain, put: conn.write, end: func() { conn.end(causeGivenUp) }}
	res.Header.Del("Sec-WebSocket-Accept") // it has been looked at
	res.Body, res.ContentLength = s, -1
	return res
}

// Join copies both ways.
func (s *switched) Join(client httpmsg.Duplex) (sent, received int64, err error) {
	t := newTunnel(client, &s.duplex, s.trip.origin, s.trip.client.cfg.TunnelTimeout)
	s.talk.Store(t)
	return t.run()
}

// Close ends the connection. Both sides are told before, if they have begun to talk.
func (s *switched) Close() error {
	s.once.Do(func() {
		if t := s.talk.Load(); t != nil {
			t.leave()
		}
		s.trip.unwatch()
		s.trip.conn.end(causeGivenUp)
		s.trip.conn.discard()
	})
	return nil
}

// switches reports whether a 101 is what the request has asked for, and comes from
// somebody who knows what that means (RFC 6455 §4.1).
func (t *trip) switches(res *httpmsg.Response, f framing) bool {
	h := &res.Header
	return t.req.Upgrade == httpmsg.WebSocket && !f.close && h.HasItem("Connection", "upgrade") &&
		httpmsg.EqualFold(h.Joined("Upgrade"), httpmsg.WebSocket) &&
		h.Joined("Sec-WebSocket-Accept") == httpmsg.WebSocketAccept(t.key)
}
