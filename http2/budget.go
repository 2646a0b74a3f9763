package http2

// budget is what a client may still make the server do without asking for anything.
// It is for the goroutine that reads; what honest work gives back comes through conn.
type budget struct {
	limits   *Limits
	now      int64 // the second up to which has been given back
	controls int
	resets   int
	// updates are for WINDOW_UPDATE, of which a client needs some for all that it gets.
	updates int
	empty   int // frames in a row that carry and end nothing
}

// bytesPerUpdate is how much content has to be sent to give a WINDOW_UPDATE back, and
// mostEmpty how many empty frames may follow each other.
const (
	bytesPerUpdate = 128
	mostEmpty      = 1
)

func newBudget(limits *Limits, now int64) budget {
	return budget{limits: limits, now: now, controls: limits.Controls, resets: limits.Resets, updates: limits.Controls}
}

// refill gives back what time has earned.
func (b *budget) refill(now int64) {
	if now <= b.now {
		return
	}
	seconds := int(min(now-b.now, 10))
	b.now = now
	b.controls = min(b.controls+seconds*b.limits.Controls/10, b.limits.Controls)
	b.resets = min(b.resets+seconds*b.limits.Resets/10, b.limits.Resets)
	b.updates = min(b.updates+seconds*b.limits.Controls/10, b.limits.Controls)
}

// control takes n frames that ask for nothing, and reports whether that is too much.
func (b *budget) control(n int) bool {
	b.controls -= n
	return b.controls < 0
}

// reset takes a stream that ended early.
func (b *budget) reset() bool {
	b.resets--
	return b.resets < 0
}

// update takes a WINDOW_UPDATE. sent is how much content was sent since the last one.
func (b *budget) update(sent int) bool {
	b.updates = min(b.updates+sent/bytesPerUpdate, b.limits.Controls) - 1
	return b.updates < 0
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
