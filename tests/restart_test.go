package tests

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// How long TestRestarts goes on. `make soak` asks for more.
var (
	restarts = flag.Int("restarts", 2, "of each kind, in TestRestarts")
	requests = flag.Int64("requests", 1000, "at least, in TestRestarts")
)

// load is clients that ask as fast as they can over connections that are kept.
type load struct {
	testing.TB
	addr     string
	answered atomic.Int64
	refused  atomic.Int64 // connections, while nobody listens
	over     chan struct{}
	clients  sync.WaitGroup

	mu       sync.Mutex // guards failures
	failures []string
}

func startLoad(t testing.TB, addr string, clients int) *load {
	l := &load{TB: t, addr: addr, over: make(chan struct{})}
	for i := range clients {
		l.clients.Go(func() { l.client(i) })
	}
	return l
}

// stop ends the load, and fails the test for each request that failed.
func (l *load) stop() {
	close(l.over)
	l.clients.Wait()
	for _, failure := range l.failures {
		l.Errorf("a request failed: %s", failure)
	}
}

func (l *load) client(i int) {
	for {
		select {
		case <-l.over:
			return
		default:
		}
		conn, err := net.Dial("tcp", l.addr)
		if errors.Is(err, syscall.ECONNREFUSED) {
			l.refused.Add(1) // nobody listens: no request has been made that could fail
			select {
			case <-l.over:
			case <-time.After(time.Millisecond):
			}
			continue
		}
		if err == nil {
			err = l.use(conn, i)
			_ = conn.Close()
		}
		if err != nil {
			l.fail(err)
			return
		}
	}
}

func (l *load) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failures = append(l.failures, fmt.Sprintf("after %d answers: %v", l.answered.Load(), err))
}

func (l *load) failed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.failures) > 0
}

// use sends requests over a connection until the server says that it ends. Nothing is
// sent twice: an error is a request that failed.
func (l *load) use(conn net.Conn, i int) error {
	in := bufio.NewReader(conn)
	request := "GET / HTTP/1.1\r\nHost: shop\r\n\r\n"
	if i%2 == 1 {
		request = "POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 1000\r\n\r\n" + strings.Repeat("x", 1000)
	}
	for {
		select {
		case <-l.over:
			return nil
		default:
		}
		if _, err := io.WriteString(conn, request); err != nil {
			return err
		}
		res, err := http.ReadResponse(in, nil)
		if err != nil {
			return err
		}
		body, err := io.ReadAll(res.Body)
		if err != nil {
			return err
		}
		if res.StatusCode != 200 || !strings.HasPrefix(string(body), "version ") {
			return fmt.Errorf("%s %q", res.Status, body)
		}
		l.answered.Add(1)
		if res.Close {
			return nil
		}
	}
}

// until waits until something is so.
func until(t testing.TB, what string, so func() bool) {
	t.Helper()
	late := time.After(3 * overdue)
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for !so() {
		select {
		case <-look.C:
		case <-late:
			t.Fatalf("it has not come about that %s", what)
		}
	}
}

// edgeProcess is an edge that may be replaced by another process.
type edgeProcess struct {
	*process
	folder, pidFile string
	app             string
	port            string
	more            []string // arguments
	environment     []string // "NAME=value"
}

func (e *edgeProcess) pid() int {
	text, err := os.ReadFile(e.pidFile)
	if err != nil {
		return 0
	}
	pid, _ := strconv.Atoi(string(text))
	return pid
}

func (e *edgeProcess) open(t testing.TB) {
	args := append([]string{"serve", "--json", "--listen", "127.0.0.1:" + e.port, "--admin", filepath.Join(e.folder, "admin.sock"), "--pid-file", e.pidFile}, e.more...)
	e.process = startIn(t, e.environment, append(args, e.app)...)
	e.port = strings.TrimPrefix(e.addr(), "127.0.0.1:")
	until(t, "the process has written its number", func() bool { return e.pid() == e.cmd.Process.Pid })
}

