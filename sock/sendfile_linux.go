package sock

import "golang.org/x/sys/unix"

// SendFile sends of a file, from a byte on, as much of most bytes as a socket takes at once.
// 0 is the end of the file. EAGAIN says that the socket takes nothing. What is not in memory
// is waited for, so that the scheduler is told of it.
func SendFile(fd, file uintptr, at int64, most int) (int, error) {
	for {
		n, err := unix.Sendfile(int(fd), int(file), &at, most)
		if err != unix.EINTR {
			return max(n, 0), err
		}
	}
}
