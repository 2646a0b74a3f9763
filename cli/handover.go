package cli

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"hedge/node"
	"hedge/sock"
)

// splitsName is what a process leaves the next one under, so that they can speak of the splits.
// The next one asks with an empty line how far they are, and when it serves it says so with its
// number as a line, for the last word about them. Both are answered with one value of JSON.
const splitsName = "splits"

// splitsPatience is how long the process before this one may take for its answer, and
// servesPatience how long the next one may to say that it serves: one of another version does
// not.
const (
	splitsPatience = 10 * time.Second
	servesPatience = 2 * time.Second
)

// successor is the process that is to take over, as the one before it has it.
type successor struct {
	conn   net.Conn // nil if there is none
	serves chan int // its number, once it serves; closed if it cannot say so any more
}

// upgrade has another process take over, which can ask meanwhile how far the splits are: by
// then, as they go on. That it cannot is no reason against it.
func (e *edge) upgrade(s *sockets) (*successor, error) {
	next, err := e.expect(s)
	if err != nil {
		e.journal.splitsUntold(err)
	}
	if err := s.upgrade(); err != nil {
		next.close()
		return nil, err
	}
	return next, nil
}

// expect answers the next process. On an error there is none that could ask.
func (e *edge) expect(s *sockets) (*successor, error) {
	next := &successor{serves: make(chan int, 1)}
	if s.upgrader == nil {
		return next, nil
	}
	mine, theirs, err := connected()
	if err != nil {
		return next, err
	}
	if err := s.leave(splitsName, theirs); err != nil {
		_ = mine.Close()
		return next, err
	}
	next.conn = mine
	go next.answer(e.SplitStates) // until it serves, or close
	return next, nil
}

// answer says how far the splits are, as often as it is asked.
func (n *successor) answer(states func() []node.SplitState) {
	defer close(n.serves)
	in := bufio.NewReader(n.conn)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		if pid, err := strconv.Atoi(strings.TrimSpace(line)); err == nil {
			n.serves <- pid
			return
		}
		_ = json.NewEncoder(n.conn).Encode(states()) // who does not get it says so
	}
}

// part gives the next process the last word about the splits when it serves, and returns its
// number; 0 if that is not known.
func (n *successor) part(last func() []node.SplitState) (pid int) {
	if n.conn == nil {
		return 0
	}
	defer n.close()
	_ = n.conn.SetDeadline(time.Now().Add(servesPatience))
	if pid = <-n.serves; pid != 0 {
		_ = json.NewEncoder(n.conn).Encode(last()) // without it, it goes on from what it knows
	}
	return pid
}

func (n *successor) close() {
	if n.conn != nil {
		_ = n.conn.Close()
	}
}

// predecessor is the process before this one, as this one has it.
type predecessor struct {
	conn    net.Conn
	answers *json.Decoder
}

// inherit has the splits of apps that are deployed next divide visitors as those of the process
// before this one do, if there is one.
func (e *edge) inherit(s *sockets) {
	before, err := s.findBefore()
	var states []node.SplitState
	if err == nil && before != nil {
		states, err = before.ask("")
	}
	if err != nil {
		e.journal.splitsUntold(err)
		return
	}
	s.before = before
	e.origins.Inherit(states)
}

// takeOver has the splits go on from where the process before this one leaves them, now that
// this one serves. If that has no last word, as that of another version, it is from where they
// were when this one asked.
func (e *edge) takeOver(s *sockets) {
	if s.before == nil {
		return
	}
	last, err := s.before.ask(strconv.Itoa(os.Getpid()))
	if err != nil {
		last = nil
	}
	_ = s.before.conn.Close()
	e.origins.Begin(last)
}

// findBefore finds the process before this one; nil if there is none.
func (s *sockets) findBefore() (*predecessor, error) {
	if !s.inherits() {
		return nil, nil
	}
	f, err := s.file(splitsName)
	if err == nil && f == nil {
		err = errors.New("the process before this one does not tell how far they are")
	}
	if err != nil {
		return nil, err
	}
	conn, err := net.FileConn(f)
	_ = f.Close()
	if err != nil {
		return nil, err
	}
	return newPredecessor(conn), nil
}

func newPredecessor(conn net.Conn) *predecessor {
	return &predecessor{conn, json.NewDecoder(conn)}
}

// ask asks with a line how far the splits are. What it returns has passed its Check.
func (p *predecessor) ask(line string) ([]node.SplitState, error) {
	_ = p.conn.SetDeadline(time.Now().Add(splitsPatience))
	if _, err := io.WriteString(p.conn, line+"\n"); err != nil {
		return nil, err
	}
	var states []node.SplitState
	if err := p.answers.Decode(&states); err != nil {
		return nil, fmt.Errorf("the answer of the process before this one cannot be read: %w", err)
	}
	for _, one := range states {
		if err := one.Check(); err != nil {
			return nil, err
		}
	}
	return states, nil
}

// connected makes two sockets that are connected with each other.
func connected() (mine net.Conn, theirs *os.File, err error) {
	own, theirs, err := sock.Pair(syscall.SOCK_STREAM, splitsName)
	if err != nil {
		return nil, nil, err
	}
	defer own.Close()
	if mine, err = net.FileConn(own); err != nil {
		_ = theirs.Close()
	}
	return mine, theirs, err
}

// splitsUntold tells why the splits of one process are not known to the next, where they
// begin as they are configured.
func (j *journal) splitsUntold(err error) {
	if j.json {
		j.object(struct {
			stamp
			Error string `json:"error"`
		}{j.stamp("splits-untold"), err.Error()})
		return
	}
	j.note(yellow, "splits", " are not handed over, and begin as they are configured: "+oneLine(err.Error()))
}
