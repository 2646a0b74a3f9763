package http1

import (
	"net"
	"slices"
	"time"

	"hedge/httpmsg"
)

// pool has the connections with one origin. It is guarded by the client's mu.
type pool struct {
	origin httpmsg.Origin
	open   int           // the number of its connections
	idle   []*originConn // those that carry nothing, in the order in which they began to
}

// add takes in a new connection.
func (c *Client) add(to httpmsg.Origin, nc net.Conn) *originConn {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.pools[to]
	if p == nil {
		p = &pool{origin: to}
		c.pools[to] = p
	}
	conn := newOriginConn(c, p, nc)
	p.open++
	c.conns[conn] = struct{}{}
	c.closing = false
	if len(c.conns) == 1 {
		c.gone = make(chan struct{})
		c.clock.Tick(time.Now())
		go c.patrol(c.gone) // until the last connection is removed
	}
	return conn
}

// remove forgets a connection that has been closed, or is about to be.
func (c *Client) remove(conn *originConn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forget(conn)
}

// forget is remove for who holds mu.
func (c *Client) forget(conn *originConn) {
	if _, ok := c.conns[conn]; !ok {
		return
	}
	delete(c.conns, conn)
	if len(c.conns) == 0 {
		close(c.gone)
	}
	if conn.pool.open--; conn.pool.open == 0 {
		delete(c.pools, conn.pool.origin)
	}
}

// take returns the connection with an origin that has been idle for the shortest
// time; nil if there is none.
func (c *Client) take(to httpmsg.Origin) *originConn {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closing = false
	p := c.pools[to]
	if p == nil || len(p.idle) == 0 {
		return nil
	}
	last := len(p.idle) - 1
	conn := p.idle[last]
	p.idle[last] = nil
	p.idle = p.idle[:last]
	c.idle--
	return conn
}

// put keeps a connection for the next request, or closes it if there are enough.
func (c *Client) put(conn *originConn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := conn.pool
	if c.closing || len(p.idle) >= c.cfg.IdlePerOrigin || c.cfg.Idle <= 0 {
		c.forget(conn)
		conn.close()
		return
	}
	for c.idle >= c.cfg.Idle {
		c.drop(c.oldest())
	}
	conn.reused, conn.heard = true, false
	conn.since = c.clock.Load()
	p.idle = append(p.idle, conn)
	c.idle++
}

// oldest returns the connection that has been idle for the longest time. There is
// one, and mu is held.
func (c *Client) oldest() (first *originConn) {
	for _, p := range c.pools {
		if len(p.idle) > 0 && (first == nil || p.idle[0].since < first.since) {
			first = p.idle[0]
		}
	}
	return first
}

// drop closes a connection that is idle. mu is held.
func (c *Client) drop(conn *originConn) {
	p := conn.pool
	at := slices.Index(p.idle, conn)
	p.idle = slices.Delete(p.idle, at, at+1)
	c.idle--
	c.forget(conn)
	conn.close()
}

// patrol ends what has taken too long, until gone is closed.
func (c *Client) patrol(gone <-chan struct{}) {
	pace := min(c.cfg.HeadTimeout, c.cfg.WriteTimeout, c.cfg.StreamIdleTimeout, c.cfg.IdleTimeout) / 8
	ticker := time.NewTicker(min(max(pace, time.Millisecond), time.Second))
	defer ticker.Stop()
	for {
		select {
		case now := <-ticker.C:
			c.expire(now)
		case <-gone:
			return
		}
	}
}

// expire ends what has taken too long by now.
func (c *Client) expire(now time.Time) {
	c.clock.Tick(now)
	at := c.clock.At(now)
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn := range c.conns {
		conn.expire(at)
	}
	for _, p := range c.pools {
		for len(p.idle) > 0 && longer(at, p.idle[0].since, c.cfg.IdleTimeout) {
			c.drop(p.idle[0])
		}
	}
}

// longer reports whether more time than limit lies between two times in milliseconds.
func longer(now, since int64, limit time.Duration) bool {
	return time.Duration(now-since)*time.Millisecond > limit
}
