package image

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"hedge"
)

// Job is what is to be done with pictures. As JSON it is what apps and routes write; see
// ReadJob.
type Job struct {
	Source Source `json:"source"`
	Output Output `json:"output"`
}

// Source is a file, and the steps that it goes through.
type Source struct {
	Input  int    `json:"input"`            // its index in the job's inputs
	Frames int    `json:"frames,omitempty"` // how many of an animation are taken; 0 is one
	Steps  []Step `json:"steps,omitempty"`
}

// Limits bound what a job may take. Zero values mean those of DefaultLimits.
type Limits struct {
	Bytes  int // of all inputs together
	Pixels int // of a picture, with all its frames, at any step
	Frames int // of an animation
	Steps  int // of a job, with those of overlays
}

// DefaultLimits are those that a pool has unless it is told otherwise.
func DefaultLimits() Limits {
	return Limits{Bytes: 25 << 20, Pixels: 50e6, Frames: 256, Steps: 64}
}

// maxInputs is how many files a job may have: the picture, overlays, fonts.
const maxInputs = 16

// ReadJob reads a job from JSON, strictly: what is not known, or out of range, is an
// error that says where, a *hedge.Error with OutcomeImageRefused. inputs is how many
// files come with it.
func ReadJob(text []byte, inputs int, limits Limits) (*Job, error) {
	job := &Job{}
	if err := decodeStrictly(text, job); err != nil {
		return nil, refused("the job is not understood: %v", err)
	}
	if inputs < 1 || inputs > maxInputs {
		return nil, refused("a job has 1 to %d files, and this one has %d", maxInputs, inputs)
	}
	steps := 0
	if err := job.Source.check(inputs, &steps, 0); err != nil {
		return nil, refused("%v", err)
	}
	if steps > limits.Steps {
		return nil, refused("a job has at most %d steps, and this one has %d", limits.Steps, steps)
	}
	if err := job.Output.check(); err != nil {
		return nil, refused("%v", err)
	}
	return job, nil
}

// decodeStrictly decodes one JSON value whose names are all known.
func decodeStrictly(text []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("there is something behind its end")
	}
	return nil
}

// maxDepth is how many overlays may lie in one another.
const maxDepth = 4

func (s *Source) check(inputs int, steps *int, depth int) error {
	if s.Input < 0 || s.Input >= inputs {
		return fmt.Errorf("there is no file number %d", s.Input)
	}
	if s.Frames < 0 {
		return fmt.Errorf("frames: %d is less than 1", s.Frames)
	}
	if depth > maxDepth {
		return fmt.Errorf("overlays lie in one another more than %d deep", maxDepth)
	}
	*steps += len(s.Steps)
	for i, step := range s.Steps {
		if err := step.do.check(); err != nil {
			return fmt.Errorf("step %d, %s: %w", i+1, step.name, err)
		}
		if nested, ok := step.do.(interface{ files(*int, int, int) error }); ok {
			if err := nested.files(steps, inputs, depth); err != nil {
				return fmt.Errorf("step %d, %s: %w", i+1, step.name, err)
			}
		}
	}
	return nil
}

// Step is one step of a pipeline. As JSON it is an object with one member, as
// {"resize": {"width": 640}}.
type Step struct {
	name string
	do   action
}

// action is what a step does to a picture.
type action interface {
	// check looks at what can be known without the picture.
	check() error
	apply(c *canvas) error
}

// newAction returns the action of a name, or nil. This is the list of steps that there are.
func newAction(name string) action {
	switch name {
	case "resize":
		return &Resize{}
	case "crop":
		return &Crop{}
	case "extend":
		return &Extend{}
	case "trim":
		return &Trim{}
	case "rotate":
		return &Rotate{}
	case "flip":
		return &Flip{}
	case "overlay":
		return &Overlay{}
	case "text":
		return &Text{}
	case "blur":
		return &Blur{}
	case "sharpen":
		return &Sharpen{}
	case "modulate":
		return &Modulate{}
	case "contrast":
		return &Contrast{}
	case "gamma":
		return &Gamma{}
	case "grayscale":
		return &Grayscale{}
	case "negate":
		return &Negate{}
	case "background":
		return &Background{}
	case "pixelate":
		return &Pixelate{}
	}
	return nil
}

// UnmarshalJSON reads {"name": {…}}.
func (s *Step) UnmarshalJSON(text []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return err
	}
	if len(members) != 1 {
		return fmt.Errorf("a step is an object with one member, its name")
	}
	for name, value := range members {
		do := newAction(name)
		if do == nil {
			return fmt.Errorf("there is no step %q", name)
		}
		if err := decodeStrictly(value, do); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		*s = Step{name, do}
	}
	return nil
}

// MarshalJSON writes what UnmarshalJSON reads.
func (s Step) MarshalJSON() ([]byte, error) { return json.Marshal(map[string]action{s.name: s.do}) }

// NewStep makes a step. It panics if do is none of this package's.
func NewStep(name string, do action) Step { return Step{name, do} }

// refused makes the error of a job that cannot be done, whoever does it.
func refused(format string, args ...any) *hedge.Error {
	return hedge.Errorf(hedge.OutcomeImageRefused, "image: "+format, args...)
}

// oneOf reports that a word is none of those that are known; "" stands for the default.
func oneOf(what, word string, known ...string) error {
	if word == "" || slices.Contains(known, word) {
		return nil
	}
	return fmt.Errorf("%s: %q is none of %q", what, word, known)
}

// within reports that a number is out of its range.
func within(what string, value, least, most float64) error {
	if value >= least && value <= most { // false for NaN
		return nil
	}
	return fmt.Errorf("%s: %v is not from %v to %v", what, value, least, most)
}
