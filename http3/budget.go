package http3

// budget is what a client may still make the server do without asking for anything. It is
// guarded by the connection.
type budget struct {
	limits   *Limits
	now      int64 // the second up to which has been given back
	controls int
	resets   int
}

func newBudget(limits *Limits, now int64) budget {
	return budget{limits: limits, now: now, controls: limits.Controls, resets: limits.Resets}
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
}

// control takes something that asks for nothing, and reports whether that is too much.
func (b *budget) control() bool {
	b.controls--
	return b.controls < 0
}

// reset takes a request that ended early.
func (b *budget) reset() bool {
	b.resets--
	return b.resets < 0
}

// answered makes up for a request that ended early.
func (b *budget) answered() { b.resets = min(b.resets+1, b.limits.Resets) }
