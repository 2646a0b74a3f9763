package hostile

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hedge"
)

// isolation is a way to run code.
type isolation struct {
	name    string
	args    []string // of `hedge serve`
	cordons bool
	// growth is by how much the memory of the edge may have grown at the end, in
	// bytes. Where isolates are in it, that is what their heaps have become.
	growth int64
}

func isolations() []isolation {
	return []isolation{
		{"none", []string{"--isolation", "none"}, false, 1 << 30},
		{"cordon", []string{"--isolation", "cordon"}, true, 64 << 20},
	}
}

// takes reports whether the script can be run so.
func (how isolation) takes(s *script) bool { return how.cordons || !s.cordon }

const (
	// atOnce is how many scripts run at the same time.
	atOnce = 8
	// maxOverrun is how much processor time a request may use beyond its limit: what
	// does not end by then is killed. A loop that nothing ends uses all that there is,
	// so that this is no measure of speed.
	maxOverrun = 1500 * time.Millisecond
)

// The scripts are thrown at one edge while the well-behaved app is visited: each ends
// as it has to, no visitor notices, and nothing is left of them. Some of them are, in
// cordons, with all other tests; `make hostile` throws all, and without cordons too,
// as far as that can be.
func TestCorpus(t *testing.T) {
	for _, how := range isolations() {
		if !how.cordons && !*throw {
			continue
		}
		t.Run(how.name, func(t *testing.T) {
			g := gather(t, how)
			tr := startTrickle(t, g.addr)
			g.warm(t)
			if *throw { // then what comes with an app's first request is there, and the cache is full
				g.throw(t, tr, (*script).mayBeThrownTwice)
				g.origin.hangUp()
				g.origin.forget()
			}
			before := g.usage()
			g.throw(t, tr, func(*script) bool { return true })
			tr.end()
			g.mustRun()
			g.visitors.CloseIdleConnections()
			g.origin.hangUp()
			after := g.settle(before, how.growth)
			t.Logf("before: %v", before)
			t.Logf("after:  %v", after)
			t.Logf("the well-behaved app answered %d requests", tr.asked.Load())
		})
	}
}

// warm has every app answer that a script is not all of, so that what the scripts
// leave behind is told from what an app takes that works.
func (g *gathering) warm(t *testing.T) {
	for _, s := range g.scripts {
		if s.then == thenOK {
			g.mustRecover(t, s)
		}
	}
}

// gathering is an edge that serves the scripts and the well-behaved app.
type gathering struct {
	*edge
	how      isolation
	scripts  []*script
	origin   *origin
	visitors *http.Client
	runs     atomic.Int64
}

// everySo is which of the scripts run without -corpus, besides those that have to be
// killed: some fifty do.
const everySo = 5

// gather starts an edge with the scripts that can be run so.
func gather(t testing.TB, how isolation) *gathering {
	t.Helper()
	g := &gathering{how: how, origin: newOrigin(t), visitors: newClient(t)}
	vars := map[string]string{"ORIGIN": g.origin.URL}
	apps := []string{writeNeighbour(t, g.origin.URL)}
	for i, s := range corpus(t) {
		if how.takes(s) && !s.start && (*throw || i%everySo == 0 || slices.Contains(killed(), s.name)) {
			g.scripts = append(g.scripts, s)
			apps = append(apps, s.write(t, vars))
		}
	}
	g.edge = serve(t, how, apps...)
	g.origin.edge.Store(&g.addr)
	return g
}

// throw runs the scripts that are wanted, some at once.
func (g *gathering) throw(t *testing.T, tr *trickle, wanted func(*script) bool) {
	free := make(chan struct{}, atOnce)
	var running sync.WaitGroup
	for _, s := range g.scripts {
		if !wanted(s) {
			continue
		}
		free <- struct{}{}
		running.Go(func() {
			defer func() { <-free }()
			failed := tr.failed.Load()
			t.Run(s.name, func(t *testing.T) { g.run(t, s) })
			if tr.failed.Load() > failed {
				t.Errorf("visitors of the well-behaved app failed while %s ran, perhaps for another reason", s.name)
			}
		})
	}
	running.Wait()
}

