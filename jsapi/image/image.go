// Package image is the host's part of hedge:image: jobs that apps have done with
// pictures.
package image

import (
	"bytes"
	"context"
	"encoding/json"
	"io"

	"hedge"
	"hedge/frame"
	"hedge/httpmsg"
	"hedge/image"
	"hedge/worker"
)

// opImage is the op's number, which op.ts knows too.
const opImage = 60

// Workers do jobs: an *image.Pool.
type Workers interface {
	// Hold takes room for files; see image.Pool.
	Hold(ctx context.Context, app string, bytes int) (*image.Held, error)
	// Do has a job done; see image.Pool.
	Do(ctx context.Context, app string, job []byte, inputs [][]byte) (*image.Result, error)
	// Limits are those of jobs.
	Limits() image.Limits
}

// Module returns the feature's op. workers is nil where there are none.
func Module(workers Workers) worker.Module {
	return worker.Module{Name: "image", Ops: []worker.Op{{
		Code: opImage, Name: "image",
		Run: func(ctx context.Context, call *worker.Call) error { return run(ctx, workers, call) },
	}}}
}

// run does a job. Its files are read here, as far as a job's limits go.
func run(ctx context.Context, workers Workers, call *worker.Call) error {
	if workers == nil {
		return failure(hedge.Errorf(hedge.OutcomeNoImages, "image: nothing here changes pictures"))
	}
	text, accept, n := call.Payload.Text(), call.Payload.Text(), call.Payload.Word()
	most := workers.Limits().Bytes
	held, err := workers.Hold(ctx, call.App().Name, 0)
	if err != nil {
		return failure(err)
	}
	defer held.Leave()
	room := func(bytes int) error { return held.Grow(ctx, bytes) }
	inputs, left := [][]byte{}, most
	for range n {
		kind, stream, inline := call.Payload.Word(), call.Payload.Word(), call.Payload.ByteString()
		if call.Payload.Err() != nil {
			return call.Payload.Err()
		}
		file, err := read(call, kind, stream, inline, most, most-left, room)
		if err != nil {
			return err
		}
		inputs, left = append(inputs, file), left-len(file)
	}
	held.Keep(most - left) // the last step was longer
	job, err := withAccepts(text, accept)
	if err != nil {
		return failure(err)
	}
	result, err := workers.Do(ctx, call.App().Name, job, inputs)
	if err != nil {
		return failure(err)
	}
	reply(call, result)
	return nil
}

// withAccepts gives a job the formats that the client names.
func withAccepts(text, accept string) ([]byte, error) {
	formats := image.Accepted(accept)
	if len(formats) == 0 {
		return []byte(text), nil
	}
	var job struct {
		Source json.RawMessage            `json:"source"`
		Output map[string]json.RawMessage `json:"output"`
	}
	if err := json.Unmarshal([]byte(text), &job); err != nil {
		return nil, hedge.Wrap(err, hedge.OutcomeImageRefused, "image: the job is not understood")
	}
	if job.Output == nil {
		job.Output = map[string]json.RawMessage{}
	}
	job.Output["accepts"], _ = json.Marshal(formats) // it is text
	return json.Marshal(job)
}

// step is how much of a file there is room for before it is read.
const step = 256 << 10

// read reads one file of a job, whose files have most bytes together; those before have had
// some. room is asked for what they have altogether, step by step: a file may be a client's
// that comes slowly, or code's.
func read(call *worker.Call, kind, stream uint32, inline []byte, most, before int, room func(bytes int) error) ([]byte, error) {
	if kind == frame.BodyInline {
		if err := room(before + len(inline)); err != nil {
			return nil, failure(err)
		}
		return bytes.Clone(inline), nil
	}
	body, _ := call.TakeBody(kind, stream)
	if body == nil {
		return nil, nil // an empty file, which is refused as one
	}
	defer body.Close()
	var file []byte
	var next bytes.Buffer // as a Buffer of all of it would take twice as much
	for {
		if err := room(min(before+len(file)+step, most)); err != nil {
			return nil, failure(err)
		}
		next.Reset()
		_, err := io.CopyN(&next, body, step)
		file = append(file, next.Bytes()...)
		switch {
		case before+len(file) > most:
			return nil, failure(hedge.Errorf(hedge.OutcomeImageRefused, "image: the files have more than %d bytes together", most))
		case err == io.EOF:
			return file, nil
		case err != nil:
			return nil, err
		}
	}
}

// reply tells what has come out: a file, as a body that can be passed on untouched, or
// an answer.
func reply(call *worker.Call, r *image.Result) {
	body := uint32(0)
	if r.Format != "" {
		body = call.OpenBody(worker.Body{Reader: httpmsg.NewBytesBody(r.File), Length: int64(len(r.File))})
	}
	call.Reply(func(w *frame.Writer) {
		w.Text(r.Format)
		w.Word(body)
		if body == 0 {
			w.Text(string(r.File))
		}
	})
}

// failure is how an app sees that a job was not done.
func failure(err error) error {
	name := "OperationError"
	switch hedge.OutcomeOf(err) {
	case hedge.OutcomeImageRefused:
		name = "TypeError"
	case hedge.OutcomeNoImages:
		name = "NotSupportedError"
	}
	message := err.Error()
	if known, ok := err.(*hedge.Error); ok {
		message = known.Message
	}
	return &worker.Failure{Name: name, Message: message, Err: err}
}
