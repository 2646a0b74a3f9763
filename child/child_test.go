package child_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hedge/child"
)

// The test binary is the program that children run, and one that starts children.
func TestMain(m *testing.M) {
	if code, ok := child.Main(os.Args, roles()); ok {
		os.Exit(code)
	}
	if len(os.Args) == 2 && os.Args[1] == "parent" {
		os.Exit(parent())
	}
	os.Exit(m.Run())
}

func roles() map[string]child.Role {
	return map[string]child.Role{
		"echo":     echo,
		"look":     look,
		"shared":   readShared,
		"crash":    crash,
		"shy":      func(*child.Self) error { return nil },
		"fail":     func(*child.Self) error { return errors.New("no luck") },
		"deaf":     deaf,
		"hang":     func(*child.Self) error { select {} },
		"attempt":  attempt,
		"landed":   landed,
		"work":     work,
		"v8":       javaScript,
		"eat":      eat,
		"suicide":  suicide,
		"starve":   starve,
		"multiply": multiply,
	}
}

func echo(s *child.Self) error {
	if _, err := s.Confine(child.Policy{}); err != nil {
		return err
	}
	_, err := io.Copy(s.Conn, s.Conn)
	return err
}

// view is what a child sees of its surroundings.
type view struct {
	Env, Args, Files, Links []string
	In                      string
	Group                   bool
}

func look(s *child.Self) error {
	var v view
	v.Env, v.Args = os.Environ(), os.Args
	in, err := io.ReadAll(os.Stdin)
	v.In = string(in)
	if err != nil {
		return err
	}
	for _, f := range s.Files {
		content, err := io.ReadAll(f)
		if err != nil {
			return err
		}
		v.Files = append(v.Files, string(content))
	}
	for fd := range 64 {
		var text string
		if text, err = os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd)); err == nil && !strings.HasPrefix(text, "anon_inode:") {
			kind, _, _ := strings.Cut(text, ":")
			v.Links = append(v.Links, kind)
		}
	}
	v.Group = inOwnGroup()
	if _, err := s.Confine(child.Policy{}); err != nil {
		return err
	}
	return json.NewEncoder(s.Conn).Encode(v)
}

func crash(s *child.Self) error {
	if _, err := s.Confine(child.Policy{}); err != nil {
		return err
	}
	how, err := bufio.NewReader(s.Conn).ReadString('\n')
	if err != nil {
		return nil // the parent has enough of it
	}
	return crashBy(strings.TrimSpace(how))
}

// deaf does not end when its connection does.
func deaf(s *child.Self) error {
	if _, err := s.Confine(child.Policy{}); err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "I hear nothing")
	select {}
}

// start starts a child, which is gone after the test.
func start(t *testing.T, c child.Command) *child.Process {
	t.Helper()
	p, err := child.Start(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.Kill("the test is over")
		p.Conn().Close()
	})
	return p
}

func TestEcho(t *testing.T) {
	p := start(t, child.Command{Role: "echo"})
	if report := p.Report(); len(report) == 0 {
		t.Fatalf("no report: %v", p.Exit())
	} else {
		t.Log(report)
	}
	const text = "hello, child"
	if _, err := io.WriteString(p.Conn(), text); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(text))
	if _, err := io.ReadFull(p.Conn(), got); err != nil || string(got) != text {
		t.Fatalf("got %q, %v", got, err)
	}
	if n, err := p.Resident(); runtime.GOOS == "linux" && (err != nil || n < 1<<20) {
		t.Errorf("%d bytes in memory, %v", n, err)
	}
	p.Close(t.Context())
	if e := p.Exit(); e.Cause != child.ByClose || e.Fatal() {
		t.Errorf("after Close: %v", e)
	}
}

