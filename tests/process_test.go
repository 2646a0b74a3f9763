package tests

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"sync"
	"syscall"
	"testing"
	"time"

	"hedge"
)

// overdue is when a test that waits for something stops, to say what it has seen
// instead. It is no measure of speed.
const overdue = 20 * time.Second

// process is a hedge command in a process of its own.
type process struct {
	testing.TB
	cmd    *exec.Cmd
	out    *output
	exited chan struct{} // closed when the process has ended
}

// start runs a command, which is killed at the end of the test if it still runs.
func start(t testing.TB, args ...string) *process {
	t.Helper()
	return startIn(t, nil, args...)
}

// startIn is start with more variables in the environment, as "NAME=value".
func startIn(t testing.TB, environment []string, args ...string) *process {
	t.Helper()
	binary, err := os.Executable()
	must(t, err)
	p := &process{TB: t, cmd: exec.Command(binary, args...), out: newOutput(), exited: make(chan struct{})}
	p.cmd.Env = append(append(os.Environ(), environment...), commandVariable+"=1")
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
	must(t, p.cmd.Start())
	go func() { // ends with the process
		defer close(p.exited)
		var exit *exec.ExitError
		if err := p.cmd.Wait(); err != nil && !errors.As(err, &exit) {
			fmt.Fprintln(p.out, "the output is incomplete:", err)
		}
		p.out.end()
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // fails when it has ended
		<-p.exited
	})
	return p
}

// serve serves apps, each a folder or a release file, with an access log to look
// into. Their code may reach the origins of this machine.
func serve(t testing.TB, apps ...string) *process {
	t.Helper()
	return start(t, append([]string{"serve", "--json", "--allow-egress", "127.0.0.0/8", "--listen", "127.0.0.1:0"}, apps...)...)
}

// run runs a command to its end and returns all of its output.
func run(t testing.TB, args ...string) (code int, output string) {
	t.Helper()
	p := start(t, args...)
	return p.wait(), p.out.String()
}

// wait waits for the end of the process and returns its exit code.
func (p *process) wait() int {
	p.Helper()
	select {
	case <-p.exited:
	case <-time.After(overdue):
		p.Fatalf("the command has not ended, but printed\n%s", p.out)
	}
	return p.cmd.ProcessState.ExitCode()
}

// terminate asks the process to end, as supervisors do.
func (p *process) terminate() {
	p.Helper()
	must(p, p.cmd.Process.Signal(syscall.SIGTERM))
}

// mustRun fails the test if the process has ended.
func (p *process) mustRun() {
	p.Helper()
	select {
	case <-p.exited:
		p.Fatalf("the command has ended: %v\n%s", p.cmd.ProcessState, p.out)
	default:
	}
}

// await waits until the output has something that matches, and returns its first
// group, or all of it.
func (p *process) await(pattern string) string {
	p.Helper()
	found := p.out.await(regexp.MustCompile(pattern))
	if found == nil {
		p.Fatalf("the command has not printed %q, but\n%s", pattern, p.out)
	}
	return found[len(found)-1]
}

// addr waits until the command serves, and returns where.
func (p *process) addr() string {
	p.Helper()
	return "127.0.0.1:" + p.await(`http://localhost:(\d+)`)
}

// access is a line of the access log.
type access struct {
	App, Method, Step string
	Status            int
	Bytes             int64
	Broken            bool
	Outcome           hedge.Outcome
	Error             string
	Exception         struct {
		Name, Message string
		Stack         []string
	}
}

// access waits for the line of the request for a target.
func (p *process) access(target string) access {
	p.Helper()
	line := p.await(`(?m)^(\{"event":"request".*"url":"http://[^/"]*` + regexp.QuoteMeta(target) + `".*\})$`)
	var a access
	must(p, json.Unmarshal([]byte(line), &a))
	return a
}

// want compares what became of a request with what should have.
func (a access) want(t testing.TB, status int, outcome hedge.Outcome) {
	t.Helper()
	if a.Status != status || a.Outcome != outcome {
		t.Errorf("the access log has %d %s (%s), want %d %s", a.Status, a.Outcome, a.Error, status, outcome)
	}
}

// output is what a process prints, and can be waited on.
type output struct {
	mu      sync.Mutex // guards what follows
	text    bytes.Buffer
	changed chan struct{} // closed at the next change
	ended   bool
}

func newOutput() *output { return &output{changed: make(chan struct{})} }

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	defer o.tell()
	return o.text.Write(p)
}

func (o *output) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ended = true
	o.tell()
}

// tell wakes those who wait. mu is held.
func (o *output) tell() {
	close(o.changed)
	o.changed = make(chan struct{})
}

func (o *output) String() string {
	text, _, _ := o.state()
	return text
}

func (o *output) state() (text string, changed <-chan struct{}, ended bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String(), o.changed, o.ended
}

// await returns the match of a pattern; nil if the output ends without one.
func (o *output) await(pattern *regexp.Regexp) []string {
	late := time.After(overdue)
	for {
		text, changed, ended := o.state()
		if found := pattern.FindStringSubmatch(text); found != nil || ended {
			return found
		}
		select {
		case <-changed:
		case <-late:
			return nil
		}
	}
}

// must fails the test on an error.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
