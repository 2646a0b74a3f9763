package worker

import (
	"time"

	"hedge"
)

// outside is what an app's code has used of the processor in an isolate outside of any
// request, once it has loaded: in timers of its modules, above all. It may use as much as
// for loading, again and again: a share of it comes back with time.
type outside struct {
	used time.Duration
	at   time.Time // when used was brought up to date
}

// outsideWindow is how long it takes until all of limits.startup_cpu has come back.
const outsideWindow = time.Minute

// spend adds to what has been used, and returns what that is now.
func (o *outside) spend(now time.Time, cpu, most time.Duration) time.Duration {
	back := time.Duration(float64(most) * min(now.Sub(o.at).Seconds()/outsideWindow.Seconds(), 2)) // long ago at first
	o.used = max(o.used-back, 0) + cpu
	o.at = now
	return o.used
}

// spendOutside counts what code has used outside of any request. An isolate in which that
// is too much gets no more requests, and ends with those that it has; one that uses twice
// as much ends at once, which is reported.
func (s *session) spendOutside(cpu time.Duration) (ended bool) {
	most := s.app.limits.StartupCPU
	s.mu.Lock()
	used := s.outside.spend(time.Now(), cpu, most)
	s.mu.Unlock()
	switch {
	case used <= most:
	case used > 2*most:
		s.loseIsolate(0, outsideError(&s.app.limits))
		return true
	case !s.condemned.Load():
		s.app.print(0, func() Line {
			return Line{App: s.app.release.Name, Level: LevelError, Text: outsideError(&s.app.limits).Error()}
		})
		s.condemn()
	}
	return false
}

// outsideError says that code outside of any request has used too much.
func outsideError(limits *hedge.Limits) *hedge.Error {
	return hedge.Errorf(hedge.OutcomeExceededCPU, "code outside of any request used more than its %v of processor time a minute (limits.startup_cpu)", limits.StartupCPU)
}
