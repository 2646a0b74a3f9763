package v8

import (
	"encoding/binary"
	"errors"

	"hedge"
)

var errException = errors.New("v8: malformed description of an exception")

// maxCauses bounds how deep a chain of causes is followed.
const maxCauses = 8

// DecodeException reads the description of an exception that error.cc writes.
func DecodeException(b []byte) (*hedge.Exception, error) {
	d := exceptionDecoder{rest: b}
	x := d.exception(maxCauses)
	if d.failed {
		return nil, errException
	}
	return x, nil
}

// exceptionDecoder takes values off the front of rest; once failed it returns zeros.
type exceptionDecoder struct {
	rest   []byte
	failed bool
}

func (d *exceptionDecoder) take(n int) []byte {
	if d.failed || n > len(d.rest) {
		d.failed = true
		return nil
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return b
}

func (d *exceptionDecoder) number() int {
	b := d.take(4)
	if b == nil {
		return 0
	}
	return int(binary.LittleEndian.Uint32(b))
}

func (d *exceptionDecoder) text() string { return string(d.take(d.number())) }

func (d *exceptionDecoder) exception(causes int) *hedge.Exception {
	x := &hedge.Exception{Name: d.text(), Message: d.text(), SourceLine: d.text()}
	n := d.number()
	for range n {
		if d.failed {
			return nil
		}
		x.Frames = append(x.Frames, hedge.Frame{Function: d.text(), File: d.text(), Line: d.number(), Column: d.number()})
	}
	if more := d.take(1); more == nil || more[0] == 0 {
		return x
	}
	if causes == 0 {
		d.failed = true
		return nil
	}
	x.Cause = d.exception(causes - 1)
	return x
}
