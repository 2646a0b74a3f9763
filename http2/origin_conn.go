package http2

import (
	"bufio"
	"container/list"
	"context"
	"errors"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"hedge"
	"hedge/httpmsg"
)

// The windows for answers. Each has one of its own, so that one which is read slowly
// holds up no other; what has come on the connection is given back at once.
const (
	answerWindow     = 256 << 10
	answerConnWindow = 16 << 20
)

// mostOutput is how much may wait to be written of what nobody waits for: an origin
// that makes us answer and does not read is let go.
const mostOutput = 1 << 20

// originConn is one connection with an origin. One goroutine reads, and one writes.
type originConn struct {
	client *Client
	origin httpmsg.Origin
	net    net.Conn
	raw    net.Conn // net, or what is below its TLS

	// What follows belongs to the goroutine that reads.

	framer  *http2.Framer // its writing is guarded by mu
	decoder *hpack.Decoder
	block   answerBlock

	free    atomic.Int32            // requests that there is room for; none once it is to end
	awaited atomic.Pointer[attempt] // of a connection that was begun as this one had no room; nil: none was

	mu       sync.Mutex // guards what follows
	outgoing sync.Cond  // out has grown, or the connection has failed or is to end
	streams  map[uint32]*call
	next     uint32 // the next stream's number
	carried  bool   // it has carried an exchange to its end
	out      []byte // what is to be written
	spare    []byte // memory for it
	encoder  encoder
	most     int         // requests at one time that the origin allows
	full     bool        // it has refused one though, and none of the others has ended since
	window   int64       // that the origin has opened on the connection; may be negative
	initial  int64       // that of new streams
	receive  int64       // that the origin may still send on the connection
	retiring bool        // it gets no further requests, and ends when it carries nothing
	err      error       // why it has ended
	idle     *time.Timer // has it rest; running while it carries nothing

	place *list.Element // among those that carry nothing; guarded by client.idle.mu
}

func newOriginConn(c *Client, to httpmsg.Origin, nc net.Conn) *originConn {
	conn := &originConn{
		client: c, origin: to, net: nc, raw: nc, streams: map[uint32]*call{}, next: 1, most: firstStreams,
		window: defaultWindow, initial: defaultWindow, receive: answerConnWindow, block: answerBlock{cfg: &c.cfg},
	}
	if over, ok := nc.(interface{ NetConn() net.Conn }); ok {
		conn.raw = over.NetConn()
	}
	conn.outgoing.L = &conn.mu
	conn.framer = http2.NewFramer(originOutbox{conn}, bufio.NewReaderSize(nc, maxFrame))
	conn.framer.SetMaxReadFrameSize(maxFrame)
	conn.framer.SetReuseFrames()
	conn.decoder = hpack.NewDecoder(4096, func(f hpack.HeaderField) { conn.block.field(f) })
	conn.decoder.SetMaxStringLength(4 * c.cfg.HeadBytes) // what is too large for a head ends its answer alone
	conn.mu.Lock()
	defer conn.mu.Unlock()
	conn.idle = time.AfterFunc(conn.keptFor(), conn.rest)
	c.idle.add(conn)
	conn.out = append(conn.out, http2.ClientPreface...) // RFC 9113 §3.4
	_ = conn.framer.WriteSettings(
		http2.Setting{ID: http2.SettingEnablePush, Val: 0},
		http2.Setting{ID: http2.SettingInitialWindowSize, Val: answerWindow},
		http2.Setting{ID: http2.SettingMaxHeaderListSize, Val: uint32(c.cfg.HeadBytes)},
	)
	_ = conn.framer.WriteWindowUpdate(0, answerConnWindow-defaultWindow)
	conn.count()
	return conn
}

// originOutbox makes the framer's frames part of the output. conn.mu is held.
type originOutbox struct{ conn *originConn }

// Write implements io.Writer.
func (o originOutbox) Write(p []byte) (int, error) {
	o.conn.out = append(o.conn.out, p...)
	o.conn.outgoing.Signal()
	return len(p), nil
}

// hasRoom reports whether there is room for another request.
func (c *originConn) hasRoom() bool { return c.free.Load() > 0 }

// count counts the requests that there is room for. mu is held.
func (c *originConn) count() {
	free := c.most - len(c.streams)
	if c.err != nil || c.retiring || c.full {
		free = 0
	}
	c.free.Store(int32(max(free, 0)))
	if free > 0 {
		if others := c.awaited.Load(); others != nil {
			others.wake()
		}
	}
}

