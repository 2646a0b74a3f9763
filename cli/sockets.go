package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/cloudflare/tableflip"

	"hedge/http3"
)

// sockets opens listening sockets, or takes them over from the process before this
// one, and hands them to the next.
type sockets struct {
	upgrader *tableflip.Upgrader // nil in a World where there is neither
	udp      *http3.Port         // nil without HTTP/3
	before   *predecessor        // nil if there is none, or it says nothing
	pidFile  string              // empty: the number of the process is written nowhere
}

// inheritedPipes are the descriptors over which a process and the one before it speak.
// No other child is to have them.
const firstPipe, lastPipe = 3, 4

// openSockets begins. When the process is ready, its number is written to pidFile, if
// that is not empty.
func openSockets(w World, pidFile string) (*sockets, error) {
	if w.Upgrader == nil {
		return &sockets{}, nil
	}
	upgrader, err := w.Upgrader(tableflip.Options{UpgradeTimeout: upgradePatience})
	if err != nil {
		return nil, err
	}
	if upgrader.HasParent() {
		for fd := firstPipe; fd <= lastPipe; fd++ {
			syscall.CloseOnExec(fd)
		}
	}
	return &sockets{upgrader: upgrader, pidFile: pidFile}, nil
}

// listen returns the socket that the process before this one had for a use under an
// address, or else what open makes.
func (s *sockets) listen(use, network, address string, open func() (net.Listener, error)) (net.Listener, error) {
	if s.upgrader == nil {
		return open()
	}
	name := address
	if _, port, err := net.SplitHostPort(address); err == nil && port == "0" {
		name = use + " " + address // several may have the system choose a port
	}
	var failed error
	ln, err := s.upgrader.ListenWithCallback(network, name, func(string, string) (ln net.Listener, err error) {
		ln, failed = open()
		return ln, failed
	})
	if failed != nil {
		return nil, failed
	}
	return ln, err
}

// listenPacket returns the socket that the process before this one had under an address,
// or else a new one.
func (s *sockets) listenPacket(network, address string) (*net.UDPConn, error) {
	open := net.ListenPacket
	if s.upgrader != nil {
		open = s.upgrader.ListenPacket
	}
	pc, err := open(network, address)
	if err != nil {
		return nil, err
	}
	conn, ok := pc.(*net.UDPConn)
	if !ok {
		_ = pc.Close()
		return nil, fmt.Errorf("%s is no UDP socket", address)
	}
	return conn, nil
}

// inherits reports whether there is a process before this one, which goes on if this one
// fails.
func (s *sockets) inherits() bool { return s.upgrader != nil && s.upgrader.HasParent() }

// file returns what the process before this one has left under a name; nil: nothing.
func (s *sockets) file(name string) (*os.File, error) {
	if s.upgrader == nil {
		return nil, nil
	}
	return s.upgrader.File(name)
}

// leave leaves f to the next process, under a name, and closes it.
func (s *sockets) leave(name string, f *os.File) error {
	err := s.upgrader.AddFile(name, f)
	_ = f.Close()
	return err
}

// ready says that connections are accepted. The process before this one ends then. What may
// fail comes first: Ready removes the sockets of the process before this one that have not been
// taken over, and that may have to go on with them.
func (s *sockets) ready() error {
	if s.upgrader == nil {
		return nil
	}
	before, _ := os.ReadFile(s.pidFile)
	if err := writePID(s.pidFile, strconv.Itoa(os.Getpid())); err != nil {
		return fmt.Errorf("the number of the process cannot be written to %s, the --pid-file: %w", s.pidFile, cause(err))
	}
	err := s.upgrader.Ready()
	if err != nil && before != nil {
		_ = writePID(s.pidFile, string(before)) // of the process that goes on
	}
	return err
}

// gone removes the file with the number of this process, if it is still that: what ends
// leaves no number there, which the system gives to another process some day.
func (s *sockets) gone() {
	if number, err := os.ReadFile(s.pidFile); err == nil && string(number) == strconv.Itoa(os.Getpid()) {
		_ = os.Remove(s.pidFile)
	}
}

// writePID writes the number of a process to a file, if there is one to write it to, in the
// place of what is there. Everybody may read it: who watches a server is seldom its user.
func writePID(path, number string) error {
	if path == "" {
		return nil
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path))
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // if it has not got its place
	_, err = f.WriteString(number)
	if err = errors.Join(err, f.Chmod(0o644), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// upgrade starts the program anew, as it is on the disk now, and returns when that is
// ready. On an error the other one has ended. It waits for the end of the process before
// this one.
func (s *sockets) upgrade() error {
	if s.upgrader == nil {
		return errors.New("sockets cannot be handed over here")
	}
	ctx, cancel := context.WithTimeout(context.Background(), upgradePatience)
	defer cancel()
	if err := s.upgrader.WaitForParent(ctx); err != nil {
		return fmt.Errorf("the process before this one has not ended: %w", err)
	}
	for {
		err := s.upgrader.Upgrade()
		if err != nil && s.udp != nil {
			s.udp.Keep()
		}
		if err == nil || err.Error() != notSeenYet {
			return err
		}
		select { // it has ended, which the upgrader learns in a moment
		case <-time.After(time.Millisecond):
		case <-ctx.Done():
			return err
		}
	}
}

// notSeenYet is what the upgrader says until it has seen that the process before this
// one has ended. It has no other name.
const notSeenYet = "parent hasn't exited"

// close lets go of the sockets, for which nobody can ask any more.
func (s *sockets) close() {
	if s.upgrader != nil {
		s.upgrader.Stop()
		<-s.upgrader.Exit()
	}
}
