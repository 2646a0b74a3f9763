package http2

// unread is content that has come and that nobody has read yet. What bounds it is the window
// that it came through.
type unread struct {
	buf []byte
	at  int // what is before has been read
}

func (u *unread) len() int { return len(u.buf) - u.at }

// add adds what has come. The room of what has been read is used again, as somebody who
// reads slowly may never have read all.
func (u *unread) add(p []byte) {
	if u.at > 0 && len(u.buf)+len(p) > cap(u.buf) {
		u.buf, u.at = u.buf[:copy(u.buf, u.buf[u.at:])], 0
	}
	u.buf = append(u.buf, p...)
}

// take reads as much as p has room for.
func (u *unread) take(p []byte) int {
	n := copy(p, u.buf[u.at:])
	if u.at += n; u.at == len(u.buf) {
		u.buf, u.at = u.buf[:0], 0
	}
	return n
}
