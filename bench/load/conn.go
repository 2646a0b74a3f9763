package load

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"strconv"
)

// conn is a connection that carries one exchange after another. It is for one
// goroutine at a time.
type conn struct {
	net.Conn
	fd  int    // of the connection, which does not block
	buf []byte // of which the first have bytes are of the current answer
	// have and want are bytes; want is -1 as long as the answer's head is incomplete.
	have, want int
}

func newConn(c net.Conn) (*conn, error) {
	own := &conn{Conn: c, buf: make([]byte, 4<<10), want: -1}
	raw, err := c.(*net.TCPConn).SyscallConn()
	if err == nil {
		err = raw.Control(func(fd uintptr) { own.fd = int(fd) })
	}
	return own, err
}

// ask sends a request and returns the answer, head and body, which is valid until
// the next one.
func (c *conn) ask(request []byte) ([]byte, error) {
	if _, err := c.Write(request); err != nil {
		return nil, err
	}
	for {
		n, err := c.Read(c.space())
		done, err := c.got(n, err)
		if err != nil || done {
			return c.buf[:c.want], err
		}
	}
}

// space returns where the next bytes of the answer go; before a new answer begins,
// it forgets the last one.
func (c *conn) space() []byte {
	if c.have == c.want {
		c.have, c.want = 0, -1
	}
	if c.have == len(c.buf) {
		c.buf = append(c.buf, make([]byte, len(c.buf))...)
	}
	return c.buf[c.have:]
}

// got takes note of what has been read into space, and reports whether the answer is
// complete.
func (c *conn) got(n int, err error) (bool, error) {
	if n == 0 && err == nil {
		err = io.EOF
	}
	if err != nil {
		c.want = 0
		return false, fmt.Errorf("%w, after %d bytes of an answer", err, c.have)
	}
	c.have += n
	if c.want < 0 {
		if c.want, err = size(c.buf[:c.have]); err != nil {
			return false, err
		}
	}
	if c.want >= 0 && c.have > c.want {
		return false, fmt.Errorf("%d bytes came after the end of an answer", c.have-c.want)
	}
	return c.have == c.want, nil
}

// size returns how long an answer is that begins with data; -1 if its head has not
// ended. Only what the load needs is understood: success, with Content-Length.
func size(data []byte) (int, error) {
	end := bytes.Index(data, []byte("\r\n\r\n"))
	if end < 0 {
		return -1, nil
	}
	head := data[:end+2]
	if !bytes.HasPrefix(head, []byte("HTTP/1.1 200 ")) {
		return 0, fmt.Errorf("the answer is no HTTP/1.1 200:\n%s", data)
	}
	_, value, found := bytes.Cut(head, []byte("\r\nContent-Length: "))
	if !found { // HAProxy writes names in lower case
		_, value, found = bytes.Cut(head, []byte("\r\ncontent-length: "))
	}
	digits, _, _ := bytes.Cut(value, []byte("\r\n"))
	length, err := strconv.Atoi(string(digits))
	if !found || err != nil {
		return 0, fmt.Errorf("the answer has no Content-Length:\n%s", head)
	}
	return end + 4 + length, nil
}
