//go:build unix

package sock

import (
	"io"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// What is written to one end comes out of the other, and no other program has either.
func TestPair(t *testing.T) {
	one, other, err := Pair(syscall.SOCK_STREAM, "test")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if _, err := io.WriteString(one, "hello"); err != nil {
		t.Fatal(err)
	}
	for _, f := range []uintptr{one.Fd(), other.Fd()} {
		if flags, err := unix.FcntlInt(f, unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC == 0 {
			t.Errorf("flags %x, %v", flags, err)
		}
	}
	_ = one.Close()
	if got, err := io.ReadAll(other); err != nil || string(got) != "hello" {
		t.Errorf("%q, %v", got, err)
	}
}
