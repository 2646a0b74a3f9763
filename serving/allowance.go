package serving

// Allowance is how much a client may do of something. All of it may be done at once; a
// tenth comes back each second. It is for one goroutine.
type Allowance struct {
	most, left int
	now        int64 // the second up to which has been given back
}

// NewAllowance returns a whole one, at a second.
func NewAllowance(most int, now int64) Allowance { return Allowance{most, most, now} }

// Take takes n, at a second, and reports whether that is too much.
func (a *Allowance) Take(n int, now int64) bool {
	if now > a.now {
		a.GiveBack(int(min(now-a.now, 10)) * a.most / 10)
		a.now = now
	}
	a.left -= n
	return a.left < 0
}

// GiveBack gives n back, which honest work has earned.
func (a *Allowance) GiveBack(n int) { a.left = min(a.left+n, a.most) }