func (e *edgeProcess) write(t testing.TB, main string) {
	must(t, os.MkdirAll(e.app, 0o755))
	must(t, os.WriteFile(filepath.Join(e.app, "hedge.toml"), []byte("name = \"shop\"\nmain = \"main.js\"\n"), 0o644))
	must(t, os.WriteFile(filepath.Join(e.app, "main.js"), []byte(main), 0o644))
}

// version writes a version of the app.
func (e *edgeProcess) version(t testing.TB, n int) {
	e.write(t, fmt.Sprintf(`export default { async fetch(request) { await request.text(); return new Response("version %d "); } };`, n))
}

// body asks for what is served, over a connection of its own.
func (e *edgeProcess) body() string {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Get("http://127.0.0.1:" + e.port)
	if err != nil {
		return err.Error()
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	return string(body)
}

// upgrade has another process take over.
func (e *edgeProcess) upgrade(t testing.TB) {
	t.Helper()
	before := e.pid()
	must(t, syscall.Kill(before, syscall.SIGUSR2))
	until(t, "another process serves", func() bool { return e.pid() != before })
	until(t, "the one before it has ended", func() bool { return isGone(before) })
}

// isGone reports whether a process has ended, even if nobody has asked how.
func isGone(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || strings.Contains(string(stat), ") Z ")
}

// Reloads, upgrades and ends under load: not one request fails.
func TestRestarts(t *testing.T) {
	folder := t.TempDir()
	e := &edgeProcess{folder: folder, pidFile: filepath.Join(folder, "pid"), app: filepath.Join(folder, "shop"), port: "0"}
	version := 1
	e.version(t, version)
	e.open(t)
	l := startLoad(t, "127.0.0.1:"+e.port, 8)
	t.Cleanup(func() { // of a process that is not ours
		if pid := e.pid(); pid != 0 && pid != e.cmd.Process.Pid {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	})
	done := 0
	for ; done < *restarts || l.answered.Load() < *requests; done++ {
		if l.failed() {
			break
		}
		// A version that is broken, and one that is not.
		e.write(t, "export default {")
		must(t, syscall.Kill(e.pid(), syscall.SIGHUP))
		until(t, "the broken version is refused", func() bool { return strings.Count(e.out.String(), `"event":"failed"`) > 0 })
		version++
		e.version(t, version)
		want := fmt.Sprintf("version %d ", version)
		must(t, syscall.Kill(e.pid(), syscall.SIGHUP))
		until(t, want+"is served", func() bool { return e.body() == want })

		e.upgrade(t)
		if done == 0 {
			e.upgrade(t) // a process that was handed its sockets hands them on
		}

		last := e.pid()
		must(t, syscall.Kill(last, syscall.SIGTERM))
		until(t, "the process has ended", func() bool { return isGone(last) })
		e.open(t)
	}
	l.stop()
	t.Logf("%d answers through %d reloads, upgrades and ends each; %d connections were refused meanwhile", l.answered.Load(), done, l.refused.Load())
	e.terminate()
	if code := e.wait(); code != 0 {
		t.Errorf("the exit code is %d", code)
	}
}

// A program that does not come as far as serving takes nothing over.
func TestUpgradeThatFails(t *testing.T) {
	folder := t.TempDir()
	e := &edgeProcess{folder: folder, pidFile: filepath.Join(folder, "pid"), app: filepath.Join(folder, "shop"), port: "0"}
	e.version(t, 1)
	e.open(t)
	e.write(t, "export default {")
	must(t, syscall.Kill(e.pid(), syscall.SIGUSR2))
	e.await(`"event":"upgrade-failed"`)
	if body := e.body(); body != "version 1 " || e.pid() != e.cmd.Process.Pid {
		t.Errorf("%d serves %q", e.pid(), body)
	}
	e.version(t, 2)
	e.upgrade(t)
	if body := e.body(); body != "version 2 " {
		t.Errorf("the next process serves %q", body)
	}
	last := e.pid()
	info, err := os.Stat(e.pidFile)
	must(t, err)
	if mode := info.Mode().Perm(); mode != 0o644 {
		t.Errorf("the file with its number has the mode %o, and is for everybody to read", mode)
	}
	must(t, syscall.Kill(last, syscall.SIGTERM))
	until(t, "the last process has ended", func() bool { return isGone(last) })
	if _, err := os.Stat(filepath.Join(folder, "admin.sock")); err == nil {
		t.Error("the admin socket is left behind")
	}
	if pid := e.pid(); pid != 0 {
		t.Errorf("the number %d is left behind, which may be another process's some day", pid)
	}
}

// A program that fails when it is about to take over leaves what it would have to those before
// it: here the configuration has changed, and the new one cannot write its number.
func TestUpgradeThatFailsLast(t *testing.T) {
	folder := t.TempDir()
	app, config, socket := filepath.Join(folder, "shop"), filepath.Join(folder, "node.toml"), filepath.Join(folder, "admin.sock")
	e := &edgeProcess{app: app}
	e.version(t, 1)
	configure := func(socket, pidFile string) {
		text := fmt.Sprintf("listen = \"127.0.0.1:0\"\nadmin = %q\npid_file = %q\n[[app]]\npath = %q\n", socket, pidFile, app)
		must(t, os.WriteFile(config, []byte(text), 0o644))
	}
	configure(socket, filepath.Join(folder, "pid"))
	e.process = start(t, "serve", "--json", "--config", config)
	e.port = strings.TrimPrefix(e.addr(), "127.0.0.1:")
	until(t, "it serves", func() bool { return e.body() == "version 1 " })
	configure(filepath.Join(folder, "other.sock"), filepath.Join(folder, "missing", "pid"))
	must(t, syscall.Kill(e.cmd.Process.Pid, syscall.SIGUSR2))
	e.await(`"event":"upgrade-failed"`)
	if _, err := os.Stat(socket); err != nil {
		t.Errorf("the admin socket of the process that goes on: %v", err)
	}
	if code, out := run(t, "top", "--once", "--admin", socket); code != 0 {
		t.Errorf("over the admin socket: %d, %s", code, out)
	}
}

// A supervisor is told which process is the service by the one that it believes: the one that
// ends.
func TestSupervisorHearsOfUpgrades(t *testing.T) {
	folder := t.TempDir()
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(folder, "notify"), Net: "unixgram"})
	must(t, err)
	defer socket.Close()
	e := &edgeProcess{folder: folder, pidFile: filepath.Join(folder, "pid"), app: filepath.Join(folder, "shop"), port: "0", environment: []string{"NOTIFY_SOCKET=" + socket.LocalAddr().String()}}
	e.version(t, 1)
	e.open(t)
	e.upgrade(t)
	last := e.pid()
	must(t, syscall.Kill(last, syscall.SIGTERM))
	until(t, "the last process has ended", func() bool { return isGone(last) })
	told := map[string]bool{}
	message := make([]byte, 1<<10)
	must(t, socket.SetReadDeadline(time.Now().Add(overdue)))
	for range 4 { // all have been sent
		n, err := socket.Read(message)
		must(t, err)
		told[string(message[:n])] = true
	}
	for _, want := range []string{
		fmt.Sprintf("READY=1\nMAINPID=%d\n", e.cmd.Process.Pid), fmt.Sprintf("MAINPID=%d\n", last),
		fmt.Sprintf("READY=1\nMAINPID=%d\n", last), fmt.Sprintf("STOPPING=1\nMAINPID=%d\n", last),
	} {
		if !told[want] {
			t.Errorf("the supervisor is not told %q, but %v", want, told)
		}
	}
}

