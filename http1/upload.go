package http1

import (
	"bytes"
	"errors"
	"io"
	"sync"
	"time"

	"hedge"
	"hedge/httpmsg"
)

// upload sends the content of a request, while its answer is waited for: the origin may
// answer before it has everything.
type upload struct {
	conn    *originConn
	req     *httpmsg.Request
	from    io.Reader
	wanted  chan struct{} // closed when the origin wants the content, where that is asked first
	proceed func()        // closes it, once
	halt    chan struct{} // closed by end
	ending  sync.Once
	done    chan struct{} // closed when nothing is read or written any more
	whole   bool          // everything has been sent; for who has seen done closed

	mu  sync.Mutex // guards err
	err error      // what reading the content failed with
}

// continueTimeout is how long an origin is waited for that does not say whether it
// wants the content, as many never do.
const continueTimeout = time.Second

// startUpload begins to send what follows the head, in a goroutine that ends with the
// content, or with end.
func startUpload(t *trip) *upload {
	u := &upload{conn: t.conn, req: t.req, from: t.req.Body, wanted: make(chan struct{}), halt: make(chan struct{}), done: make(chan struct{})}
	u.proceed = sync.OnceFunc(func() { close(u.wanted) })
	if t.memory != nil {
		u.from = bytes.NewReader(t.memory)
	}
	if !t.expects {
		u.proceed()
	}
	go u.run()
	return u
}

func (u *upload) run() {
	defer close(u.done)
	defer func() { _ = u.req.Body.Close() }()
	if !u.awaitWanted() {
		return
	}
	buf := streamBuffers.Get().(*[streamBuffer]byte)
	defer streamBuffers.Put(buf)
	u.whole = u.copy(buf)
	// Whoever answers early has been answered to already.
	u.conn.waiting.CompareAndSwap(sending, u.conn.client.clock.Load())
}

// awaitWanted returns once the content may be sent; false if it must not be any more.
func (u *upload) awaitWanted() bool {
	select {
	case <-u.wanted:
		return true
	default:
	}
	timer := time.NewTimer(continueTimeout)
	defer timer.Stop()
	select {
	case <-u.wanted:
		return true
	case <-timer.C:
		return true
	case <-u.halt:
		return false
	}
}

// copy sends the content, and reports whether it has sent the whole.
func (u *upload) copy(buf *[streamBuffer]byte) bool {
	left, chunked := u.req.ContentLength, u.req.ContentLength < 0
	for chunked || left > 0 {
		data := buf[chunkPrefix : chunkPrefix+streamRead]
		if !chunked {
			data = data[:min(left, streamRead)]
		}
		n, err := u.from.Read(data)
		if n > 0 {
			piece := data[:n]
			if chunked {
				piece = frameChunk(buf, n)
			}
			if _, err := u.conn.write(piece); err != nil {
				return false // the answer, or the end of the connection, says why
			}
			left -= int64(n)
			u.conn.moved()
		}
		switch {
		case err == nil || !chunked && left == 0:
		case chunked && errors.Is(err, io.EOF):
			_, err := u.conn.write(appendTrailer(nil, u.req.Trailer))
			return err == nil
		default:
			u.breakOff(err, left)
			return false
		}
	}
	return true
}

// breakOff ends the connection, so that the origin does not take what it got for the
// whole.
func (u *upload) breakOff(err error, left int64) {
	select {
	case <-u.halt:
		return // it was ended
	default:
	}
	if errors.Is(err, io.EOF) {
		err = hedge.Errorf(hedge.OutcomeException, "the request's body ended %d bytes before its Content-Length", left)
	}
	u.mu.Lock()
	u.err = err
	u.mu.Unlock()
	u.conn.end(causeUpload)
}

// failure returns what reading the content failed with.
func (u *upload) failure() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.err
}

// end ends the sending, and returns when it has ended. If everything has been sent,
// the connection is as it was.
func (u *upload) end() {
	u.ending.Do(func() {
		select {
		case <-u.done:
			return
		default:
		}
		close(u.halt)
		_ = u.req.Body.Close()
		_ = u.conn.net.SetWriteDeadline(time.Unix(1, 0))
		<-u.done
		_ = u.conn.net.SetWriteDeadline(time.Time{})
	})
}
