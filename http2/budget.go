package http2

import "hedge/serving"

// budget is what a client may still make the server do without asking for anything.
// It is for the goroutine that reads; what honest work gives back comes through conn.
type budget struct {
	now      int64 // in seconds
	controls serving.Allowance
	resets   serving.Allowance
	// updates are for WINDOW_UPDATE, of which a client needs some for all that it gets.
	updates serving.Allowance
	sent    int // bytes that have not given any back yet
	empty   int // frames in a row that carry and end nothing
}

// bytesPerUpdate is how much content has to be sent to give a WINDOW_UPDATE back, and
// mostEmpty how many empty frames may follow each other.
const (
	bytesPerUpdate = 128
	mostEmpty      = 1
)

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

// reset takes a stream that ended early. completed is how many answers were completed
// since the last one, which make up for it.
func (b *budget) reset(completed int) bool {
	b.resets.GiveBack(completed)
	return b.resets.Take(1, b.now)
}

// update takes a WINDOW_UPDATE. sent is how much content was sent since the last one.
func (b *budget) update(sent int) bool {
	b.sent += sent
	b.updates.GiveBack(b.sent / bytesPerUpdate)
	b.sent %= bytesPerUpdate
	return b.updates.Take(1, b.now)
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
