package http1

import (
	"os"
	"sync"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"
)

// watch learns from the system when clients go away, for all connections at once,
// where reading ahead in each of them would cost a goroutine for every request.
type watch struct {
	// epoll is -1 if there is none; then clients that go away are noticed by writing.
	// It does not change, and is used until the last connection has ended.
	epoll int
	wake  *os.File
	tells *os.File
	last  atomic.Uint64

	mu    sync.Mutex // guards conns
	conns map[uint64]*conn
}

func newWatch() *watch {
	w := &watch{conns: map[uint64]*conn{}}
	var err error
	if w.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		w.epoll = -1
		return w
	}
	if w.tells, w.wake, err = os.Pipe(); err != nil {
		_ = unix.Close(w.epoll)
		w.epoll = -1
		return w
	}
	event := unix.EpollEvent{Events: unix.EPOLLIN}
	if err := unix.EpollCtl(w.epoll, unix.EPOLL_CTL_ADD, int(w.tells.Fd()), &event); err != nil {
		w.release()
		w.epoll = -1
		return w
	}
	go w.run() // until close
	return w
}

func (w *watch) add(c *conn) {
	raw, ok := c.raw.(syscall.Conn)
	if w.epoll < 0 || !ok {
		return
	}
	control, err := raw.SyscallConn()
	if err != nil {
		return
	}
	c.token = w.last.Add(1)
	w.mu.Lock()
	w.conns[c.token] = c
	w.mu.Unlock()
	_ = control.Control(func(fd uintptr) {
		event := unix.EpollEvent{Events: unix.EPOLLRDHUP | unix.EPOLLET, Fd: int32(c.token), Pad: int32(c.token >> 32)}
		_ = unix.EpollCtl(w.epoll, unix.EPOLL_CTL_ADD, int(fd), &event)
	})
}

// remove forgets a connection; the system forgets it when it is closed.
func (w *watch) remove(c *conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.conns, c.token)
}

// close ends the watch, when no connection is left.
func (w *watch) close() {
	if w.epoll >= 0 {
		_ = w.wake.Close() // run sees the end of the pipe
	}
}

func (w *watch) run() {
	defer w.release()
	events := make([]unix.EpollEvent, 64)
	for {
		n, err := unix.EpollWait(w.epoll, events, -1)
		if err != nil && err != unix.EINTR {
			return
		}
		for _, event := range events[:max(n, 0)] {
			token := uint64(uint32(event.Fd)) | uint64(uint32(event.Pad))<<32
			if token == 0 {
				return
			}
			w.gone(token)
		}
	}
}

func (w *watch) gone(token uint64) {
	w.mu.Lock()
	c := w.conns[token]
	w.mu.Unlock()
	if c != nil {
		c.life.End()
	}
}

func (w *watch) release() {
	_ = unix.Close(w.epoll)
	_ = w.tells.Close()
	_ = w.wake.Close()
}
