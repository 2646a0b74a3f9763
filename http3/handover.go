package http3

import (
	"context"
	"os"

	"golang.org/x/net/ipv4"
)

// predecessor is the process before this one.
type predecessor struct {
	*relay
	mark mark
}

// successor is the way to the process after this one.
type successor struct {
	*relay
	asked chan struct{} // has something in it when it has asked for the port
	ended chan struct{} // closed when nobody answers it any more
	paper []byte        // what has been read; of who reads
}

// await waits until nobody else reads the port. It returns false if ctx ends before that.
func (p *Port) await(ctx context.Context) bool {
	before := p.before.Load()
	if before == nil {
		return true
	}
	stop := context.AfterFunc(ctx, func() { _ = before.SetReadDeadline(past()) })
	defer stop()
	var letter [1]byte
	for letter[0] != letterYours {
		_, err := before.Read(letter[:])
		switch {
		case ctx.Err() != nil:
			return false
		case err != nil:
			return true // it has ended without a word; who sends to it notices
		}
	}
	return true
}

// Relay returns what the process after this one has to give to OpenPort, besides the
// socket. It is called once.
func (p *Port) Relay() (*os.File, error) {
	mine, theirs, err := relays()
	if err != nil {
		return nil, err
	}
	next := &successor{relay: mine, asked: make(chan struct{}, 1), ended: make(chan struct{}), paper: make([]byte, 1<<16)}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next = next
	go next.answer(p.state()) // until HandOver or Close
	return theirs, nil
}

func (p *Port) state() []byte {
	state := append([]byte{letterState}, p.mine[:]...)
	return append(append(state, p.keys.reset[:]...), p.keys.token[:]...)
}

// answer tells processes after this one what they have to know. The first may not have
// come as far as serving.
func (s *successor) answer(state []byte) {
	defer close(s.ended)
	var letter [1]byte
	for {
		if _, err := s.Read(letter[:]); err != nil {
			return
		}
		if letter[0] == letterAsk && s.send(state) {
			select {
			case s.asked <- struct{}{}:
			default:
			}
		}
	}
}

// HandOver lets the process after this one have the port, if it has asked for it since
// Keep. What belongs to connections of this one still arrives, as long as that one passes it on.
func (p *Port) HandOver() {
	p.mu.Lock()
	next := p.next
	if next == nil || len(next.asked) == 0 || !p.leaving.CompareAndSwap(false, true) {
		p.mu.Unlock()
		return
	}
	_ = p.UDPConn.SetReadDeadline(past())
	_ = next.SetReadDeadline(past())
	p.mu.Unlock()
	<-next.ended
	select {
	case <-p.silent:
	case <-p.closed:
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = next.SetReadDeadline(p.deadline)
	next.send([]byte{letterYours})
	close(p.left)
}

// Keep says that the process which asked for the port does not come to serve.
func (p *Port) Keep() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.next != nil {
		select {
		case <-p.next.asked:
		default:
		}
	}
}

// receive reads a packet that the process after this one passes on.
func (s *successor) receive(into []ipv4.Message) (int, error) {
	for {
		n, err := s.Read(s.paper)
		if err != nil {
			return 0, err
		}
		if readPacket(&into[0], s.paper[:n]) {
			return 1, nil
		}
	}
}
