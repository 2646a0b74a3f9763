package hostile

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"hedge"
)

// overdue is when a test that waits for something stops, to say what it has seen
// instead. It is no measure of speed.
const overdue = 3 * time.Minute

// edge is `hedge serve` in a process of its own.
type edge struct {
	testing.TB
	cmd    *exec.Cmd
	addr   string
	log    *journal
	exited chan struct{} // closed when the process has ended

	asking    sync.Mutex // one question at a time
	questions *os.File
	censuses  *json.Decoder
}

// start runs a hedge command. It is killed at the end of the test if it still runs.
func start(t testing.TB, args ...string) *edge {
	t.Helper()
	binary, err := os.Executable()
	must(t, err)
	ask, questions, err := os.Pipe()
	must(t, err)
	answers, answer, err := os.Pipe()
	must(t, err)
	out, stdout, err := os.Pipe()
	must(t, err)
	e := &edge{TB: t, cmd: exec.Command(binary, args...), exited: make(chan struct{}), questions: questions, censuses: json.NewDecoder(answers)}
	e.cmd.Env = append(os.Environ(), commandVariable+"=1")
	e.cmd.ExtraFiles = []*os.File{ask, answer}
	e.cmd.Stdout, e.cmd.Stderr = stdout, stdout
	must(t, e.cmd.Start())
	for _, f := range []*os.File{ask, answer, stdout} {
		must(t, f.Close())
	}
	e.log = readJournal(out)
	go func() { // ends with the process
		defer close(e.exited)
		var exit *exec.ExitError
		if err := e.cmd.Wait(); err != nil && !errors.As(err, &exit) {
			t.Error(err)
		}
	}()
	t.Cleanup(func() {
		_ = e.cmd.Process.Kill() // fails when it has ended
		<-e.exited
		<-e.log.ended
		for _, f := range []*os.File{questions, answers, out} {
			_ = f.Close()
		}
	})
	return e
}

// serve serves apps and waits until it does. Their code may reach this machine, and what they
// keep in the cache is soon as much as they may keep, and no part of what is left behind.
func serve(t testing.TB, how isolation, apps ...string) *edge {
	t.Helper()
	args := append([]string{"serve", "--json", "--allow-egress", "127.0.0.0/8", "--listen", "127.0.0.1:0", "--cache-memory", "8MiB"}, how.args...)
	e := start(t, append(args, apps...)...)
	select {
	case e.addr = <-e.log.serving:
	case <-e.log.ended:
		t.Fatalf("it does not serve:\n%s", e.log)
	case <-time.After(2 * overdue): // a process is started for each app
		t.Fatalf("it does not serve yet:\n%s", e.log)
	}
	return e
}

// mustRun fails the test if the process has ended.
func (e *edge) mustRun() {
	e.Helper()
	select {
	case <-e.exited:
		<-e.log.ended
		e.Fatalf("the edge has ended: %v\n%s", e.cmd.ProcessState, e.log)
	default:
	}
}

// ask asks the edge how it is.
func (e *edge) ask(question string) census {
	e.Helper()
	e.asking.Lock()
	defer e.asking.Unlock()
	var c census
	if _, err := e.questions.WriteString(question); err != nil {
		e.Errorf("asking the edge: %v", err)
	} else if err := e.censuses.Decode(&c); err != nil {
		e.Errorf("the edge does not answer: %v", err)
	}
	return c
}

// access is a line of the access log.
type access struct {
	App     string
	URL     string
	Status  int
	Bytes   int64
	Broken  bool
	Outcome hedge.Outcome
	Error   string
	Millis  float64 `json:"ms"`
	CPU     float64 `json:"cpu_ms"`
}

// journal reads what an edge prints, as fast as it does.
type journal struct {
	serving chan string   // gets the address, once
	ended   chan struct{} // closed at the end of the output

	mu      sync.Mutex // guards what follows
	waiting map[string]chan access
	last    []string // the last lines that are not of requests
	dropped int      // how many came before them
}

// maxLast is how many lines a journal shows.
const maxLast = 40

func readJournal(r io.Reader) *journal {
	j := &journal{serving: make(chan string, 1), ended: make(chan struct{}), waiting: map[string]chan access{}}
	go func() { // until the end of the output
		defer close(j.ended)
		in := bufio.NewReaderSize(r, 1<<20)
		for {
			line, err := in.ReadString('\n')
			if line != "" {
				j.take(line)
			}
			if err != nil {
				return
			}
		}
	}()
	return j
}

func (j *journal) take(line string) {
	const request, serving = `{"event":"request"`, `{"event":"serving"`
	switch {
	case strings.HasPrefix(line, request):
		var a access
		if json.Unmarshal([]byte(line), &a) == nil {
			j.deliver(a)
		}
	case strings.HasPrefix(line, serving):
		if m := regexp.MustCompile(`http://localhost:(\d+)`).FindStringSubmatch(line); m != nil {
			j.serving <- "127.0.0.1:" + m[1]
		}
	default:
		j.keep(line)
	}
}

func (j *journal) deliver(a access) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if waits := j.waiting[a.URL]; waits != nil {
		delete(j.waiting, a.URL)
		waits <- a
	}
}

func (j *journal) keep(line string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(line) > 2000 {
		line = line[:2000] + "…\n"
	}
	if len(j.last) == maxLast {
		j.last = append(j.last[:0], j.last[1:]...)
		j.dropped++
	}
	j.last = append(j.last, line)
}

// expect returns where the line of a request will come, which has to have a URL of
// its own.
func (j *journal) expect(url string) <-chan access {
	j.mu.Lock()
	defer j.mu.Unlock()
	waits := make(chan access, 1)
	j.waiting[url] = waits
	return waits
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return fmt.Sprintf("(%d lines)\n%s", j.dropped, strings.Join(j.last, ""))
}
