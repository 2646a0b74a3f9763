package worker

import (
	"context"
	"sync"
)

// window bounds what the host has copied for an isolate that the isolate has not taken yet.
// Code can ask for what is stored much faster than it takes it, and pays for none of it until
// then: without a bound the host would keep gigabytes for one app.
//
// What waits for the network is not held up: there is little of it at once.
type window struct {
	pieces  chan struct{} // a token for each piece of a stored body
	replies chan struct{} // and for each reply that holds stored values
	over    chan struct{} // closed when the isolate is lost

	mu    sync.Mutex // guards what follows
	taken uint64     // the number of the last post that the isolate has taken
	sent  []sentPost // that it has not taken, about in order
}

// sentPost is a post that has a token.
type sentPost struct {
	number uint64
	tokens chan struct{}
}

// The bounds: 4 MiB of pieces, and 16 MiB of replies.
const (
	mostPieces  = 64
	mostReplies = 16
	mostInlined = 1 << 20 // bytes that one reply may hold of stored values
)

func newWindow() window {
	return window{pieces: make(chan struct{}, mostPieces), replies: make(chan struct{}, mostReplies), over: make(chan struct{})}
}

// enter waits for a token, until ctx ends or the isolate is lost.
func (w *window) enter(ctx context.Context, tokens chan struct{}) error {
	select {
	case tokens <- struct{}{}:
		return nil
	case <-w.over:
		return errOver
	case <-ctx.Done():
		return errOver
	}
}

// leave gives a token back when the isolate takes the post of that number; 0 is one that
// there was not.
func (w *window) leave(tokens chan struct{}, number uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if number <= w.taken {
		<-tokens
		return
	}
	w.sent = append(w.sent, sentPost{number, tokens})
}

// took says that the isolate has taken so many posts more.
func (w *window) took(posts int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.taken += uint64(posts)
	n := 0
	for ; n < len(w.sent) && w.sent[n].number <= w.taken; n++ {
		<-w.sent[n].tokens
	}
	w.sent = append(w.sent[:0], w.sent[n:]...)
}