// Whoever is to end does not leave another process behind that serves.
func TestEndDuringAnUpgrade(t *testing.T) {
	folder := t.TempDir()
	e := &edgeProcess{folder: folder, pidFile: filepath.Join(folder, "pid"), app: filepath.Join(folder, "shop"), port: "0", more: []string{"--drain-delay", "1h"}}
	e.version(t, 1)
	e.open(t)
	first := e.cmd.Process.Pid
	must(t, os.RemoveAll(e.app))
	must(t, syscall.Mkfifo(e.app, 0o600)) // the next process waits for somebody to write its release
	must(t, syscall.Kill(first, syscall.SIGUSR2))
	next := 0
	until(t, "another process starts", func() bool {
		next = serverOf(first)
		return next != 0
	})
	t.Cleanup(func() { _ = syscall.Kill(next, syscall.SIGKILL) })
	must(t, syscall.Kill(first, syscall.SIGTERM))
	until(t, "the other process has ended", func() bool { return isGone(next) })
	if isGone(first) {
		t.Error("the process has not waited for its delay")
	}
	must(t, syscall.Kill(first, syscall.SIGTERM))
	e.wait()
}

// serverOf returns the server that a process has started; 0: there is none.
func serverOf(pid int) int {
	folders, _ := filepath.Glob("/proc/[0-9]*") // the pattern is well-formed
	for _, folder := range folders {
		stat, _ := os.ReadFile(filepath.Join(folder, "stat")) // what has ended has none
		_, after, _ := strings.Cut(string(stat), ") ")
		fields := strings.Fields(after)
		command, _ := os.ReadFile(filepath.Join(folder, "cmdline"))
		if len(fields) > 1 && fields[1] == strconv.Itoa(pid) && strings.Contains(string(command), "\x00serve\x00") {
			found, _ := strconv.Atoi(filepath.Base(folder))
			return found
		}
	}
	return 0
}