func TestSurroundings(t *testing.T) {
	t.Setenv("HEDGE_SECRET", "1")
	file, err := os.Create(filepath.Join(t.TempDir(), "snapshot"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteString("the content"); err != nil {
		t.Fatal(err)
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	p := start(t, child.Command{Role: "look", Env: []string{"GOMAXPROCS=2"}, Files: []*os.File{file}})
	var v view
	if err := json.NewDecoder(p.Conn()).Decode(&v); err != nil {
		t.Fatalf("%v: %v", err, p.Exit())
	}
	if !slices.Equal(v.Env, []string{"GOMAXPROCS=2"}) {
		t.Errorf("the environment is %q", v.Env)
	}
	if len(v.Args) != 4 || v.Args[2] != "look" {
		t.Errorf("the arguments are %q", v.Args)
	}
	if !slices.Equal(v.Files, []string{"the content"}) || v.In != "" || !v.Group {
		t.Errorf("sees %+v", v)
	}
	if runtime.GOOS == "linux" && !slices.Equal(v.Links, []string{os.DevNull, "pipe", "pipe", "pipe", "pipe", "pipe", file.Name()}) {
		t.Errorf("the descriptors are %q", v.Links)
	}
}

func TestExits(t *testing.T) {
	for _, c := range []struct {
		name, role, order string
		kill              string
		cause             child.Cause
		text              string
	}{
		{name: "returns", role: "shy", cause: child.ByItself, text: "ended by itself"},
		{name: "returns an error", role: "fail", cause: child.ByItself, text: `ended by itself (code 1): child "fail": no luck`},
		{name: "unknown role", role: "nobody", cause: child.ByItself, text: "no such role"},
		{name: "abort", role: "crash", order: "abort", cause: child.ByCrash, text: "crashed (code 2): SIGABRT"},
		{name: "segmentation fault", role: "crash", order: "segv", cause: child.ByCrash, text: "SIGSEGV"},
		{name: "panic", role: "crash", order: "panic", cause: child.ByCrash, text: "panic: on demand"},
		{name: "exit", role: "crash", order: "exit", cause: child.ByItself, text: "ended by itself (code 7)"},
		{name: "kills itself", role: "crash", order: "kill", cause: child.ByOther, text: "killed from outside (killed)"},
		{name: "kill", role: "echo", kill: "it took too long", cause: child.ByKill, text: "was killed (it took too long)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := start(t, child.Command{Role: c.role})
			if c.order != "" {
				fmt.Fprintln(p.Conn(), c.order)
			}
			if c.kill != "" {
				p.Kill(c.kill)
				p.Kill("something else")
			}
			if e := p.Exit(); e.Cause != c.cause || !strings.Contains(e.String(), c.text) || e.PID != p.PID() {
				t.Errorf("got cause %d, %v", e.Cause, e)
			}
		})
	}
}

func TestCloseOfOneThatIsDeaf(t *testing.T) {
	lines := make(chan string, 1)
	p := start(t, child.Command{Role: "deaf", Lines: func(_ int, line string) { lines <- line }})
	if got := <-lines; got != "I hear nothing" {
		t.Errorf("it said %q", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p.Close(ctx)
	if e := p.Exit(); e.Cause != child.ByKill || e.Reason != "it did not end when asked to" || !e.Fatal() {
		t.Error(e)
	}
}

func TestStartFails(t *testing.T) {
	before := openFiles(t)
	if p, err := child.Start(child.Command{Role: "echo", Path: "/nowhere/hedge"}); err == nil {
		t.Errorf("started %d", p.PID())
	}
	if after := openFiles(t); after != before {
		t.Errorf("%d files are open, and %d were", after, before)
	}
}

// A hostile child writes without end, and without line ends.
func TestFloodOfStandardError(t *testing.T) {
	var mu sync.Mutex
	var lines, bytes, longest int
	p := start(t, child.Command{Role: "crash", Lines: func(_ int, line string) {
		mu.Lock()
		defer mu.Unlock()
		lines, bytes, longest = lines+1, bytes+len(line), max(longest, len(line))
	}})
	fmt.Fprintln(p.Conn(), "flood")
	e := p.Exit()
	if bytes > 300<<10 || bytes < 200<<10 || longest > 4096 || len(e.Said) > 32 {
		t.Errorf("%d lines, %d bytes, the longest has %d, %d are kept", lines, bytes, longest, len(e.Said))
	}
}

// parent starts a child, says its number, and waits for its own end.
func parent() int {
	p, err := child.Start(child.Command{Role: "deaf"})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	p.Report()
	fmt.Println(p.PID())
	p.Exit()
	return 0
}

func TestParentIsKilled(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux kills children with their parent")
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "parent")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Fscan(out, &pid); err != nil {
		t.Fatal(err)
	}
	gone := goneOf(t, pid)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // says that it was killed
	select {
	case <-gone:
	case <-time.After(time.Minute):
		t.Errorf("process %d outlived its parent", pid)
	}
}

func openFiles(t *testing.T) int {
	t.Helper()
	if runtime.GOOS != "linux" {
		return 0
	}
	names, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(names)
}

// readLine reads one line.
func readLine(conn *child.Conn) (string, error) {
	return bufio.NewReader(conn).ReadString('\n')
}

// What a restart costs without a spare, and with one.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		p, err := child.Start(child.Command{Role: "echo"})
		if err != nil {
			b.Fatal(err)
		}
		if len(p.Report()) == 0 {
			b.Fatal(p.Exit())
		}
		p.Close(b.Context())
	}
}

func BenchmarkReplace(b *testing.B) {
	pool := child.NewPool(child.PoolOptions{Command: child.Command{Role: "echo"}, Size: 2})
	defer pool.Close()
	for b.Loop() {
		p, err := pool.Take(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		p.Kill("next")
		p.Conn().Close()
	}
}

// The log says why V8 has ended a process, and not what came before that.
func TestExitNamesTheFatalError(t *testing.T) {
	said := []string{"[mutex.cc : 955] RAW: pthread_getschedparam failed: 1", "", "#", "# Fatal error in , line 0", "# Fatal JavaScript invalid size error 1", "#"}
	for _, e := range []child.Exit{{Cause: child.ByCrash, Said: said}, {Cause: child.ByCrash, Said: said[2:]}} {
		if got := e.String(); got != "crashed: Fatal error in , line 0; Fatal JavaScript invalid size error 1" {
			t.Error(got)
		}
	}
}
