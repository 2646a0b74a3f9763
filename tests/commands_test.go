package tests

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// Two apps are built, and served by one process from their release files alone.
func TestBuildAndServe(t *testing.T) {
	out := t.TempDir()
	var files []string
	for _, name := range []string{"shop", "blog"} {
		file := filepath.Join(out, name+".hedge")
		dir := app{name: name, hosts: []string{name + ".example.com"}, main: answers("the " + name)}.write(t)
		if code, output := run(t, "build", dir, "-o", file); code != 0 || !contains(output, file, name) {
			t.Fatalf("exit code %d and\n%s", code, output)
		}
		files = append(files, file)
	}
	p := serve(t, files...)
	at := p.addr()
	for host, want := range map[string]string{"shop.example.com": "the shop", "BLOG.example.com:80": "the blog"} {
		get(t, at, "/", "Host", host).want(t, 200, want)
	}
	if page := get(t, at, "/nobody", "Host", "other.example.com"); page.status != 404 {
		t.Errorf("a host that no app claims gets %d %q", page.status, page.body)
	}
	p.access("/nobody").want(t, 404, "no-route")
	p.terminate()
	if code := p.wait(); code != 0 {
		t.Errorf("the exit code is %d\n%s", code, p.out)
	}
}

// Files are changed while many clients ask. None of them fails, and each gets the
// new version once the reload has been told.
func TestReloadUnderLoad(t *testing.T) {
	dir := app{name: "shop", main: answers("version 0")}.write(t)
	p := dev(t, dir)
	at := p.addr()
	client := newClient(t)
	var over atomic.Bool
	var served atomic.Int64
	var load sync.WaitGroup
	for range 4 {
		load.Go(func() {
			for !over.Load() {
				res, err := try(client, at, "GET", "/", "")
				if err != nil {
					t.Error(err)
					return
				}
				body, err := io.ReadAll(res.Body)
				_ = res.Body.Close()
				if res.StatusCode != 200 || err != nil || !strings.HasPrefix(string(body), "version ") {
					t.Errorf("during a reload the answer is %s %q (%v)", res.Status, body, err)
					return
				}
				served.Add(1)
			}
		})
	}
	for i := 1; i <= 8; i++ {
		version := fmt.Sprint("version ", i)
		writeFile(t, filepath.Join(dir, "main.js"), answers(version))
		p.await(fmt.Sprintf(`(?s)(reloaded in.*){%d}`, i))
		get(t, at, "/").want(t, 200, version)
	}
	over.Store(true)
	load.Wait()
	if served.Load() == 0 {
		t.Error("nobody was served meanwhile")
	}
}

// A request that is under way when the process is asked to end gets its whole answer.
func TestTerminationDrains(t *testing.T) {
	for _, command := range []string{"serve", "dev"} {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			more := make(chan struct{})
			slow := origin(t, func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, "first\n")
				_ = http.NewResponseController(w).Flush()
				<-more
				_, _ = io.WriteString(w, "last\n")
			})
			dir := app{name: "slow", main: fmt.Sprintf(`export default { async fetch() { return new Response((await fetch(%q)).body.pipeThrough(new TransformStream())); } };`, slow)}.write(t)
			args := []string{command, dir, "--listen", "127.0.0.1:0"}
			if command == "serve" {
				args = append(args, "--allow-egress", "127.0.0.0/8")
			}
			p := start(t, args...)
			at := p.addr()
			res := open(t, at, "GET", "/", "")
			defer res.Body.Close()
			body := bufio.NewReader(res.Body)
			wantLine(t, body, "first\n")
			p.terminate()
			p.await("stopping")
			p.mustRun()
			close(more)
			wantLine(t, body, "last\n")
			if rest, err := io.ReadAll(body); len(rest) > 0 || err != nil {
				t.Errorf("behind the last line is %q (%v)", rest, err)
			}
			if code := p.wait(); code != 0 {
				t.Errorf("the exit code is %d\n%s", code, p.out)
			}
			if conn, err := net.Dial("tcp", at); err == nil {
				_ = conn.Close()
				t.Error("somebody still listens")
			}
		})
	}
}

// In development a port that is taken is no reason not to start; in production it is.
func TestPortTaken(t *testing.T) {
	first := app{name: "first", main: answers("first")}.write(t)
	second := app{name: "second", main: answers("second")}.write(t)
	at := dev(t, first).addr()
	p := start(t, "dev", second, "--listen", at)
	next := p.addr()
	p.await(`\(port ` + strings.TrimPrefix(at, "127.0.0.1:") + ` is taken\)`)
	if next == at {
		t.Errorf("both say that they listen on %s", at)
	}
	get(t, at, "/").want(t, 200, "first")
	get(t, next, "/").want(t, 200, "second")
	if code, output := run(t, "serve", second, "--listen", at); code != 1 || !contains(output, "the port is taken", "--listen") {
		t.Errorf("serve: exit code %d and\n%s", code, output)
	}
}
