package worker

import "hedge/frame"

// queue is a sequence of frames, marked by subject.
type queue struct {
	frames frame.Writer
	marks  []mark
	next   int // the first mark that has not been taken
	at     int // where its frames begin
}

type mark struct {
	subject uint32
	posts   int // how many there were
	end     int
}

func (q *queue) empty() bool { return q.next == len(q.marks) }

// keptQueue is the most memory that a queue keeps when it has nothing in it.
const keptQueue = 256 << 10

func (q *queue) reset() {
	if q.frames.Len() > keptQueue {
		q.frames = frame.Writer{}
	}
	q.frames.Reset()
	q.marks, q.next, q.at = q.marks[:0], 0, 0
}

// add notes that frames about subject have been written.
func (q *queue) add(subject uint32) {
	if n := len(q.marks); n > q.next && q.marks[n-1].subject == subject {
		q.marks[n-1].end = q.frames.Len()
		q.marks[n-1].posts++
		return
	}
	q.marks = append(q.marks, mark{subject, 1, q.frames.Len()})
}

// take returns the next frames that are about one subject, and how many posts they
// came from. They are the queue's, until reset.
func (q *queue) take() (subject uint32, posts int, frames []byte) {
	m := q.marks[q.next]
	frames = q.frames.Bytes()[q.at:m.end]
	q.at = m.end
	q.next++
	return m.subject, m.posts, frames
}
