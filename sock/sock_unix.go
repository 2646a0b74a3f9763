//go:build unix && !(linux && (amd64 || arm64))

package sock

import "golang.org/x/sys/unix"

// Recv reads what has come, up to len(p) bytes, of which there is at least one. 0 is the
// end. EAGAIN says that nothing has come.
func Recv(fd uintptr, p []byte) (n int, err error) {
	for {
		if n, err = unix.Read(int(fd), p); err != unix.EINTR {
			return max(n, 0), err
		}
	}
}

// Quiet reports whether there is nothing to read, neither bytes nor the end.
func Quiet(fd uintptr) bool {
	var one [1]byte
	_, _, err := unix.Recvfrom(int(fd), one[:], unix.MSG_PEEK)
	return err == unix.EAGAIN
}

// Send writes as much of p as the system takes at once. EAGAIN says that it takes nothing.
func Send(fd uintptr, p []byte) (n int, err error) {
	for {
		if n, err = unix.Write(int(fd), p); err != unix.EINTR {
			return max(n, 0), err
		}
	}
}
