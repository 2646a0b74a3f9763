package cli

import (
	"bytes"
	"io"
)

// lineWriter writes whole lines, also behind a write that has failed amid one. It is for
// one goroutine.
type lineWriter struct {
	out  io.Writer
	torn bool // the last line that was written has no end
}

// write returns how many of the lines have not been written to their ends, with the reason.
func (w *lineWriter) write(lines []byte) (lost int, err error) {
	if w.torn {
		if _, err := w.out.Write([]byte{'\n'}); err != nil {
			return bytes.Count(lines, []byte{'\n'}), err
		}
		w.torn = false
	}
	n, err := w.out.Write(lines)
	w.torn = n > 0 && lines[n-1] != '\n'
	return bytes.Count(lines[n:], []byte{'\n'}), err
}
