package http2

import "hedge/serving"

// budget is what a client may still make the server do without asking for anything.
// It is for the goroutine that reads; what honest work gives back comes through conn.earned.
type budget struct {
	now      int64 // in seconds
	controls serving.Allowance
	resets   serving.Allowance
	// updates are for WINDOW_UPDATE, of which a client needs some for all that it gets.
	updates serving.Allowance
	bytes   int // that were sent and have not given any back yet
	empty   int // frames in a row that carry and end nothing
}

// bytesPerUpdate is how much content has to be sent to give a WINDOW_UPDATE back, and
// mostEmpty how many empty frames may follow each other.
const (
	bytesPerUpdate = 128
	mostEmpty      = 1
)

// work is what was done that a client did ask for.
type work struct {
	bytes   int // of content that were sent, and what counts like them
	frames  int // with them
	answers int // that were completed
}

func newBudget(limits *Limits, now int64) budget {
	return budget{
		now:      now,
		controls: serving.NewAllowance(limits.Controls, now),
		resets:   serving.NewAllowance(limits.Resets, now),
		updates:  serving.NewAllowance(limits.Controls, now),
	}
}

// control takes n frames that ask for nothing, and reports whether that is too much.
func (b *budget) control(n int) bool { return b.controls.Take(n, b.now) }

// reset takes a stream that ended early, and reports whether that is too much.
func (b *budget) reset() bool { return b.resets.Take(1, b.now) }

// update takes a WINDOW_UPDATE, and reports whether that is too much.
func (b *budget) update() bool { return b.updates.Take(1, b.now) }

// earn gives back what honest work makes up for. With each frame of content there may come a
// PING, by which clients learn how much is under way to them (gRPC has them do so).
func (b *budget) earn(w work) {
	b.bytes += w.bytes
	b.updates.GiveBack(b.bytes / bytesPerUpdate)
	b.bytes %= bytesPerUpdate
	b.controls.GiveBack(w.frames + w.answers)
	b.resets.GiveBack(w.answers)
}

// carries notes whether a frame carried or ended something.
func (b *budget) carries(something bool) bool {
	if something {
		b.empty = 0
		return false
	}
	b.empty++
	return b.empty > mostEmpty
}
