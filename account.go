package hedge

import (
	"sync"
	"time"
)

// Account is what one request has cost and how it ended. The parts that a request
// passes through write to it; the log line, the metrics and Server-Timing are made
// from it. The methods may be called from any goroutine, and on a nil Account,
// which keeps nothing.
type Account struct {
	mu    sync.Mutex
	entry Entry
	late  Ledger // who is told of what comes yet; nil before Settle
}

// Ledger is told of what is spent for a request whose answer has been delivered, as by what
// code has put behind it. It is called from any goroutine, and does not call the Account.
type Ledger interface {
	Spent(cpu time.Duration)
	Fetched()
	Decided(Decision)
}

// Entry is the content of an Account at one moment.
type Entry struct {
	// App is the name of the app that answered.
	App string
	// Step says what answered: "code", or an upstream as in "upstream:blog".
	Step string
	// Outcome is empty until something went other than well.
	Outcome Outcome
	// Err is what went wrong, for the log.
	Err error
	// CPU is the time on the processor that code took.
	CPU time.Duration
	// Fetches counts the requests that code made.
	Fetches int
	// Received counts the bytes that the client sent over a connection which had been
	// switched to another protocol.
	Received int64
	// Cold says that an isolate had to be started.
	Cold bool
	// Target is the origin that was asked last.
	Target string
	// Upstream is how long origins took for the heads of their answers, all together.
	Upstream time.Duration
	// Retries counts how often the request was sent to another target.
	Retries int
	// Side is that of a split which the request went to, as in "split:home/new".
	Side string
	// Cache is how the request, or the last one that code made for it, went through the
	// cache; empty if that had no part in it.
	Cache string
	// Trace is where the request stands in a trace.
	Trace Trace
	// Decisions are those of upstreams that were out of the ordinary, in order.
	Decisions []Decision
}

// Snapshot returns what is known so far.
func (a *Account) Snapshot() Entry {
	if a == nil {
		return Entry{}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.entry
}

// Settle returns what is known so far, and has late told of all that is spent and decided
// from then on.
func (a *Account) Settle(late Ledger) Entry {
	if a == nil {
		return Entry{}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.late = late
	return a.entry
}

// Answered notes who answers.
func (a *Account) Answered(app, step string) {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.entry.App, a.entry.Step = app, step
}

// Failed notes what went wrong; the first failure stays.
func (a *Account) Failed(err error) {
	if a == nil || err == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.entry.Err == nil {
		a.entry.Outcome, a.entry.Err = OutcomeOf(err), err
	}
}

// Spent adds time on the processor.
func (a *Account) Spent(cpu time.Duration) {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.entry.CPU += cpu
	if a.late != nil {
		a.late.Spent(cpu)
	}
}

// Fetched counts a request that code made.
func (a *Account) Fetched() {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.entry.Fetches++
	if a.late != nil {
		a.late.Fetched()
	}
}

// Received adds bytes that came from the client over a connection which had been
// switched to another protocol.
func (a *Account) Received(bytes int64) {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.entry.Received += bytes
}

// StartedCold notes that an isolate had to be started.
func (a *Account) StartedCold() {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.entry.Cold = true
}

// Asked notes that an origin was asked, and how long it took for the head of its
// answer, or to fail.
func (a *Account) Asked(target string, took time.Duration) {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.entry.Target = target
	a.entry.Upstream += took
}

// Cached notes how a request went through the cache.
func (a *Account) Cached(reason string) {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.entry.Cache = reason
}

// Retried counts that the request was sent to another target.
func (a *Account) Retried() {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.entry.Retries++
}
