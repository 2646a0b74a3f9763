package http1

import (
	"errors"
	"io"
	"math"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"hedge"
	"hedge/httpmsg"
)

// tunnel carries the bytes of another protocol between a client and an origin.
type tunnel struct {
	client httpmsg.Duplex
	origin *duplex
	down   lane           // to the client
	up     lane           // to the origin
	to     httpmsg.Origin // for messages
	idle   time.Duration  // after which, with no byte either way, both ends are closed; 0: never

	moved  atomic.Int64 // bytes, both ways
	ending sync.Once
	err    error         // why both ends were closed; written by ending
	over   chan struct{} // closed when run ends
}

func newTunnel(client httpmsg.Duplex, origin *duplex, to httpmsg.Origin, idle time.Duration) *tunnel {
	return &tunnel{
		client: client, origin: origin, to: to, idle: idle, over: make(chan struct{}),
		down: lane{to: client, goodbye: closeFrame(closeRestart, false)},
		up:   lane{to: origin, goodbye: closeFrame(closeGoingAway, true)},
	}
}

// run copies until both directions have ended, or one has failed.
func (t *tunnel) run() (sent, received int64, err error) {
	defer close(t.over)
	stop := t.watch()
	var up sync.WaitGroup
	up.Go(func() { received = t.direction(&t.up, t.client) })
	sent = t.direction(&t.down, t.origin)
	up.Wait()
	stop()
	return sent, received, t.err
}

// end closes both ends. The first reason stays; none is needed for a silence.
func (t *tunnel) end(why error) {
	t.ending.Do(func() {
		t.err = why
		_, _ = t.client.Close(), t.origin.Close()
	})
}

// farewell is how long both sides have to hang up when they have been told to.
const farewell = time.Second

// leave tells both sides that this ends, between two frames, and waits for them to hang
// up.
func (t *tunnel) leave() {
	select {
	case <-t.over:
		return
	default:
	}
	// Both know before one side hears of it, and ends what goes to the other.
	t.down.leaving.Store(true)
	t.up.leaving.Store(true)
	go t.down.leave() // until it is said, or both ends are closed
	go t.up.leave()   // as well
	late := time.NewTimer(farewell)
	defer late.Stop()
	select {
	case <-t.over:
	case <-late.C:
	}
	t.end(nil)
}

// direction copies one way. The end of what comes is passed on.
func (t *tunnel) direction(by *lane, from httpmsg.Duplex) int64 {
	n, at, err := t.copy(by, from)
	if err == nil {
		at, err = by.to, by.close()
	}
	switch {
	case err == nil:
	case at == t.client:
		t.end(hedge.Wrap(err, hedge.OutcomeClientGone, "the client broke off the connection"))
	default:
		t.end(hedge.Wrap(err, hedge.OutcomeOriginReset, "the origin %s broke off the connection", t.to))
	}
	return n
}

// copy copies until the end of what comes. With an error it says which end it is of.
func (t *tunnel) copy(by *lane, from httpmsg.Duplex) (total int64, at httpmsg.Duplex, err error) {
	next := newFeed(from)
	splice := newSplicer(by.to, from)
	for {
		buf, n, err := next.read()
		if n > 0 {
			if err := by.write(buf[:n]); err != nil {
				return total, by.to, err
			}
			total += int64(n)
			t.moved.Add(int64(n))
		}
		next.done(buf)
		switch {
		case errors.Is(err, io.EOF):
			return total, nil, nil
		case err != nil:
			return total, from, err
		case n < tunnelBuffer:
			continue
		}
		more, err := by.move(splice)
		total += more
		t.moved.Add(more)
		if err != nil {
			return total, by.to, err // or from; who it was, nobody can say
		}
	}
}

// looks is how often a tunnel is looked at within the time that it may be idle.
const looks = 4

// watch ends a tunnel that nothing passes through, until stop is called.
func (t *tunnel) watch() (stop func()) {
	if t.idle <= 0 {
		return func() {}
	}
	over := make(chan struct{})
	go func() { // ends with stop
		ticker := time.NewTicker(max(t.idle/looks, time.Millisecond))
		defer ticker.Stop()
		last, still := int64(0), 0
		for still < looks {
			select {
			case <-over:
				return
			case <-ticker.C:
			}
			if now := t.moved.Load(); now != last {
				last, still = now, -1
			}
			still++
		}
		t.end(nil)
	}()
	return sync.OnceFunc(func() { close(over) })
}

// tunnelBuffer is what one read takes.
const tunnelBuffer = 16 << 10

var tunnelBuffers = sync.Pool{New: func() any { return new([tunnelBuffer]byte) }}

// feed reads a connection piece by piece. Each comes in a buffer that the caller
// gives back.
type feed interface {
	read() (buf *[tunnelBuffer]byte, n int, err error)
	done(buf *[tunnelBuffer]byte)
}

func newFeed(from httpmsg.Duplex) feed {
	if d, ok := from.(*duplex); ok {
		if tcp := d.tcp(); tcp != nil {
			if ready := newReady(tcp, d.in); ready != nil {
				return ready
			}
		}
	}
	return blocking{from}
}

// blocking holds a buffer while it waits.
type blocking struct{ from io.Reader }

func (b blocking) read() (*[tunnelBuffer]byte, int, error) {
	buf := tunnelBuffers.Get().(*[tunnelBuffer]byte)
	n, err := b.from.Read(buf[:])
	return buf, n, err
}

func (blocking) done(buf *[tunnelBuffer]byte) { tunnelBuffers.Put(buf) }

// splicer moves what has arrived from one connection to another without copying it,
// where there is nothing between the two and their bytes.
type splicer struct{ to, from *net.TCPConn }

func newSplicer(to, from httpmsg.Duplex) splicer {
	a, ok1 := to.(*duplex)
	b, ok2 := from.(*duplex)
	if !ok1 || !ok2 {
		return splicer{}
	}
	return splicer{a.tcp(), b.tcp()}
}

// spliced is the least that is worth a pipe.
const spliced = 4 * tunnelBuffer

// some moves what has arrived, up to most bytes, if it is much.
func (s splicer) some(most uint64) (int64, error) {
	if s.to == nil || s.from == nil || most < spliced {
		return 0, nil
	}
	n := min(arrived(s.from), int64(min(most, math.MaxInt64)))
	if n < spliced {
		return 0, nil
	}
	return s.to.ReadFrom(&io.LimitedReader{R: s.from, N: n})
}
