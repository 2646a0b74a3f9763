package tests

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// A server outlives who reads its log.
func TestReaderOfTheLogIsGone(t *testing.T) {
	r, w, err := os.Pipe()
	must(t, err)
	binary, err := os.Executable()
	must(t, err)
	cmd := exec.Command(binary, "serve", "--json", "--isolation", "none", "--admin", "none", "--listen", "127.0.0.1:0", app{name: "shop", main: answers("hello")}.write(t))
	cmd.Env = append(os.Environ(), commandVariable+"=1")
	told := newOutput()
	cmd.Stdout, cmd.Stderr = w, told
	must(t, cmd.Start())
	defer func() { _ = cmd.Process.Kill() }() // fails when it has ended
	must(t, w.Close())
	var serving struct{ URL string }
	for lines := bufio.NewScanner(r); serving.URL == "" && lines.Scan(); {
		must(t, json.Unmarshal(lines.Bytes(), &serving))
	}
	must(t, r.Close())
	addr := "127.0.0.1:" + strings.TrimPrefix(serving.URL, "http://localhost:")
	for range 3 {
		get(t, addr, "/").want(t, 200, "hello")
	}
	if told.await(regexp.MustCompile("the log cannot be written: .*broken pipe")) == nil {
		t.Errorf("it is not told that the log has no reader, but\n%s", told)
	}
	must(t, cmd.Process.Signal(syscall.SIGTERM))
	if err := cmd.Wait(); err != nil {
		t.Errorf("it has ended with %v", err)
	}
}
