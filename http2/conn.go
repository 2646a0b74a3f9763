package http2

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"hedge/httpmsg"
)

// conn is one connection with a client.
type conn struct {
	server *Server
	net    net.Conn
	raw    net.Conn         // net, or what is below it if that is TLS
	tls    *httpmsg.TLSInfo // nil without TLS
	remote netip.AddrPort
	local  netip.AddrPort

	// What follows belongs to the goroutine that reads.

	in      reader
	framer  *http2.Framer // its writing is guarded by mu
	decoder *hpack.Decoder
	block   block
	inBlock bool // a header block has begun and not ended
	greeted bool // the client has sent what comes first
	budget  budget

	// more says that something has been read that has not been looked at.
	more atomic.Bool
	// awaited is when something began that has to go on soon; 0 if nothing has. writing
	// is when the write that goes on began, idle when the last request ended; 0 if not.
	awaited, writing, idle atomic.Int64

	mu       sync.Mutex // guards what follows
	changed  sync.Cond  // windows, room in out, the ends of streams
	streams  map[uint32]*stream
	running  int    // handlers
	last     uint32 // the last stream that the client has begun
	out      []byte // what is to be written
	spare    []byte // memory for it
	encoder  encoder
	flushing bool // somebody writes
	dead     bool // nothing can be written any more

	window  int64 // that the client has opened on the connection; may not be negative
	initial int64 // that of new streams
	receive int64 // that the client may still send on the connection
	owed    int   // bytes that have been read, and not been given back to that

	worked work // since the reader last looked

	lastResets []uint32 // streams that we have reset; the oldest is at nextReset
	nextReset  int

	opened     bool // what a server says first has been said
	draining   bool // the client has been told to go elsewhere
	drainedAt  int64
	final      bool // later streams are ignored
	concluding bool // the connection ends when out has been written
}

// failure is why a connection ends by our will (RFC 9113 §5.4.1).
type failure struct {
	code http2.ErrCode
	why  string
}

func (f *failure) Error() string { return fmt.Sprintf("%v: %s", f.code, f.why) }

func fail(code http2.ErrCode, why string) error { return &failure{code, why} }

const defaultWindow = 65535 // RFC 9113 §6.9.2

func newConn(s *Server, nc net.Conn, info *httpmsg.TLSInfo, read []byte) *conn {
	c := &conn{
		server: s, net: nc, raw: nc, tls: info, streams: map[uint32]*stream{},
		window: defaultWindow, initial: defaultWindow, receive: int64(s.Limits.ConnWindow),
		budget: newBudget(&s.Limits, s.clock.Load()), block: block{Section: httpmsg.Section{Limits: &s.Limits.SectionLimits, WebSockets: true}},
	}
	if over, ok := nc.(interface{ NetConn() net.Conn }); ok {
		c.raw = over.NetConn()
	}
	if addr, ok := nc.RemoteAddr().(*net.TCPAddr); ok {
		c.remote = addr.AddrPort()
	}
	if addr, ok := nc.LocalAddr().(*net.TCPAddr); ok {
		c.local = addr.AddrPort()
	}
	c.changed.L = &c.mu
	c.in = reader{conn: c, buf: make([]byte, max(readBuffer, len(read)))}
	c.in.w = copy(c.in.buf, read)
	c.framer = http2.NewFramer(outbox{c}, &c.in)
	c.framer.SetMaxReadFrameSize(maxFrame)
	c.framer.SetReuseFrames()
	c.decoder = hpack.NewDecoder(4096, func(f hpack.HeaderField) { c.block.Field(f.Name, f.Value) })
	c.decoder.SetMaxStringLength(4 * s.Limits.HeadBytes) // what is too large for a head is refused there
	c.awaited.Store(s.clock.Load())
	c.idle.Store(s.clock.Load())
	return c
}

func (c *conn) serve() {
	defer c.server.conns.Remove(c)
	defer c.net.Close()
	c.greet()
	err := c.read()
	c.finishAll(err)
}

// greet sends what a server says first (RFC 9113 §3.4).
func (c *conn) greet() {
	limits := &c.server.Limits
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = c.framer.WriteSettings(
		http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: uint32(limits.Streams)},
		http2.Setting{ID: http2.SettingInitialWindowSize, Val: uint32(limits.StreamWindow)},
		http2.Setting{ID: http2.SettingMaxHeaderListSize, Val: uint32(limits.HeadBytes)},
		http2.Setting{ID: http2.SettingEnableConnectProtocol, Val: 1}, // RFC 8441 §3
		http2.Setting{ID: http2.SettingNoRFC7540Priorities, Val: 1},
	)
	if more := limits.ConnWindow - defaultWindow; more > 0 {
		_ = c.framer.WriteWindowUpdate(0, uint32(more))
	}
	c.opened = true
	if c.server.conns.Stopping() {
		c.goElsewhere()
	}
	c.wake()
}

// read takes frame after frame until the connection ends.
func (c *conn) read() error {
	preface := make([]byte, len(http2.ClientPreface))
	if _, err := io.ReadFull(&c.in, preface); err != nil {
		return err
	}
	if !bytes.Equal(preface, []byte(http2.ClientPreface)) {
		return fail(http2.ErrCodeProtocol, "the connection does not begin with the preface")
	}
	for ; ; c.greeted = true {
		c.in.between = true
		head, err := c.framer.ReadFrameHeader()
		if err != nil {
			return c.malformed(head, err)
		}
		if !c.greeted && (head.Type != http2.FrameSettings || head.Flags.Has(http2.FlagSettingsAck)) {
			return fail(http2.ErrCodeProtocol, "the first frame is not SETTINGS")
		}
		if err := c.frame(head); err != nil {
			return err
		}
	}
}

