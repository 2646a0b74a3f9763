package child

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
)

// marker is the first argument of a child. No command of ours is called so.
const marker = "(child)"

// The descriptors that a child is handed, next to the standard three.
const (
	connIn   = 3 // the pipes of Conn
	connOut  = 4
	reportFD = 5 // the pipe that the Report goes out through
	firstFD  = 6 // of Command.Files
)

// Role is what a child does until its connection ends. An error is printed to standard
// error, which the parent reads, and the process exits with 1.
type Role func(*Self) error

// Self is the child as a role sees it.
type Self struct {
	Conn  *Conn      // to the parent; EOF means: end
	Files []*os.File // the Command's, in that order
	Args  string     // the Command's
	// Shared is the Command's memory, as long as the process lives. What is in it the parent
	// changes when it likes; nobody else can.
	Shared []byte

	report *os.File // nil after Confine
	rows   Report   // of what was applied before the role ran
}

// handover is the last argument of a child: what is known before it runs.
type handover struct {
	Staged bool     `json:"staged"` // the second start of the two
	Parent int      `json:"parent"` // the process that started it
	Args   string   `json:"args,omitempty"`
	Shared int      `json:"shared,omitempty"` // bytes; the descriptor is the last one
	Files  int      `json:"files"`
	Reads  []string `json:"reads,omitempty"`
	Rows   Report   `json:"rows"`
}

// Main runs this process as a child, if args (os.Args) say that it is one. main
// calls it before anything else, and exits with the code if ok.
func Main(args []string, roles map[string]Role) (code int, ok bool) {
	if len(args) != 4 || args[1] != marker {
		return 0, false
	}
	if err := run(args, roles); err != nil {
		fmt.Fprintf(os.Stderr, "child %q: %v\n", args[2], err)
		return 1, true
	}
	return 0, true
}

func run(args []string, roles map[string]Role) error {
	role, ok := roles[args[2]]
	if !ok {
		return errors.New("this program has no such role: parent and child must be the same binary")
	}
	var h handover
	if err := json.Unmarshal([]byte(args[3]), &h); err != nil {
		return fmt.Errorf("reading what the parent handed over: %w", err)
	}
	if !h.Staged {
		if err := enterStage(args, &h); err != nil {
			return fmt.Errorf("starting again in confinement: %w", err)
		}
	}
	self, err := newSelf(h)
	if err != nil {
		return err
	}
	return role(self)
}

func newSelf(h handover) (*Self, error) {
	s := &Self{Args: h.Args, report: os.NewFile(reportFD, "report"), rows: h.Rows}
	var err error
	if s.Conn, err = newConn(connIn, connOut, "parent"); err != nil {
		return nil, fmt.Errorf("taking over the pipes to the parent: %w", err)
	}
	for i := range h.Files {
		s.Files = append(s.Files, os.NewFile(uintptr(firstFD+i), "file "+strconv.Itoa(i)))
	}
	if h.Shared > 0 {
		if s.Shared, err = mapFile(os.NewFile(uintptr(firstFD+h.Files), "shared"), h.Shared); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// descriptors is how many the child was handed.
func (h *handover) descriptors() int {
	if h.Shared > 0 {
		return firstFD + h.Files + 1
	}
	return firstFD + h.Files
}

// Confine gives up all that the kernel lets the process give up, on all threads,
// and for ever, and tells the parent that the child is ready. It is called once,
// before the role reads from it or runs code that is not ours. What the
// report misses the kernel refused; whether to go on is the role's decision.
//
// Afterwards only open descriptors can be used. Code that reads files, resolves
// names or starts V8's platform has to do so before.
func (s *Self) Confine(p Policy) (Report, error) {
	if s.report == nil {
		return nil, errors.New("the child is confined already")
	}
	report := append(slices.Clone(s.rows), confine(p, s.rows)...)
	defer func() { s.report = nil }()
	err := json.NewEncoder(s.report).Encode(report)
	if err := errors.Join(err, s.report.Close()); err != nil {
		return report, fmt.Errorf("telling the parent that the child is ready: %w", err)
	}
	return report, nil
}
