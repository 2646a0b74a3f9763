package worker

import (
	"context"
	"io"
	"runtime"
	"time"

	"hedge"
	"hedge/coding"
	"hedge/v8"
)

// Some of what code asks for is computed by the host: cryptography, compression, the
// coding of a body. A request pays for that as it does for its turns. A meter measures
// it, and sees to it that apps compute by turns and never on all processors at once:
// something is left for those who only pass bytes on.

// places bounds how many compute at the same time: there is a token for each.
type places chan struct{}

// newPlaces returns places for a share of the processors, one at least.
func newPlaces(processors int) places { return make(places, max(1, processors)) }

// enter waits for a place, until ctx ends.
func (p places) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err // select might choose the place
	}
	select {
	case p <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p places) leave() { <-p }

// meter charges a request with what its goroutine uses of the processor between start
// and stop. It is for one goroutine at a time.
type meter struct {
	session *session
	inv     *invocation // nil for the app itself, which pays while it loads
	runs    bool
	began   time.Duration // on the processor, by the clock of the thread
}

// start waits for a place to compute, and begins to count. It does neither, and returns
// an error, if the request ends before that. It may be called again.
func (m *meter) start() error {
	if m.runs {
		return nil
	}
	app := m.session.app
	life := m.session.lifeOf(m.inv)
	if err := app.computing.enter(life); err != nil {
		return errOver
	}
	if err := app.runtime.computing.enter(life); err != nil {
		app.computing.leave()
		return errOver
	}
	m.runs = true
	runtime.LockOSThread()
	m.began = v8.ThreadCPU()
	return nil
}

// stop ends what start began.
func (m *meter) stop() {
	if !m.runs {
		return
	}
	m.runs = false
	spent := v8.ThreadCPU() - m.began
	runtime.UnlockOSThread()
	m.session.charge(m.inv, spent) // first: a request that is over begins with nothing more
	m.session.app.runtime.computing.leave()
	m.session.app.computing.leave()
}

// charge adds to what a request has used of the processor, and ends the request if that
// is too much.
func (s *session) charge(inv *invocation, cpu time.Duration) {
	if inv == nil {
		if !s.isLoaded.Load() {
			s.startup.Add(int64(cpu)) // the next turn says if it is too much
			s.port.charge(0, cpu)
		} else {
			s.spendOutside(cpu)
		}
		return
	}
	s.port.charge(inv.id, cpu)
	inv.account.Spent(cpu)
	if limits := &s.app.limits; inv.cpu.Add(int64(cpu)) > int64(limits.CPU) {
		inv.overspent(cpuError(limits, inv.id))
	}
}

// Compute calls fn, which uses the processor and waits for nothing, when it is the app's
// turn. The request pays for what it takes, and is ended if that is too much. The error
// is fn's, or says that the request has ended before.
func (c *Call) Compute(fn func() error) error {
	m := c.meter()
	if err := m.start(); err != nil {
		return err
	}
	defer m.stop()
	return fn()
}

func (c *Call) meter() *meter { return &meter{session: c.session, inv: c.inv} }

// Computed returns a reader which computes what it gives from what it reads from body, as
// convert makes it: a compressor, for instance, with memory of the app's. The request pays
// as it does for Compute. A Read of body does not count, nor waiting for memory; Close may
// be called while a Read goes on.
func (c *Call) Computed(body io.ReadCloser, convert Conversion) io.ReadCloser {
	return c.meter().around(body, &share{of: &c.session.app.codings}, convert)
}

// Conversion makes a coder that reads body.
type Conversion = func(body io.ReadCloser, memory coding.Memory) io.ReadCloser

func (m *meter) around(body io.ReadCloser, memory *share, convert Conversion) io.ReadCloser {
	return &meteredBody{convert(&unmeteredBody{body, m}, &unmeteredMemory{memory, m}), m}
}

// meteredBody counts what its Read uses.
type meteredBody struct {
	io.ReadCloser
	meter *meter
}

func (b *meteredBody) Read(p []byte) (int, error) {
	if err := b.meter.start(); err != nil {
		return 0, err
	}
	defer b.meter.stop()
	return b.ReadCloser.Read(p)
}

// unmeteredBody is what a meteredBody reads from, and may have to wait for.
type unmeteredBody struct {
	io.ReadCloser
	meter *meter
}

func (b *unmeteredBody) Read(p []byte) (int, error) {
	b.meter.stop()
	n, err := b.ReadCloser.Read(p)
	if startErr := b.meter.start(); startErr != nil && err == nil {
		err = startErr
	}
	return n, err
}

// unmeteredMemory is what a meteredBody takes memory from, and may have to wait for.
type unmeteredMemory struct {
	*share
	meter *meter
}

func (m *unmeteredMemory) Take(bytes int64) error {
	m.meter.stop()
	if err := m.share.Take(bytes); err != nil {
		return err
	}
	return m.meter.start()
}

// cpuError says that a request has used too much of the processor. The isolate has numbered
// it: the first one is the slowest, and one that ends its isolate is followed by another first.
func cpuError(limits *hedge.Limits, id uint32) *hedge.Error {
	advice := ""
	if id == firstRequest {
		advice = "; it was the first of its isolate, for which code is compiled that later ones find ready: if those take less, raise the limit"
	}
	return hedge.Errorf(hedge.OutcomeExceededCPU, "the request used more than its %v of processor time (limits.cpu)%s", limits.CPU, advice)
}

// firstRequest is the number of the first request that an isolate gets.
const firstRequest = 1
