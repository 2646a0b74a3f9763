package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"hedge"
	"hedge/admin"
	"hedge/upstream"
)

// noAdmin stands for no admin socket.
const noAdmin = "none"

func adminOption(target *string) option {
	return textOption(target, "--admin", "PATH", `the admin socket, which "hedge split" speaks to; "none": no socket`)
}

// adminFolder is where the sockets of servers are, by their ports.
func adminFolder(w World) string {
	if dir := w.Getenv("XDG_RUNTIME_DIR"); dir != "" {
		return filepath.Join(dir, "hedge")
	}
	return filepath.Join(os.TempDir(), "hedge-"+strconv.Itoa(os.Getuid()))
}

// openAdmin answers commands. That the usual place for the socket cannot be used is
// told, and not fatal: a server in a read-only container does without.
func (e *edge) openAdmin(w World, ln net.Listener) (shut func(), err error) {
	path := e.admin
	if path == noAdmin {
		return func() {}, nil
	}
	if path == "" {
		path = filepath.Join(adminFolder(w), strconv.Itoa(portOf(ln))+".sock")
	}
	socket, err := admin.Listen(path)
	switch {
	case err != nil && e.admin == "":
		e.journal.unadministered(err)
		return func() {}, nil
	case err != nil:
		return nil, fmt.Errorf("cannot make the admin socket %s: %w", path, reason(err))
	}
	go admin.Serve(socket, e.methods()) // until the socket is closed
	return func() { _ = socket.Close() }, nil
}

// unadministered tells that there is no admin socket.
func (j *journal) unadministered(err error) {
	if j.json {
		j.object(struct {
			stamp
			Error string `json:"error"`
		}{j.stamp("no-admin-socket"), err.Error()})
		return
	}
	j.print(j.clock(j.now()) + "  " + j.style.paint(yellow, oneLine("there is no admin socket: "+err.Error())) + "\n")
}

// splitCall is what the methods about splits take.
type splitCall struct {
	App     string         `json:"app,omitempty"`
	Split   string         `json:"split,omitempty"`
	Weights map[string]int `json:"weights,omitempty"`
	Ramp    *hedge.Ramp    `json:"ramp,omitempty"` // nil: the one in hedge.toml
}

// methods is the table of what the admin socket knows.
func (e *edge) methods() map[string]admin.Method {
	change := func(do func(*upstream.Split, splitCall) error) admin.Method {
		return func(params json.RawMessage) (any, error) {
			var call splitCall
			if err := json.Unmarshal(params, &call); err != nil {
				return nil, err
			}
			split, err := e.Split(call.App, call.Split)
			if err != nil {
				return nil, err
			}
			if err := do(split, call); err != nil {
				return nil, err
			}
			return e.Splits(), nil
		}
	}
	return map[string]admin.Method{
		"split.show":  func(json.RawMessage) (any, error) { return e.Splits(), nil },
		"split.set":   change(func(s *upstream.Split, c splitCall) error { return s.Set(c.Weights) }),
		"split.abort": change(func(s *upstream.Split, _ splitCall) error { return s.Abort() }),
		"split.ramp": change(func(s *upstream.Split, c splitCall) error {
			if c.Ramp == nil {
				return s.RampAgain()
			}
			return s.Ramp(*c.Ramp)
		}),
	}
}

// findAdmin returns the socket of the server that a command means: the one that is
// named, or the only one that runs.
func findAdmin(w World, named string) (string, error) {
	if named != "" {
		return named, nil
	}
	paths, _ := filepath.Glob(filepath.Join(adminFolder(w), "*.sock")) // the pattern is well-formed
	var live []string
	for _, path := range paths {
		if conn, err := net.Dial("unix", path); err == nil {
			_ = conn.Close()
			live = append(live, path)
		}
	}
	switch len(live) {
	case 0:
		return "", errors.New("no server is running: start one with `hedge serve` or `hedge dev`, or name its socket with --admin")
	case 1:
		return live[0], nil
	}
	return "", fmt.Errorf("%d servers are running; choose one with --admin:\n  %s", len(live), strings.Join(live, "\n  "))
}
