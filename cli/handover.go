package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"time"

	"hedge/node"
	"hedge/sock"
)

// splitsName is what a process leaves the next one under, so that it can ask how far the
// splits are. It asks with a byte, and is answered with one value of JSON.
const splitsName = "splits"

// splitsPatience is how long the process before this one may take for its answer.
const splitsPatience = 10 * time.Second

// upgrade has another process take over, which can ask meanwhile how far the splits are: by
// then, as they go on. That it cannot is no reason against it.
func (e *edge) upgrade(s *sockets) error {
	stop, err := e.tellSplits(s)
	if err != nil {
		e.journal.splitsUntold(err)
	}
	defer stop()
	return s.upgrade()
}

// tellSplits answers the next process until stop.
func (e *edge) tellSplits(s *sockets) (stop func(), err error) {
	if s.upgrader == nil {
		return func() {}, nil
	}
	mine, theirs, err := connected()
	if err != nil {
		return func() {}, err
	}
	if err := s.leave(splitsName, theirs); err != nil {
		_ = mine.Close()
		return func() {}, err
	}
	go answerSplits(mine, e.SplitStates) // until stop
	return func() { _ = mine.Close() }, nil
}

// answerSplits answers whoever asks over a connection until that ends.
func answerSplits(conn net.Conn, states func() []node.SplitState) {
	var asked [1]byte
	for {
		if _, err := conn.Read(asked[:]); err != nil {
			return
		}
		_ = json.NewEncoder(conn).Encode(states()) // who does not get it says so
	}
}

// inherit has the splits go on from where those of the process before this one are.
func (e *edge) inherit(s *sockets) {
	states, err := s.splitsBefore()
	if err != nil {
		e.journal.splitsUntold(err)
	}
	e.origins.Inherit(states)
}

// splitsBefore asks the process before this one how far its splits are; nil if there is none.
func (s *sockets) splitsBefore() ([]node.SplitState, error) {
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
	defer conn.Close()
	return askSplits(conn)
}

// askSplits asks over a connection. What it returns has passed its Check.
func askSplits(conn net.Conn) ([]node.SplitState, error) {
	_ = conn.SetDeadline(time.Now().Add(splitsPatience))
	if _, err := conn.Write([]byte{'\n'}); err != nil {
		return nil, err
	}
	var states []node.SplitState
	if err := json.NewDecoder(conn).Decode(&states); err != nil {
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
