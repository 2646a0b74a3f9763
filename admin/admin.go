// Package admin is how commands talk to a running server: over a Unix socket that its
// owner alone can open, with one JSON object a line in each direction.
//
// A connection carries one call. The request is {"method": …, "params": …}; the
// answer is {"result": …} or {"error": "…"}. A connection that begins with something
// else is for somebody else: what speaks HTTP there, say.
package admin

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

const (
	maxLine = 1 << 20
	// patience is how long either side waits for the other.
	patience = 10 * time.Second
)

type request struct {
	Method string          `json:"method"`
	Params json.RawMessage `json:"params,omitempty"`
}

type answer struct {
	Result json.RawMessage `json:"result,omitempty"`
	Error  string          `json:"error,omitempty"`
}

// Method answers one kind of call. It may be called from many goroutines. The result
// is encoded as JSON; the error's text is for the user.
type Method func(params json.RawMessage) (result any, err error)

// Listen makes the socket at path, for the owner alone, and the folder that it stands in,
// if there is none. A socket that nobody listens on any more is replaced. It is for the
// caller to see that nobody else can write to the folder: see CheckFolder.
func Listen(path string) (net.Listener, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	if conn, err := net.Dial("unix", path); err == nil {
		_ = conn.Close()
		return nil, fmt.Errorf("another server listens on %s", path)
	}
	if info, err := os.Lstat(path); err == nil && info.Mode().Type() == os.ModeSocket {
		_ = os.Remove(path)
	}
	closed := net.ListenConfig{Control: ownerAlone}
	return closed.Listen(context.Background(), "unix", path)
}

// ownerAlone gives a socket the mode that the file has which it is bound to. It is set
// before there is such a file: by then, its path might lead to another.
func ownerAlone(_, _ string, socket syscall.RawConn) error {
	var failed error
	err := socket.Control(func(fd uintptr) { failed = syscall.Fchmod(int(fd), 0o600) })
	return errors.Join(err, failed)
}

// begun is a connection of which something has been read already.
type begun struct {
	net.Conn
	in *bufio.Reader
}

// Read reads what has been read already, and then on.
func (b begun) Read(p []byte) (int, error) { return b.in.Read(p) }

// Serve answers the call that a connection carries, within the patience. One that is no call
// is given to other, which takes it over.
func Serve(conn net.Conn, methods map[string]Method, other func(net.Conn)) {
	_ = conn.SetDeadline(time.Now().Add(patience))
	in := bufio.NewReader(conn)
	first, err := in.Peek(1)
	switch {
	case err != nil:
		_ = conn.Close()
	case first[0] == '{':
		defer conn.Close()
		answerCall(conn, in, methods)
	default:
		_ = conn.SetDeadline(time.Time{})
		other(begun{conn, in})
	}
}

func answerCall(conn net.Conn, in io.Reader, methods map[string]Method) {
	var req request
	line, err := readLine(in)
	if err == nil {
		err = json.Unmarshal(line, &req)
	}
	if err != nil {
		reply(conn, nil, fmt.Errorf("the request is not one line of JSON: %w", err))
		return
	}
	method := methods[req.Method]
	if method == nil {
		reply(conn, nil, fmt.Errorf("this server knows no method %q; is it of another version?", req.Method))
		return
	}
	result, err := method(req.Params)
	reply(conn, result, err)
}

func reply(conn net.Conn, result any, err error) {
	var a answer
	if err == nil {
		a.Result, err = json.Marshal(result)
	}
	if err != nil {
		a = answer{Error: err.Error()}
	}
	line, _ := json.Marshal(a) // both parts can be encoded
	_, _ = conn.Write(append(line, '\n'))
}

func readLine(r io.Reader) ([]byte, error) {
	return bufio.NewReader(io.LimitReader(r, maxLine)).ReadBytes('\n')
}

// Call calls a method of the server that listens on path, and returns its result.
func Call(path, method string, params any) (json.RawMessage, error) {
	conn, err := net.DialTimeout("unix", path, patience)
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	if err != nil {
		return nil, fmt.Errorf("no server answers at the admin socket %s: %w", path, err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	encoded, err := json.Marshal(params)
	if err != nil {
		return nil, err
	}
	if err := json.NewEncoder(conn).Encode(request{method, encoded}); err != nil {
		return nil, err
	}
	var a answer
	line, err := readLine(conn)
	if err == nil {
		err = json.Unmarshal(line, &a)
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("the server at %s has not answered: %w", path, err)
	case a.Error != "":
		return nil, errors.New(a.Error)
	}
	return a.Result, nil
}
