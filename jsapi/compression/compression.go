// Package compression is the host's part of the streams of the Compression standard
// (https://compression.spec.whatwg.org/).
package compression

import (
	"context"
	"errors"
	"io"

	"hedge/coding"
	"hedge/frame"
	"hedge/worker"
)

// opConvert is the op's number, which compression.ts knows too.
const opConvert = 26

// decompress is the other of the two directions; compressing is 0.
const decompress = 1

// Module returns the feature's op.
func Module() worker.Module {
	return worker.Module{Name: "compression", Ops: []worker.Op{
		{Code: opConvert, Name: "compression.convert", Run: convert},
	}}
}

var errMalformed = errors.New("compression: malformed call")

// convert takes a format, a direction and the number of a body that the isolate sends,
// and replies with the number of one that it gets. The computing is done by who reads
// that.
func convert(_ context.Context, call *worker.Call) error {
	format, direction, id := call.Payload.Text(), call.Payload.Word(), call.Payload.Word()
	if call.Payload.Err() != nil || !coding.KnownFormat(format) {
		return errMalformed
	}
	body, _ := call.TakeBody(frame.BodyIsolate, id)
	if body == nil {
		return errMalformed
	}
	convert := coding.Compress
	if direction == decompress {
		convert = coding.Decompress
	}
	reader := call.Computed(body, func(body io.ReadCloser, m coding.Memory) io.ReadCloser { return convert(format, body, m) })
	out := call.OpenBody(worker.Body{Reader: reader, Length: -1})
	call.Reply(func(w *frame.Writer) { w.Word(out) })
	return nil
}
