//go:build amd64 || arm64

package sock

import (
	"syscall"
	"unsafe"
)

// Recv reads what has come, up to len(p) bytes, of which there is at least one. 0 is the
// end. EAGAIN says that nothing has come.
func Recv(fd uintptr, p []byte) (int, error) { return recv(fd, p, 0) }

// Quiet reports whether there is nothing to read, neither bytes nor the end.
func Quiet(fd uintptr) bool {
	var one [1]byte
	_, err := recv(fd, one[:], syscall.MSG_PEEK)
	return err == syscall.EAGAIN
}

// Send writes as much of p as the system takes at once. EAGAIN says that it takes nothing.
func Send(fd uintptr, p []byte) (int, error) {
	for {
		n, _, err := syscall.RawSyscall6(syscall.SYS_SENDTO, fd, uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), syscall.MSG_NOSIGNAL, 0, 0)
		if err != syscall.EINTR {
			return result(n, err)
		}
	}
}

func recv(fd uintptr, p []byte, flags uintptr) (int, error) {
	for {
		n, _, err := syscall.RawSyscall6(syscall.SYS_RECVFROM, fd, uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), flags, 0, 0)
		if err != syscall.EINTR {
			return result(n, err)
		}
	}
}

func result(n uintptr, err syscall.Errno) (int, error) {
	if err != 0 {
		return 0, err
	}
	return int(n), nil
}
