package worker

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"hedge"
	"hedge/frame"
	"hedge/v8"
)

// Host and cordon exchange records, each of which is a frame around others. Ids of
// programs and isolates are counted by the host.
const (
	// from the host
	recordProgram frame.Kind = 64 // id program: word eval, for each module utf8 name, utf8 kind, bytes source
	recordForget  frame.Kind = 65 // id program: no isolate will be opened with it
	recordOpen    frame.Kind = 66 // id isolate: word program, wide memory, wide CPU ns of a request, wide CPU ns of the app itself
	recordPost    frame.Kind = 67 // id isolate: word subject, frames
	recordClose   frame.Kind = 68 // id isolate
	recordCharge  frame.Kind = 69 // id isolate: word subject, wide CPU ns that the host has used for it

	// from the cordon
	recordTurn   frame.Kind = 80 // id isolate: word subject, word posts, word status, word flags, wide CPU ns, frames
	recordHeap   frame.Kind = 81 // id isolate: wide bytes that V8 has committed for the heap
	recordStuck  frame.Kind = 82 // id isolate: word subject, wide CPU ns
	recordClosed frame.Kind = 83 // id isolate: nothing more about it
)

// The flags of recordTurn.
const (
	flagOutOfMemory   = 1
	flagMemoryRefused = 2
	flagRenewed       = 4
)

// wide writes a number of 64 bits.
func wide(w *frame.Writer, n int64) {
	w.Word(uint32(n))
	w.Word(uint32(n >> 32))
}

func readWide(r *frame.Reader) int64 {
	low, high := r.Word(), r.Word()
	return int64(low) | int64(high)<<32
}

func writeProgram(w *frame.Writer, id uint32, p *program) {
	w.Begin(recordProgram, id)
	eval := uint32(0)
	if p.eval {
		eval = 1
	}
	w.Word(eval)
	for _, m := range p.modules {
		w.Text(m.Name)
		w.Text(string(m.Kind))
		w.ByteString(m.Source)
	}
	w.End()
}

// readProgram copies what it reads.
func readProgram(payload []byte) (*program, error) {
	r := frame.NewReader(payload)
	p := &program{eval: r.Word() != 0}
	for len(r.Rest()) > 0 && r.Err() == nil {
		m := hedge.Module{Name: r.Text(), Kind: hedge.ModuleKind(r.Text())}
		m.Source = append([]byte(nil), r.ByteString()...)
		p.modules = append(p.modules, m)
	}
	return p, r.Err()
}

func writeTurn(w *frame.Writer, id uint32, t turn) {
	start := w.Enclose(recordTurn, id)
	w.Word(t.subject)
	w.Word(uint32(t.posts))
	w.Word(uint32(t.status))
	flags := uint32(0)
	if t.outOfMemory {
		flags |= flagOutOfMemory
	}
	if t.memoryRefused {
		flags |= flagMemoryRefused
	}
	if t.renewed {
		flags |= flagRenewed
	}
	w.Word(flags)
	wide(w, int64(t.cpu))
	w.Raw(t.frames)
	if t.status != v8.OK {
		w.Pad() // an exception's description is no frame
	}
	w.Close(start)
}

// readCPU believes nothing: a time on the processor that cannot be is none.
func readCPU(r *frame.Reader) time.Duration {
	return max(0, min(time.Duration(readWide(r)), time.Hour))
}

func readTurn(payload []byte) (turn, error) {
	r := frame.NewReader(payload)
	t := turn{subject: r.Word(), posts: int(r.Word()), status: v8.Status(r.Word())}
	flags := r.Word()
	t.outOfMemory, t.memoryRefused = flags&flagOutOfMemory != 0, flags&flagMemoryRefused != 0
	t.renewed = flags&flagRenewed != 0
	t.cpu = readCPU(&r)
	t.frames, t.began = r.Rest(), time.Now()
	return t, r.Err()
}

// recordReader takes records off a stream.
type recordReader struct {
	from       io.Reader
	most       func() int64 // bytes of one record
	buf        []byte
	start, end int // of what has been read and not taken
}

// readAhead is how much is read at once, if there is so much.
const readAhead = 64 << 10

var errNoRecord = errors.New("what came is no record")

// next returns the next record, which is valid until the next call. It makes room
// for what has arrived, not for what a record says of its size.
func (r *recordReader) next() (frame.Frame, error) {
	for {
		size, err := r.size()
		if err != nil {
			return frame.Frame{}, err
		}
		if have := r.buf[r.start:r.end]; size > 0 && len(have) >= size {
			r.start += size
			f, _, err := frame.Next(have[:size])
			return f, err
		}
		if err := r.fill(); err != nil {
			return frame.Frame{}, err
		}
	}
}

// size is that of the next record, 0 if it is not known yet.
func (r *recordReader) size() (int, error) {
	if r.end-r.start < 4 {
		return 0, nil
	}
	size := binary.LittleEndian.Uint32(r.buf[r.start:])
	if size < 12 || size%4 != 0 {
		return 0, errNoRecord
	}
	if most := r.most(); int64(size) > most {
		return 0, fmt.Errorf("a record of %d bytes, of which %d are the most", size, most)
	}
	return int(size), nil
}

func (r *recordReader) fill() error {
	if r.start == r.end {
		r.start, r.end = 0, 0
		if len(r.buf) > keptOutbox {
			r.buf = nil
		}
	}
	if len(r.buf)-r.end < readAhead/2 {
		r.makeRoom()
	}
	n, err := r.from.Read(r.buf[r.end:])
	r.end += n
	if n > 0 {
		return nil
	}
	return err
}

// makeRoom moves what is there to the front, of a larger buffer if it fills this one.
func (r *recordReader) makeRoom() {
	have := r.buf[r.start:r.end]
	to := r.buf
	if len(have) > len(to)/2 || len(to) == 0 {
		to = make([]byte, max(readAhead, 2*len(to)))
	}
	r.end = copy(to, have)
	r.start, r.buf = 0, to
}
