package node

import (
	"context"
	"sync/atomic"
	"time"

	"hedge"
	"hedge/httpmsg"
	"hedge/telemetry"
)

// Ceilings bound what a node takes, so that it refuses before the system ends it. At 95 %
// of one, connections that carry nothing are closed, the longest idle first. At 98 %,
// requests are answered with 503 and Retry-After: those over new connections where there
// are too many, all where memory is short.
type Ceilings struct {
	// Connections bounds those with clients. More are hung up on. 0: nobody counts.
	Connections int
	// Memory bounds what InUse returns, in bytes; 0: nobody looks.
	Memory int64
	// InUse returns the memory in use. It is called some times a second, from one
	// goroutine.
	InUse func() int64
}

// Shares of a ceiling, and how often they are looked at.
const (
	shrinkAt     = 0.95
	shedAt       = 0.98
	memoryLooks  = 200 * time.Millisecond
	shrinkPauses = 100 * time.Millisecond
)

// The settings of a server whose connections are refused: it says so, and ends them soon.
const (
	shedHead = 2 * time.Second
	shedIdle = time.Second
)

// overload watches the ceilings of a node.
type overload struct {
	Ceilings
	door    *door
	pending atomic.Int64 // connections that have been accepted, and which no server has yet
	short   atomic.Bool  // memory is
	used    atomic.Int64 // bytes, at the last look
	began   time.Time
	next    atomic.Int64 // when connections may be shrunk again, in nanoseconds since it began

	idle, refused, closed *telemetry.Counter // connections that had to go
}

func newOverload(d *door, c Ceilings, m *telemetry.Registry) *overload {
	o := &overload{
		Ceilings: c, door: d, began: time.Now(),
		idle: m.Counter(telemetry.ConnectionsShed, "idle"), refused: m.Counter(telemetry.ConnectionsShed, "refused"), closed: m.Counter(telemetry.ConnectionsShed, "closed"),
	}
	if c.Memory > 0 {
		go o.watch() // until the door is shut
	}
	return o
}

// watch looks at the memory until the door is shut.
func (o *overload) watch() {
	ticker := time.NewTicker(memoryLooks)
	defer ticker.Stop()
	for {
		o.look()
		select {
		case <-ticker.C:
		case <-o.door.ctx.Done():
			return
		}
	}
}

func (o *overload) look() {
	used := o.InUse()
	o.used.Store(used)
	share := float64(used) / float64(o.Memory)
	if share >= shrinkAt {
		o.shrink(o.door.open())
	}
	o.short.Store(share >= shedAt)
}

// admit says who serves a new connection over TCP; nil: nobody.
func (o *overload) admit() *servers {
	switch share := o.connections(); {
	case share >= 1:
		o.closed.Inc()
		return nil
	case share >= shedAt:
		o.refused.Inc()
		return &o.door.shedding
	}
	return &o.door.main
}

// admitQUIC reports whether there is room for a new connection over QUIC. Where there is
// none, its client is told before the handshake, and comes again over TCP.
func (o *overload) admitQUIC() bool {
	if o.connections() < shedAt {
		return true
	}
	o.closed.Inc()
	return false
}

// connections returns how much of their ceiling is in use, and has idle ones closed near
// it.
func (o *overload) connections() (share float64) {
	most := float64(o.Connections)
	if most == 0 {
		return 0
	}
	n := o.door.open() + int(o.pending.Load())
	if o.door.http3 != nil {
		n += o.door.http3.Shaking()
	}
	if float64(n) >= shrinkAt*most {
		o.shrink(n - int(shrinkAt*most) + 1 + o.Connections/100)
	}
	return float64(n) / most
}

// shrink closes up to n connections that carry nothing. As it has to look at all, it does
// so some times a second at most.
func (o *overload) shrink(n int) {
	now, next := int64(time.Since(o.began)), o.next.Load()
	if now < next || !o.next.CompareAndSwap(next, now+int64(shrinkPauses)) {
		return
	}
	closed := o.door.main.http1.Shrink(n)
	closed += o.door.main.http2.Shrink(n - closed)
	if o.door.http3 != nil {
		closed += o.door.http3.Shrink(n - closed)
	}
	add(o.idle, int64(closed))
}

// errShed is the answer to a request that the node has no room for.
func errShed() error {
	return hedge.Errorf(hedge.OutcomeShed, "the server has as many connections, or as much memory in use, as it may")
}

// shed refuses what comes over a connection that is one too many.
func (d *door) shed(ctx context.Context, req *httpmsg.Request, refusal *httpmsg.Refusal, out httpmsg.Outlet) {
	d.take(ctx, req, refusal, out, errShed())
}

// collect says how much of the ceilings is in use.
func (o *overload) collect(s *telemetry.Sample) {
	if o.Connections > 0 {
		s.Set(telemetry.Pressure, float64(o.door.open())/float64(o.Connections), "connections")
	}
	if o.Memory > 0 {
		s.Set(telemetry.Pressure, float64(o.used.Load())/float64(o.Memory), "memory")
	}
}