// run runs a script, and the request after it.
func (g *gathering) run(t *testing.T, s *script) {
	got := g.attack(t, s)
	if !slices.Contains(s.outcomes, got.Outcome) {
		t.Errorf("it ended as %s with the status %d (%.300s), want %v", got.Outcome, got.Status, got.Error, s.outcomes)
	}
	if len(s.statuses) > 0 && !slices.Contains(s.statuses, got.Status) {
		t.Errorf("the status is %d (%s, %.300s), want %v", got.Status, got.Outcome, got.Error, s.statuses)
	}
	if over := time.Duration(got.CPU*1e6) - s.cpu; over > maxOverrun {
		t.Errorf("it used %v of processor time more than its %v", over, s.cpu)
	}
	if testing.Verbose() {
		t.Logf("%s: %s, %d, %.0f ms, %.0f ms on the processor", s.name, got.Outcome, got.Status, got.Millis, got.CPU)
	}
	if s.then != thenOK {
		return
	}
	g.mustRecover(t, s)
}

// mustRecover asks the app of a script for /fine until it answers. What the script has
// set off, loops through the edge itself above all, may outlive the answer, and
// whoever asks meanwhile waits for a turn, perhaps until limits.wall.
func (g *gathering) mustRecover(t *testing.T, s *script) {
	for late := time.Now().Add(overdue); ; {
		got := g.send(t, s, "GET", "/fine", nil, -1)
		if got.Status == 200 && got.Outcome == hedge.OutcomeOK && got.Bytes == int64(len("fine")) {
			return
		}
		if time.Now().After(late) {
			t.Errorf("the app does not answer any more: %s with the status %d (%.300s)", got.Outcome, got.Status, got.Error)
			return
		}
	}
}

// attack sends the request that sets a script off, and returns what the access log
// says about it.
func (g *gathering) attack(t testing.TB, s *script) access {
	t.Helper()
	var body io.Reader
	if s.sends > 0 {
		body = io.LimitReader(endless{}, s.sends)
	}
	return g.send(t, s, s.method, "/", body, s.reads)
}

// send sends a request to a script, reads the answer or a part of it, and waits for
// the line of the access log, with which the answer has to agree.
func (g *gathering) send(t testing.TB, s *script, method, path string, body io.Reader, reads int64) access {
	t.Helper()
	target := fmt.Sprintf("%s?run=%d", path, g.runs.Add(1))
	logged := g.log.expect("http://" + s.host + target)
	res, err := send(g.visitors, g.addr, s.host, method, target, body)
	status := 0
	if err == nil {
		status = res.StatusCode
		if reads >= 0 {
			_, _ = io.CopyN(io.Discard, res.Body, reads)
		} else {
			_, err = io.Copy(io.Discard, res.Body)
		}
		_ = res.Body.Close()
	}
	g.mustRun()
	select {
	case a := <-logged:
		if status != 0 && a.Status != status {
			t.Errorf("the client got the status %d, and the log says %d", status, a.Status)
		}
		// Who is still sending when the answer comes may lose it.
		if err != nil && !a.Broken && body == nil {
			t.Errorf("the client got %v, and the log says %s", err, a.Outcome)
		}
		return a
	case <-time.After(overdue):
		t.Fatalf("the log says nothing of %s; the client got %d, %v\n%s", target, status, err, g.log)
		panic("unreachable")
	}
}

// endless is a body of which there is always more.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// Apps that do harm while they start are refused, and the command ends by itself. Not
// all of them in both ways, unless that is asked for.
func TestStarts(t *testing.T) {
	for _, how := range isolations() {
		for _, s := range corpus(t) {
			if !s.start || !how.takes(s) || !how.cordons && !*throw {
				continue
			}
			t.Run(how.name+"/"+s.name, func(t *testing.T) {
				o := newOrigin(t)
				dir := s.write(t, map[string]string{"ORIGIN": o.URL})
				e := start(t, append(append([]string{"serve", "--json", "--listen", "127.0.0.1:0", "--allow-egress", "127.0.0.0/8"}, how.args...), dir)...)
				select {
				case <-e.exited:
					<-e.log.ended
				case <-e.log.serving:
					t.Fatal("the app is served")
				case <-time.After(overdue):
					t.Fatalf("the command has not ended\n%s", e.log)
				}
				if code := e.cmd.ProcessState.ExitCode(); code != 1 || !strings.Contains(e.log.String(), s.says) {
					t.Errorf("the command ended (%v) with\n%s\nwant the exit code 1 and %q", e.cmd.ProcessState, e.log, s.says)
				}
			})
		}
	}
}