// What the splits have come to outlives the process: shares that were set by hand, a ramp that
// goes on, and one that was given up, which begins again only where its sides have changed.
func TestSplitsSurviveUpgrades(t *testing.T) {
	site, _ := named(t, "the site")
	folder := t.TempDir()
	e := &edgeProcess{folder: folder, pidFile: filepath.Join(folder, "pid"), app: filepath.Join(folder, "shop"), port: "0"}
	configure := func(every, sides string) {
		text := fmt.Sprintf("name = \"shop\"\n[upstream]\nold = { targets = [%q] }\nnew = { targets = [%q] }\n", site, site)
		for _, name := range []string{"plain", "climbing", "aborted", "changed"} {
			weights := "old = 95, new = 5"
			if name == "changed" {
				weights = sides
			}
			text += fmt.Sprintf("[[route]]\nmatch = \"/%s\"\nto = \"split:%s\"\n[split.%s]\nsticky = \"none\"\nsides = { %s }\n", name, name, name, weights)
			if name != "plain" {
				text += fmt.Sprintf("ramp = { to = \"new\", steps = [\"10%%\", \"20%%\"], every = %q }\n", every)
			}
		}
		must(t, os.MkdirAll(e.app, 0o755))
		must(t, os.WriteFile(filepath.Join(e.app, "hedge.toml"), []byte(text), 0o644))
	}
	configure("1h", "old = 95, new = 5")
	e.open(t)
	t.Cleanup(func() { // of a process that is not ours
		if pid := e.pid(); pid != 0 && pid != e.cmd.Process.Pid {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	})
	socket := filepath.Join(folder, "admin.sock")
	splitSides(t, socket, "set", "plain", "old=1", "new=3")
	splitSides(t, socket, "ramp", "climbing", "--to", "new", "--steps", "40%,80%", "--every", "1h")
	splitSides(t, socket, "abort", "aborted")
	splitSides(t, socket, "abort", "changed")
	wants := func(name string, share float64, state string) {
		t.Helper()
		if shares, is := splitSides(t, socket, "show", name); shares["new"] != share || is != state {
			t.Errorf("the split %s gives the new side %v, and its ramp is %q; want %v, %q", name, shares["new"], is, share, state)
		}
	}
	for range 2 { // a process that has taken over hands on
		e.upgrade(t)
		wants("plain", 0.75, "")
		wants("climbing", 0.4, "running")
		wants("aborted", 0, "aborted")
		wants("changed", 0, "aborted")
	}
	configure("2h", "old = 90, new = 10")
	e.upgrade(t)
	wants("plain", 0.75, "")
	wants("climbing", 0.4, "running")
	wants("aborted", 0, "aborted")
	wants("changed", 0.1, "running")
	if strings.Contains(e.out.String(), "splits-untold") {
		t.Errorf("the splits are not handed over: %s", e.out)
	}
	last := e.pid()
	must(t, syscall.Kill(last, syscall.SIGTERM))
	until(t, "the last process has ended", func() bool { return isGone(last) })
}