// pause is called before the reader waits for the client. between says that it does so
// between two frames.
func (c *conn) pause(between bool) {
	c.more.Store(false)
	switch {
	case !c.greeted: // has one time for it all
	case between && !c.inBlock:
		c.awaited.Store(0)
	case !c.inBlock || c.awaited.Load() == 0: // a block has one time for it all
		c.awaited.Store(c.server.clock.Load())
	}
}

// expire ends the connection if it has been waited for too long, and the waiting for content
// that does not come.
func (c *conn) expire(now int64) {
	limits := &c.server.Limits
	over := func(since *atomic.Int64, most time.Duration) bool {
		began := since.Load()
		return began != 0 && time.Duration(now-began)*time.Second > most
	}
	switch {
	case over(&c.awaited, limits.HeadTimeout), over(&c.writing, limits.WriteTimeout):
		c.end()
	case over(&c.idle, limits.IdleTimeout):
		c.drain()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, st := range c.streams {
		st.body.expire(now)
	}
	if c.draining && !c.final && now > c.drainedAt+1 {
		c.refuseLater()
	}
}

// end ends the connection from another goroutine. Saying so by TLS could take long.
func (c *conn) end() {
	c.mu.Lock()
	c.die()
	c.mu.Unlock()
	_ = c.raw.Close()
}

// die says that nothing can be written any more: all that goes on is for nobody. mu is
// held.
func (c *conn) die() {
	if c.dead {
		return
	}
	c.dead = true
	for _, st := range c.streams {
		c.abandon(st, errGone())
	}
	c.changed.Broadcast()
}

// abandon ends a stream without a word. mu is held.
func (c *conn) abandon(st *stream, err error) {
	st.closed = true
	delete(c.streams, st.id)
	st.body.end(err)
	c.changed.Broadcast()
	st.cancel()
}

// finishAll ends the connection after the reader has met an error. It says why, if that
// is for us to say.
func (c *conn) finishAll(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var why *failure
	if errors.As(err, &why) && !c.dead {
		for _, st := range c.streams {
			c.abandon(st, errGone())
		}
		_ = c.framer.WriteGoAway(c.last, why.code, []byte(why.why))
		c.concluding = true
		for c.wake(); c.flushing; {
			c.changed.Wait()
		}
		c.mu.Unlock()
		c.linger()
		c.mu.Lock()
	}
	c.die()
}

// What is still taken from a client after GOAWAY, and for how long: a system that finds
// unread bytes when it closes would destroy it on its way.
const (
	lingerBytes = 256 << 10
	lingerTime  = 500 * time.Millisecond
)

// hangUp says that nothing more will be written, and lets the reader end soon.
func (c *conn) hangUp() {
	for _, nc := range []net.Conn{c.net, c.raw} { // the end of TLS, and then that of what is below
		if closer, ok := nc.(interface{ CloseWrite() error }); ok {
			_ = closer.CloseWrite()
		}
		if c.net == c.raw {
			break
		}
	}
	_ = c.raw.SetReadDeadline(time.Now().Add(lingerTime))
}

func (c *conn) linger() { _, _ = io.CopyN(io.Discard, c.net, lingerBytes) }

// finish takes note of the end of a handler.
func (c *conn) finish(st *stream) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running--
	if !st.closed && !c.dead {
		code := http2.ErrCodeNo // the answer is complete, and the rest of the request has no use
		if !st.done {
			code = http2.ErrCodeInternal
		}
		c.reset(st.id, code)
	}
	st.closed = true
	delete(c.streams, st.id)
	if c.running == 0 {
		c.idle.Store(c.server.clock.Load())
		if c.final {
			c.conclude()
		}
	}
	c.changed.Broadcast()
}

// The data of the PING whose answer says that the client knows of the end.
func drainPing() [8]byte { return [8]byte{'h', 'e', 'd', 'g', 'e', 'b', 'y', 'e'} }

// drain tells the client to go elsewhere. What it has sent before it knew is served; so
// the first GOAWAY names no stream (RFC 9113 §6.8). Streams that have been switched to
// another protocol might go on for ever, and are told to end.
func (c *conn) drain() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.opened { // else it is told behind what comes first
		c.goElsewhere()
	}
}

// goElsewhere is drain for who holds mu.
func (c *conn) goElsewhere() {
	if c.draining || c.dead {
		return
	}
	c.draining, c.drainedAt = true, c.server.clock.Load()
	_ = c.framer.WriteGoAway(maxWindow, http2.ErrCodeNo, nil)
	_ = c.framer.WritePing(false, drainPing())
	c.wake()
	for _, st := range c.streams {
		if st.goAway != nil {
			go st.goAway() // it may have something to say first
		}
	}
}

// refuseLater says which streams are still served, and ends the connection if there
// are none. mu is held.
func (c *conn) refuseLater() {
	if c.final || c.dead {
		return
	}
	c.final = true
	_ = c.framer.WriteGoAway(c.last, http2.ErrCodeNo, nil)
	if c.running == 0 {
		c.concluding = true
	}
	c.wake()
}

// conclude ends the connection once everything has been written. mu is held.
func (c *conn) conclude() {
	c.concluding = true
	c.wake()
}
