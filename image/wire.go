package image

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"hedge"
)

// wire is what host and worker talk over, one job at a time. A job is its number of
// bytes, the number of inputs and that of bytes of each, and then its text; the inputs
// are in memory that the two share, one behind the other. An answer is two numbers of
// bytes, of its head, which is JSON, and of the file. Numbers are words of 32 bits,
// little-endian.
type wire struct{ conn io.ReadWriter }

// The bounds of what the two say to each other.
const (
	maxJob    = 256 << 10
	maxAnswer = 64 << 10
	maxFile   = 256 << 20
)

func (w wire) writeJob(shared io.WriterAt, text []byte, inputs [][]byte) error {
	head := binary.LittleEndian.AppendUint32(nil, uint32(len(text)))
	head = binary.LittleEndian.AppendUint32(head, uint32(len(inputs)))
	at := 0
	for _, input := range inputs {
		head = binary.LittleEndian.AppendUint32(head, uint32(len(input)))
		if _, err := shared.WriteAt(input, int64(at)); err != nil {
			return err
		}
		at += len(input)
	}
	_, err := w.conn.Write(append(head, text...))
	return err
}

// readJob returns inputs that are shared's: they are the job's until it is answered.
func (w wire) readJob(shared []byte) (text []byte, inputs [][]byte, err error) {
	size, err := w.word(maxJob)
	if err != nil {
		return nil, nil, err
	}
	n, err := w.word(maxInputs)
	if err != nil {
		return nil, nil, err
	}
	for range n {
		size, err := w.word(len(shared))
		if err != nil {
			return nil, nil, err
		}
		inputs, shared = append(inputs, shared[:size:size]), shared[size:]
	}
	text, err = w.bytes(size)
	return text, inputs, err
}

func (w wire) writeResult(r *Result, failure error) error {
	a := answer{}
	if failure != nil {
		r = &Result{}
		a.Outcome, a.Message = hedge.OutcomeOf(failure), failure.Error()
		var known *hedge.Error
		if errors.As(failure, &known) {
			a.Message = known.Message
		}
		a.Message = a.Message[:min(len(a.Message), maxAnswer/16)]
	}
	a.Result = *r
	head, err := json.Marshal(a)
	if err != nil {
		return err
	}
	record := binary.LittleEndian.AppendUint32(nil, uint32(len(head)))
	record = binary.LittleEndian.AppendUint32(record, uint32(len(r.File)))
	if _, err := w.conn.Write(append(record, head...)); err != nil {
		return err
	}
	_, err = w.conn.Write(r.File)
	return err
}

// readResult believes nothing of what a worker says: a file may have taken it over.
func (w wire) readResult() (*Result, error) {
	size, err := w.word(maxAnswer)
	if err != nil {
		return nil, err
	}
	fileSize, err := w.word(maxFile)
	if err != nil {
		return nil, err
	}
	head, err := w.bytes(size)
	if err != nil {
		return nil, err
	}
	var a answer
	if err := decodeStrictly(head, &a); err != nil {
		return nil, fmt.Errorf("it does not answer as a worker does: %w", err)
	}
	if a.File, err = w.bytes(fileSize); err != nil {
		return nil, err
	}
	if a.Outcome != "" {
		return nil, refused("%s", cut(a.Message))
	}
	if oneOf("format", a.Format, jpeg, png, webp, gif, avif) != nil {
		return nil, errors.New("it answers with a format that there is not")
	}
	return &a.Result, nil
}

// cut takes off the prefix that refused puts before a message.
func cut(message string) string {
	const prefix = "image: "
	if len(message) >= len(prefix) && message[:len(prefix)] == prefix {
		return message[len(prefix):]
	}
	return message
}

func (w wire) word(most int) (int, error) {
	var b [4]byte
	if _, err := io.ReadFull(w.conn, b[:]); err != nil {
		return 0, err
	}
	n := binary.LittleEndian.Uint32(b[:])
	if uint64(n) > uint64(max(most, 0)) {
		return 0, fmt.Errorf("a length of %d is more than %d", n, most)
	}
	return int(n), nil
}

func (w wire) bytes(n int) ([]byte, error) {
	b := make([]byte, n)
	_, err := io.ReadFull(w.conn, b)
	return b, err
}
