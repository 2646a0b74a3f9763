package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"hedge"
	"hedge/admin"
	"hedge/serving"
	"hedge/upstream"
)

// noAdmin stands for no admin socket.
const noAdmin = "none"

// adminOptions say where commands, collectors and load balancers are answered.
type adminOptions struct {
	socket string // its path: empty for the usual one, or "none"
	listen string // HOST:PORT; empty: nowhere
	public bool   // others may reach that
}

func (o *adminOptions) option() option {
	return textOption(&o.socket, "--admin", "PATH", `the admin socket, which "hedge split" and "hedge top" speak to; "none": no socket`)
}

func (o *adminOptions) options() []option {
	return []option{
		o.option(),
		addressOption(&o.listen, "--admin-listen", "answer /metrics, /healthz and /readyz on 127.0.0.1:PORT, or a port alone"),
		flagOption(&o.public, "--admin-public", "let --admin-listen be an address that others can reach"),
	}
}

// adminFolder is where the sockets of servers are, by their ports.
func adminFolder(w World) string {
	if dir := w.Getenv("XDG_RUNTIME_DIR"); dir != "" {
		return filepath.Join(dir, "hedge")
	}
	return filepath.Join(os.TempDir(), "hedge-"+strconv.Itoa(os.Getuid()))
}

// openAdmin opens the ways for commands and for those who watch, who are answered from serve
// on. shut ends that, and may be called again.
func (e *edge) openAdmin(w World, s service) (serve, shut func(), err error) {
	socket, err := e.openSocket(w, s)
	if err != nil {
		return nil, nil, err
	}
	var listener net.Listener
	if e.admin.listen != "" {
		listener, err = s.sockets.listen("admin", "tcp", e.admin.listen, func() (net.Listener, error) {
			return listen("--admin-listen", e.admin.listen, "127.0.0.1", 1)
		})
		if err != nil {
			if socket != nil {
				_ = socket.Close()
			}
			return nil, nil, err
		}
		e.journal.observed(entry{Listener: listener})
	}
	watched := e.newObserver()
	ctx, stop := context.WithCancel(context.Background())
	serve = func() {
		watch := func(conn net.Conn) { watched.ServeConn(conn, nil) }
		if listener != nil {
			go func() { _ = serving.Accept(ctx, listener, watch) }() // until it is closed
		}
		if socket != nil {
			methods := e.methods()
			call := func(conn net.Conn) { go admin.Serve(conn, methods, watch) } // ends within its patience
			go func() { _ = serving.Accept(ctx, socket, call) }()                // until it is closed
		}
	}
	return serve, sync.OnceFunc(func() {
		stop()
		if socket != nil {
			_ = socket.Close()
		}
		if listener != nil {
			_ = listener.Close()
		}
		watched.close()
	}), nil
}

// openSocket makes the admin socket; nil: there is none. That the usual place for it
// cannot be used, or is not this user's alone, is told, and not fatal: a server in a
// read-only container does without.
func (e *edge) openSocket(w World, s service) (net.Listener, error) {
	path := e.admin.socket
	if path == noAdmin {
		return nil, nil
	}
	if path == "" {
		path = filepath.Join(adminFolder(w), strconv.Itoa(portOf(s.entries[0]))+".sock")
	}
	socket, err := s.sockets.listen("admin", "unix", path, func() (net.Listener, error) {
		if e.admin.socket == "" { // a folder that nobody has named has to be ours
			if err := admin.MakeFolder(filepath.Dir(path)); err != nil {
				return nil, err
			}
		}
		return admin.Listen(path)
	})
	switch {
	case err != nil && e.admin.socket == "":
		e.journal.unadministered(err)
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("cannot make the admin socket %s: %w", path, reason(err))
	}
	return socket, nil
}

// observed tells where those who watch are answered.
func (j *journal) observed(in entry) {
	if j.json {
		j.object(struct {
			stamp
			URL string `json:"url"`
		}{j.stamp("admin"), in.url()})
		return
	}
	j.note(dim, "admin", " "+in.url()+"/metrics, /healthz, /readyz")
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
			if err := e.ChangeSplit(call.App, call.Split, func(s *upstream.Split) error { return do(s, call) }); err != nil {
				return nil, err
			}
			return e.Splits(), nil
		}
	}
	return map[string]admin.Method{
		"cache.purge": e.purge,
		"stats":       func(json.RawMessage) (any, error) { return e.stats(), nil },
		"split.show":  func(json.RawMessage) (any, error) { return e.Splits(), nil },
		"split.set":   change(setWeights),
		"split.abort": change(func(s *upstream.Split, _ splitCall) error { return s.Abort() }),
		"split.ramp": change(func(s *upstream.Split, c splitCall) error {
			if c.Ramp == nil {
				return s.RampAgain()
			}
			return s.Ramp(*c.Ramp)
		}),
	}
}

// setWeights sets those of all sides. Weights say nothing but how they compare: beside one
// that is named, the others' may be anything by then, a million after a ramp.
func setWeights(s *upstream.Split, c splitCall) error {
	status := s.Show()
	for _, side := range status.Sides {
		if _, named := c.Weights[side.Upstream]; !named {
			return hedge.Errorf(hedge.OutcomeBadRequest, "the split %q has the side %q, whose weight is missing: name those of all sides", status.Name, side.Upstream)
		}
	}
	return s.Set(c.Weights)
}

// findAdmin returns the socket of the server that a command means: the one that is
// named, or the only one that runs.
func findAdmin(w World, named string) (string, error) {
	if named != "" {
		return named, nil
	}
	dir := adminFolder(w)
	if err := admin.CheckFolder(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	paths, _ := filepath.Glob(filepath.Join(dir, "*.sock")) // the pattern is well-formed
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
