//go:build unix

package sock

import (
	"os"
	"syscall"
)

// Pair makes two Unix sockets of a kind (syscall.SOCK_STREAM, …) that are connected with each
// other, and are not handed to programs that this one executes, unless it says so. Both are the caller's.
func Pair(kind int, name string) (one, other *os.File, err error) {
	syscall.ForkLock.RLock() // or a program that is executed now has them
	fds, err := syscall.Socketpair(syscall.AF_UNIX, kind, 0)
	if err == nil {
		syscall.CloseOnExec(fds[0])
		syscall.CloseOnExec(fds[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	return os.NewFile(uintptr(fds[0]), name), os.NewFile(uintptr(fds[1]), name), nil
}
