//go:build unix

package sock_test

import (
	"bytes"
	"io"
	"net"
	"syscall"
	"testing"

	"hedge/sock"
	"hedge/sock/socktest"
)

// with calls do with the descriptor of a connection, again when there is something to
// read, until it returns true.
func with(t *testing.T, c *net.TCPConn, do func(fd uintptr) bool) {
	t.Helper()
	raw, err := c.SyscallConn()
	if err == nil {
		err = raw.Read(do)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestNothingBytesAndTheEnd(t *testing.T) {
	near, far := socktest.Pair(t)
	buf := make([]byte, 16)
	with(t, near, func(fd uintptr) bool {
		if !sock.Quiet(fd) {
			t.Error("a connection that nothing has come over is not quiet")
		}
		if n, err := sock.Recv(fd, buf); n != 0 || err != syscall.EAGAIN {
			t.Errorf("reading nothing: %d, %v", n, err)
		}
		return true
	})
	with(t, far, func(fd uintptr) bool {
		if n, err := sock.Send(fd, []byte("hello")); n != 5 || err != nil {
			t.Errorf("writing: %d, %v", n, err)
		}
		return true
	})
	got := []byte{}
	with(t, near, func(fd uintptr) bool {
		if sock.Quiet(fd) {
			return false
		}
		n, err := sock.Recv(fd, buf)
		if err != nil {
			t.Error(err)
		}
		got = append(got, buf[:n]...)
		return err != nil || len(got) == 5
	})
	if string(got) != "hello" {
		t.Errorf("got %q", got)
	}
	_ = far.CloseWrite()
	with(t, near, func(fd uintptr) bool {
		if sock.Quiet(fd) {
			return false
		}
		if n, err := sock.Recv(fd, buf); n != 0 || err != nil {
			t.Errorf("the end: %d, %v", n, err)
		}
		return true
	})
}

// What the system does not take is not lost, and a connection that is gone is an error
// and no signal.
func TestSendTakesWhatThereIsRoomFor(t *testing.T) {
	near, far := socktest.Pair(t)
	raw, err := near.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	piece, sent := bytes.Repeat([]byte("x"), 64<<10), 0
	if err := raw.Control(func(fd uintptr) {
		for {
			n, err := sock.Send(fd, piece)
			if err == syscall.EAGAIN {
				return
			}
			if err != nil {
				t.Error(err)
				return
			}
			sent += n
		}
	}); err != nil {
		t.Fatal(err)
	}
	_ = near.CloseWrite()
	if n, err := io.Copy(io.Discard, far); err != nil || n != int64(sent) {
		t.Errorf("%d of %d bytes came: %v", n, sent, err)
	}
	if err := raw.Control(func(fd uintptr) {
		if n, err := sock.Send(fd, piece); n != 0 || err != syscall.EPIPE {
			t.Errorf("writing behind the end: %d, %v", n, err)
		}
	}); err != nil {
		t.Fatal(err)
	}
}
