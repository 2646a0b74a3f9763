package image

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"time"

	"hedge"
	"hedge/child"
	"hedge/vips"
)

const roleName = "image"

// WorkerRole is what a child process does that is a worker, under the name of its role.
func WorkerRole() (name string, role child.Role) { return roleName, serve }

// orders are the argument of a worker.
type orders struct {
	Library string
	Limits  Limits
}

// confinement bounds what a worker can have before the host looks at it, which it does
// much more closely.
func confinement() child.Policy { return child.Policy{Data: 2 << 30, Files: 16, Threads: 64} }

// idle is after how long without a job a worker gives memory back. To have the next
// job's pages made anew takes as long as much of what is done with them.
const idle = time.Second

// serve does jobs, one after another, until the host ends the conversation.
func serve(self *child.Self) error {
	var o orders
	if err := json.Unmarshal([]byte(self.Args), &o); err != nil {
		return fmt.Errorf("reading the orders: %w", err)
	}
	lib, err := vips.Open(o.Library, 1) // workers are as many as cores, so that each takes one
	if err != nil {
		return err
	}
	debug.SetMemoryLimit(96 << 20) // what Go has in here is what comes out
	warmUp(lib)
	if _, err := self.Confine(confinement()); err != nil {
		return err
	}
	w := wire{self.Conn}
	rest := time.AfterFunc(idle, lib.Trim)
	for {
		text, inputs, err := w.readJob(self.Shared)
		rest.Stop()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		result, err := attempt(lib, text, inputs, o.Limits)
		if err := w.writeResult(result, err); err != nil {
			return err
		}
		rest.Reset(idle)
	}
}

func attempt(lib *vips.Library, text []byte, inputs [][]byte, limits Limits) (*Result, error) {
	job, err := ReadJob(text, len(inputs), limits)
	if err != nil {
		return nil, err
	}
	return work(lib, job, inputs, limits)
}

// warmUp has the library load what it loads at its first use, as afterwards no file can
// be opened: each format is written and read once.
func warmUp(lib *vips.Library) {
	scope := lib.NewScope()
	defer scope.Close()
	pixels := make([]byte, 3*16*16)
	image, err := scope.FromPixels(pixels, 16, 16, 3)
	if err != nil {
		return
	}
	for _, format := range []string{png, jpeg, webp, gif, avif} {
		file, err := scope.Bytes(saver(format), vips.Args{"in": image})
		if err != nil {
			continue // this library cannot write it, which is said when somebody asks for it
		}
		if back, err := scope.Image(loader(format), vips.Args{"buffer": file}); err == nil {
			_, _ = back.Pixels()
		}
	}
}

// answer is the head of what a worker says.
type answer struct {
	Result
	Outcome hedge.Outcome `json:"outcome,omitempty"` // of an error
	Message string        `json:"message,omitempty"`
}
