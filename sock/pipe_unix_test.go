//go:build unix

package sock_test

import (
	"os"
	"syscall"
	"testing"

	"hedge/sock"
)

// at calls do once with the descriptor of a file.
func at(t *testing.T, f *os.File, do func(fd uintptr)) {
	t.Helper()
	raw, err := f.SyscallConn()
	if err == nil {
		err = raw.Control(do)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestPipe(t *testing.T) {
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 1<<20)
	read := func(what string, want int, wantErr error) {
		t.Helper()
		at(t, in, func(fd uintptr) {
			if n, err := sock.Read(fd, buf); n != want || err != wantErr {
				t.Errorf("reading %s: %d, %v", what, n, err)
			}
		})
	}
	write := func(p []byte) (n int, err error) {
		at(t, out, func(fd uintptr) { n, err = sock.Write(fd, p) })
		return n, err
	}
	read("nothing", 0, syscall.EAGAIN)
	if n, err := write([]byte("hello")); n != 5 || err != nil {
		t.Errorf("writing: %d, %v", n, err)
	}
	read("what has come", 5, nil)
	taken, err := write(buf)
	if err != nil || taken == 0 || taken == len(buf) {
		t.Errorf("writing more than there is room for: %d, %v", taken, err)
	}
	if n, err := write(buf); n != 0 || err != syscall.EAGAIN {
		t.Errorf("writing where there is no room: %d, %v", n, err)
	}
	read("all of it", taken, nil)
	_ = out.Close()
	read("the end", 0, nil)
	_ = in.Close()
}

func TestPipeThatNobodyReads(t *testing.T) {
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	_ = in.Close()
	at(t, out, func(fd uintptr) {
		if n, err := sock.Write(fd, []byte("x")); n != 0 || err != syscall.EPIPE {
			t.Errorf("got %d, %v", n, err)
		}
	})
	_ = out.Close()
}
