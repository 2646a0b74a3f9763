package http2

import (
	"container/list"
	"sync"
	"time"

	"hedge/httpmsg"
)

// preambleTimeout is how long a connection is kept that carries nothing and has begun with a
// preamble. Hardly anybody else sends the same, and each connection of a client leaves one
// behind.
const preambleTimeout = 5 * time.Second

// idlePool has a client's connections that carry nothing, and bounds their number: code can
// name any number of origins, each of which gets connections of its own. A connection that is
// one too many has its timer run out, so that nobody needs the mutex of another one: this
// pool's is taken by those who hold a connection's.
type idlePool struct {
	most, mostPerOrigin int

	mu    sync.Mutex // guards what follows, and the place of each connection
	conns *list.List // of *originConn, in the order in which they began to carry nothing
	per   map[httpmsg.Origin]int
}

func newIdlePool(cfg ClientConfig) idlePool {
	return idlePool{most: cfg.Idle, mostPerOrigin: cfg.IdlePerOrigin, conns: list.New(), per: map[httpmsg.Origin]int{}}
}

// keep takes in a connection that has come to carry nothing, or has it end if there are
// enough with its origin.
func (p *idlePool) keep(c *originConn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.most <= 0 || p.per[c.origin] >= p.mostPerOrigin {
		c.idle.Reset(0)
		return
	}
	c.idle.Reset(c.keptFor())
	p.push(c)
}

// add takes in a new connection, which is about to carry a request, unless the origin takes
// none.
func (p *idlePool) add(c *originConn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.push(c)
}

// push makes room for a connection, for which those make it that have carried nothing for the
// longest time. mu is held.
func (p *idlePool) push(c *originConn) {
	for p.conns.Len() > 0 && p.conns.Len() >= p.most {
		oldest := p.conns.Front().Value.(*originConn)
		p.drop(oldest)
		oldest.idle.Reset(0)
	}
	c.place = p.conns.PushBack(c)
	p.per[c.origin]++
}

// remove takes a connection out that is given a request, or has ended.
func (p *idlePool) remove(c *originConn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c.idle.Stop()
	if c.place != nil {
		p.drop(c)
	}
}

// drop is remove for who holds mu.
func (p *idlePool) drop(c *originConn) {
	p.conns.Remove(c.place)
	c.place = nil
	if p.per[c.origin]--; p.per[c.origin] == 0 {
		delete(p.per, c.origin)
	}
}

// keptFor is how long a connection is kept that carries nothing.
func (c *originConn) keptFor() time.Duration {
	if c.origin.Preamble != "" {
		return min(c.client.cfg.IdleTimeout, preambleTimeout)
	}
	return c.client.cfg.IdleTimeout
}
