package child_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"hedge/child"
)

// readShared answers each line with what is in the memory that it shares with its parent,
// and "write" with what comes of the attempt to be able to.
func readShared(s *child.Self) error {
	if _, err := s.Confine(child.Policy{}); err != nil {
		return err
	}
	for lines := bufio.NewScanner(s.Conn); lines.Scan(); {
		answer := strings.TrimRight(string(s.Shared), "\x00")
		if lines.Text() == "write" {
			answer = fmt.Sprint(unix.Mprotect(s.Shared, unix.PROT_READ|unix.PROT_WRITE))
		}
		if _, err := fmt.Fprintf(s.Conn, "%d %s\n", len(s.Shared), answer); err != nil {
			return err
		}
	}
	return nil
}

func TestShared(t *testing.T) {
	p := start(t, child.Command{Role: "shared", Shared: 10000})
	lines := bufio.NewReader(p.Conn())
	says := func(order, want string) {
		t.Helper()
		if _, err := io.WriteString(p.Conn(), order+"\n"); err != nil {
			t.Fatal(err)
		}
		if got, err := lines.ReadString('\n'); err != nil || got != "10000 "+want+"\n" {
			t.Errorf("the child says %q, %v; want %q", got, err, want)
		}
	}
	says("read", "")
	for at, text := range map[int64]string{0: "hello, ", 7: "child"} {
		if _, err := p.Shared().WriteAt([]byte(text), at); err != nil {
			t.Fatal(err)
		}
	}
	says("read", "hello, child")
	says("write", unix.EACCES.Error())
	if err := p.Shared().Clear(); err != nil {
		t.Error(err)
	}
	says("read", "")
	for _, at := range []int64{-1, 9999, 10001, 1 << 40} {
		if _, err := p.Shared().WriteAt([]byte("xx"), at); err == nil {
			t.Errorf("two bytes were written at %d", at)
		}
	}
	if _, err := p.Shared().WriteAt([]byte("xx"), 9998); err != nil {
		t.Error(err)
	}
	p.Kill("the test")
	if _, err := p.Shared().WriteAt([]byte("x"), 0); err == nil {
		t.Error("something was written for a child that has ended")
	}
}

// A child without shared memory has none, and one with files has both.
func TestSharedAndFiles(t *testing.T) {
	if p := start(t, child.Command{Role: "echo"}); p.Shared() != nil {
		t.Error("there is memory that nobody asked for")
	}
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	p := start(t, child.Command{Role: "shared", Shared: 4096, Files: []*os.File{file}})
	if _, err := p.Shared().WriteAt([]byte("both"), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(p.Conn(), "read\n"); err != nil {
		t.Fatal(err)
	}
	if got, err := bufio.NewReader(p.Conn()).ReadString('\n'); err != nil || got != "4096 both\n" {
		t.Errorf("the child says %q, %v", got, err)
	}
}
