package cli

import (
	"context"
	"errors"
	"os"
	"syscall"
	"time"
)

// upgradePatience is how long a new process has until it is ready.
const upgradePatience = 2 * time.Minute

// service is what an edge does from when its apps are loaded until it ends.
type service struct {
	entries []entry
	// patience is how long requests under way may go on at the end, and delay how long
	// new ones are taken after /readyz has said that it is near.
	patience, delay time.Duration
	sockets         *sockets
	// beside runs meanwhile; its context ends with the first signal to end.
	beside func(context.Context)
	// control is World.Control; nil: nobody tells the edge anything. reload takes up what
	// has changed.
	control <-chan os.Signal
	reload  func(context.Context)
}

// run serves until a signal to end comes or another process takes over, lets the
// requests under way end, and closes the edge. A second signal, or the end of the
// patience, breaks off what is still under way.
func (e *edge) run(w World, s service) error {
	defer closeAll(s.entries) // in case the end comes before the beginning
	defer s.sockets.closeUDP()
	defer s.sockets.gone()
	serveAdmin, closeAdmin, err := e.openAdmin(w, s)
	if err != nil {
		e.close()
		return err
	}
	defer closeAdmin()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	served := make(chan error, 1)
	go func() { served <- e.serve(s.entries, s.sockets.udp) }() // until Shutdown
	reloads := make(chan struct{}, 1)
	besides := make(chan struct{})
	go func() { // until ctx ends
		defer close(besides)
		s.accompany(ctx, reloads)
	}()
	e.ready.set("")
	e.cache.catchUp() // until now the process before this one had the admin socket
	if err := s.sockets.ready(); err != nil {
		return errors.Join(err, e.abort(cancel, besides))
	}
	e.takeOver(s.sockets)
	serveAdmin() // until now the process before this one answered there
	notifySupervisor(w, "READY=1", mainPID(os.Getpid()))
	next, err := e.await(w, s, served, reloads)
	replaced := next != nil
	e.ready.set(draining)
	if replaced {
		closeAdmin() // the other process answers there
		if pid := next.part(e.LeaveSplits); pid != 0 {
			notifySupervisor(w, mainPID(pid)) // by the word of the process that was the main one
		}
		e.cache.leave()
		s.sockets.handOver()
	}
	cancel()
	if err == nil {
		e.journal.stopping(replaced)
	}
	return errors.Join(err, e.end(w, s, replaced, besides))
}

// accompany runs what goes on beside the requests, until ctx ends.
func (s *service) accompany(ctx context.Context, reloads <-chan struct{}) {
	done := make(chan struct{})
	go func() { // until ctx ends
		defer close(done)
		s.beside(ctx)
	}()
	for {
		select {
		case <-reloads:
			s.reload(ctx)
		case <-ctx.Done():
			<-done
			return
		}
	}
}

// upgraded is what has become of an upgrade.
type upgraded struct {
	next *successor
	err  error
}

// await returns when the edge is to end, and the process that has taken over; nil: none has.
func (e *edge) await(w World, s service, served <-chan error, reloads chan<- struct{}) (next *successor, err error) {
	upgrades := make(chan upgraded, 1)
	upgrading := false
	for {
		select {
		case err := <-served:
			return nil, err
		case <-w.Signals:
			notifySupervisor(w, "STOPPING=1", mainPID(os.Getpid()))
			if upgrading {
				s.sockets.close() // ends the other process: it would go on serving
			}
			return nil, nil
		case signal := <-s.control:
			switch {
			case signal == syscall.SIGHUP:
				select {
				case reloads <- struct{}{}:
				default: // one is about to begin
				}
			case !upgrading:
				upgrading = true
				e.journal.upgrading()
				go func() { // ends within the patience
					next, err := e.upgrade(s.sockets)
					upgrades <- upgraded{next, err}
				}()
			}
		case u := <-upgrades:
			if u.err == nil {
				return u.next, nil
			}
			upgrading = false
			e.journal.notUpgraded(u.err)
		}
	}
}

// end lets what is under way end, and closes the edge.
func (e *edge) end(w World, s service, replaced bool, besides <-chan struct{}) error {
	if s.delay > 0 && !replaced {
		select {
		case <-time.After(s.delay):
		case <-w.Signals:
		}
	}
	s.sockets.close()
	waiting, breakOff := context.WithTimeout(context.Background(), s.patience)
	defer breakOff()
	ended := make(chan error, 1)
	go func() { // ends soon after waiting does
		<-besides
		ended <- e.drain(waiting)
	}()
	select {
	case drained := <-ended:
		return drained
	case <-w.Signals:
		return &exitError{exitInterrupted}
	}
}

// abort ends an edge that has not come as far as serving.
func (e *edge) abort(cancel context.CancelFunc, besides <-chan struct{}) error {
	cancel()
	<-besides
	now, ended := context.WithCancel(context.Background())
	ended()
	return e.drain(now)
}
