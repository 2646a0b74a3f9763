package disk

import "context"

// Leave ends the store so that another process can open the folder, without breaking off
// what is being read: nothing new is found or stored from now on, and the folder is let
// go of when what is open has been closed, or when ctx ends.
func (s *Store) Leave(ctx context.Context) error {
	s.mu.Lock()
	if s.idle == nil {
		s.idle = make(chan struct{})
	}
	s.settle()
	s.mu.Unlock()
	select {
	case <-s.idle:
	case <-ctx.Done():
	}
	return s.Close()
}

// enter begins a call; false: the store is being left.
func (s *Store) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.idle != nil {
		return false
	}
	s.busy++
	return true
}

// exit ends a call.
func (s *Store) exit() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy--
	s.settle()
}

// settle lets Leave go on if nothing of the store is in use. The caller holds the lock.
func (s *Store) settle() {
	if s.idle != nil && !s.left && s.busy == 0 && len(s.index.pins) == 0 {
		s.left = true
		close(s.idle)
	}
}