// begin sends the head of a request; nil if there is no room for it.
func (c *originConn) begin(ctx context.Context, req *httpmsg.Request, head []byte) *call {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.hasRoom() {
		return nil
	}
	one := &call{conn: c, ctx: ctx, req: req, id: c.next, window: c.initial, receive: answerWindow, reused: c.carried}
	one.changed.L = &c.mu
	c.streams[one.id] = one
	if c.next += 2; c.next > maxWindow {
		c.retiring = true
	}
	c.count()
	if len(c.streams) == 1 {
		c.client.idle.remove(c)
	}
	content := req.Body != nil && req.ContentLength != 0
	start := len(c.out)
	c.out = c.encoder.end(append(c.encoder.begin(c.out, one.id), head...), start, !content)
	c.outgoing.Signal()
	if content {
		one.upload = startUpload(one)
	} else {
		one.complete()
	}
	one.stop = context.AfterFunc(ctx, one.abandon)
	return one
}

// leave takes a request out that is over. mu is held.
func (c *originConn) leave(one *call) {
	if c.streams[one.id] != one {
		return
	}
	delete(c.streams, one.id)
	c.full = false
	c.count()
	switch {
	case len(c.streams) > 0 || c.err != nil:
	case c.retiring:
		c.outgoing.Signal() // it ends
	default:
		c.client.idle.keep(c)
	}
}

// rest retires a connection that has carried nothing for long, or of which there are too
// many; not one that has been given a request meanwhile.
func (c *originConn) rest() {
	c.mu.Lock()
	busy := len(c.streams) > 0
	if !busy {
		c.stopTaking()
	}
	c.mu.Unlock()
	if !busy {
		c.client.forget(c)
	}
}

// retire gives the connection no further requests. It ends when it carries none.
func (c *originConn) retire() {
	c.client.forget(c)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopTaking()
}

// stopTaking is retire for who holds mu, and sees to it that the client forgets it.
func (c *originConn) stopTaking() {
	c.retiring = true
	c.count()
	c.outgoing.Signal()
}

// write writes what there is to be written, until the connection ends.
func (c *originConn) write() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.err == nil {
		if len(c.out) == 0 {
			if c.retiring && len(c.streams) == 0 {
				c.fail(errRetired)
				break
			}
			c.outgoing.Wait()
			continue
		}
		c.mu.Unlock()
		runtime.Gosched() // those that are about to write add theirs
		c.mu.Lock()
		out := c.out
		c.out, c.spare = c.spare[:0], nil
		c.mu.Unlock()
		_ = c.net.SetWriteDeadline(time.Now().Add(c.client.cfg.WriteTimeout))
		_, err := c.net.Write(out)
		c.mu.Lock()
		if cap(out) <= 4*fullOutput {
			c.spare = out[:0]
		}
		if err != nil {
			c.fail(err)
		}
		c.moved() // there is room
	}
}

// errRetired is why a connection ends that is not needed any more, and errSilent why one does
// whose origin says nothing.
var (
	errRetired = errors.New("http2: the connection is not needed any more")
	errSilent  = errors.New("http2: the origin does not begin to speak HTTP/2")
)

// moved wakes up all who wait for windows or room. mu is held.
func (c *originConn) moved() {
	for _, one := range c.streams {
		one.changed.Broadcast()
	}
}

// fail ends the connection, and the requests that it carries. mu is held.
func (c *originConn) fail(err error) {
	if c.err != nil {
		return
	}
	c.err = err
	c.client.idle.remove(c)
	c.count()
	c.outgoing.Signal()
	var why *failure
	errors.As(err, &why)
	for _, one := range c.streams {
		switch {
		case why != nil:
			one.end(hedge.Wrap(err, hedge.OutcomeOriginMalformed, "what the origin %s answered is not HTTP/2: %s", c.origin, why.why))
		case errors.Is(err, errSilent):
			one.end(hedge.Wrap(err, hedge.OutcomeOriginTimeout, "the origin %s did not begin to speak HTTP/2 within %v", c.origin, c.client.cfg.HeadTimeout))
		default:
			one.broken = one.head == nil && one.ended == nil
			one.end(hedge.Wrap(err, hedge.OutcomeOriginReset, "the origin %s broke off the connection", c.origin))
		}
	}
	go c.close(why) // has a last word to say, for a second at most
}

// close closes the connection, and says why, if that is for us to say.
func (c *originConn) close(why *failure) {
	c.client.forget(c)
	_ = c.net.SetWriteDeadline(time.Now().Add(time.Second))
	if why != nil {
		_ = http2.NewFramer(c.net, nil).WriteGoAway(0, why.code, []byte(why.why))
	}
	_ = c.net.Close()
	_ = c.raw.Close()
}
