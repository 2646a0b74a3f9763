package upstream_test

import (
	"context"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hedge"
	"hedge/httpmsg"
	"hedge/upstream"
)

// world is a clock that a test moves, randomness from a seed, and what was noticed.
type world struct {
	mu      sync.Mutex // guards what follows
	now     time.Time
	timers  []*timer
	random  *rand.Rand
	notices []string
}

type timer struct {
	at time.Time
	f  func()
}

func newWorld() *world {
	return &world{now: time.Unix(1e9, 0), random: rand.New(rand.NewPCG(1, 2))}
}

func (w *world) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) AfterFunc(d time.Duration, f func()) func() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	t := &timer{w.now.Add(d), f}
	w.timers = append(w.timers, t)
	return func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		before := len(w.timers)
		w.timers = slices.DeleteFunc(w.timers, func(other *timer) bool { return other == t })
		return len(w.timers) < before
	}
}

// pass lets time go by, and runs what was planned for it, in order.
func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	end := w.now.Add(d)
	for {
		next := -1
		for i, t := range w.timers {
			if !t.at.After(end) && (next < 0 || t.at.Before(w.timers[next].at)) {
				next = i
			}
		}
		if next < 0 {
			break
		}
		t := w.timers[next]
		w.timers = slices.Delete(w.timers, next, next+1)
		w.now = t.at
		w.mu.Unlock()
		t.f()
		w.mu.Lock()
	}
	w.now = end
	w.mu.Unlock()
}

func (w *world) bits() uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.random.Uint64()
}

func (w *world) noticed(d hedge.Decision) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.notices = append(w.notices, d.String())
}

// wantNotices compares what was noticed since it was last asked.
func (w *world) wantNotices(t *testing.T, want ...string) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if !slices.Equal(w.notices, want) {
		t.Errorf("noticed\n%s\nwant\n%s", strings.Join(w.notices, "\n"), strings.Join(want, "\n"))
	}
	w.notices = nil
}

func (w *world) config(client httpmsg.RoundTripperFunc) upstream.Config {
	return upstream.Config{
		Client: client, Clock: w, Random: w.bits, Notice: w.noticed,
		Key: []byte("a key for tests that has 32 bytes"),
	}
}

func (w *world) pool(t testing.TB, u hedge.Upstream, client httpmsg.RoundTripperFunc) *upstream.Pool {
	t.Helper()
	p, err := upstream.New("blog", u, w.config(client))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// origins are servers in memory: each answers with its status, or fails with its
// outcome, and counts.
type origins struct {
	mu      sync.Mutex // guards what follows
	status  map[string]int
	outcome map[string]hedge.Outcome
	asked   map[string]int
	delay   func(name string) // nil: none
}

func newOrigins() *origins {
	return &origins{status: map[string]int{}, outcome: map[string]hedge.Outcome{}, asked: map[string]int{}}
}

func (o *origins) answer(_ context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
	if req.Body != nil {
		defer func() { _ = req.Body.Close() }()
	}
	if o.delay != nil {
		o.delay(req.Authority)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.asked[req.Authority]++
	if outcome := o.outcome[req.Authority]; outcome != "" {
		return nil, hedge.Errorf(outcome, "%s fails", req.Authority)
	}
	status := o.status[req.Authority]
	if status == 0 {
		status = 200
	}
	return onItsWay(httpmsg.Text(status, req.Authority)), nil
}

// counts returns how often each was asked since the last time, and forgets it.
func (o *origins) counts() map[string]int {
	o.mu.Lock()
	defer o.mu.Unlock()
	counts := o.asked
	o.asked = map[string]int{}
	return counts
}

func (o *origins) set(name string, status int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.status[name] = status
}

// ask sends a GET and returns who answered, and the decisions on the way.
func ask(t testing.TB, rt httpmsg.RoundTripper, target string, fields ...string) (who string, res *httpmsg.Response, decisions string) {
	t.Helper()
	req := get(target, fields...)
	req.Account = &hedge.Account{}
	res, err := rt.RoundTrip(t.Context(), req)
	var all []string
	for _, d := range req.Account.Snapshot().Decisions {
		all = append(all, d.String())
	}
	if err != nil {
		return string(hedge.OutcomeOf(err)), nil, strings.Join(all, "; ")
	}
	if res.Body != nil {
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Error(err)
		}
		res.CloseBody()
		who = string(body)
	}
	return who, res, strings.Join(all, "; ")
}

// targets makes URLs of host names.
func targets(names ...string) (urls []string) {
	for _, name := range names {
		urls = append(urls, "http://"+name)
	}
	return urls
}

// delay makes the new side slow.
func (w *world) delay(name string) {
	w.pass(time.Millisecond)
	if name == "new" {
		w.pass(9 * time.Millisecond)
	}
}

// onItsWay returns an answer whose content is not in memory yet: the exchange with the
// origin goes on.
func onItsWay(res *httpmsg.Response) *httpmsg.Response {
	res.Body = struct{ io.ReadCloser }{res.Body}
	return res
}
