package image

import (
	"errors"
	"fmt"

	"hedge"
	"hedge/vips"
)

// Result is what has come out of a job.
type Result struct {
	Format string `json:"format,omitempty"` // of File; empty if it is the answer to what was asked, as JSON
	Width  int    `json:"width,omitempty"`
	Height int    `json:"height,omitempty"`
	Frames int    `json:"frames,omitempty"`
	File   []byte `json:"-"`
}

// work does a job. It is called in a worker only: what the library reads comes from
// strangers. The error is a *hedge.Error.
func work(lib *vips.Library, job *Job, inputs [][]byte, limits Limits) (*Result, error) {
	scope := lib.NewScope()
	defer scope.Close()
	result, err := workIn(&canvas{lib: lib, scope: scope, limits: limits, inputs: inputs}, job)
	var known *hedge.Error
	if err != nil && !errors.As(err, &known) {
		err = refused("%v", err)
	}
	return result, err
}

func workIn(c *canvas, job *Job) (*Result, error) {
	c.outputOpaque = job.Output.Format == jpeg
	if job.Output.Ask == askMetadata && len(job.Source.Steps) == 0 {
		if err := c.open(&job.Source); err != nil {
			return nil, err
		}
		return c.inspect(&job.Output, &job.Source)
	}
	if err := c.take(&job.Source); err != nil {
		return nil, err
	}
	if job.Output.Ask != "" {
		return c.inspect(&job.Output, &job.Source)
	}
	return c.save(&job.Output)
}

// take decodes a source, and has it go through its steps.
func (c *canvas) take(s *Source) error {
	if err := c.open(s); err != nil {
		return err
	}
	if len(s.Steps) == 0 {
		return c.readied()
	}
	for i, step := range s.Steps {
		if err := step.do.apply(c); err != nil {
			return fmt.Errorf("step %d, %s: %w", i+1, step.name, err)
		}
	}
	return c.readied()
}

// readied makes a picture one that can be combined or written.
func (c *canvas) readied() error {
	if err := c.upright(); err != nil {
		return err
	}
	return c.toSRGB()
}
