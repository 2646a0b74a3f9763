package upstream

import (
	"fmt"
	"time"

	"hedge"
	"hedge/httpmsg"
)

// judge counts failures in a row, and ejects the target of too many.
func (p *Pool) judge(req *httpmsg.Request, t *target, res *httpmsg.Response, err error) {
	switch {
	case p.spec.Outlier.Errors < 0:
		return
	case err == nil && res.Status < 500:
		if t.failures.Load() != 0 { // reading is cheaper
			t.failures.Store(0)
		}
		return
	case err != nil && !faultOfOrigin(err):
		return
	}
	what := "failed connections"
	if err == nil {
		what = "5xx"
	}
	if n := t.failures.Add(1); n == int32(p.spec.Outlier.Errors) {
		t.failures.Store(0)
		p.eject(req, t, fmt.Sprintf("%d consecutive %s", n, what))
	}
}

// eject takes a target out for a while, unless too many are out.
func (p *Pool) eject(req *httpmsg.Request, t *target, why string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || t.ejected || t.gone {
		return
	}
	now := p.cfg.Clock.Now()
	out, longest := p.out()
	if 100*(out+1) > p.spec.Outlier.MaxEjected*len(p.targets) {
		if longest == nil || now.Sub(longest.ejectedAt) < leastEjection {
			p.decided(req, hedge.ReasonSpared, why+" from "+t.name+", but "+count(out, "target is", "targets are")+" out")
			return
		}
		longest.readmission()
		p.pardon(longest)
		p.comeBack(longest)
	}
	if now.Sub(t.readmitted) > p.spec.Outlier.MaxEjection {
		t.ejections = 0 // it has been good for long
	}
	t.ejections++
	t.ejected, t.ejectedAt = true, now
	length := min(time.Duration(t.ejections)*p.spec.Outlier.Ejection, p.spec.Outlier.MaxEjection)
	t.readmission = p.cfg.Clock.AfterFunc(length, func() { p.readmit(t) })
	detail := fmt.Sprintf("%s, for %v: %s", why, length, t.name)
	p.decided(req, hedge.ReasonEjected, detail)
	p.notice(hedge.ReasonEjected, detail)
	p.rebuild()
}

// leastEjection is how long a target is out before it comes back because another one, of
// which it is known that it fails, is to take its place: it may be well by then, as when targets
// are restarted one after the other. Where all fail they take turns, no more often than this.
const leastEjection = time.Second

// out returns how many targets are ejected, and the one that has been for longest. mu is held.
func (p *Pool) out() (n int, longest *target) {
	for _, t := range p.targets {
		if !t.ejected {
			continue
		}
		if n++; longest == nil || t.ejectedAt.Before(longest.ejectedAt) {
			longest = t
		}
	}
	return n, longest
}

// readmit ends an ejection whose time is up.
func (p *Pool) readmit(t *target) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || t.gone || !t.ejected {
		return
	}
	p.pardon(t)
	p.comeBack(t)
}

// pardon ends an ejection. mu is held.
func (p *Pool) pardon(t *target) {
	t.ejected, t.readmitted = false, p.cfg.Clock.Now()
	t.failures.Store(0)
	p.notice(hedge.ReasonReadmitted, t.name)
}

// comeBack uses a target again, slowly at first. mu is held.
func (p *Pool) comeBack(t *target) {
	if p.spec.SlowStart > 0 && !t.ejected && !t.sick {
		t.back.Store(p.cfg.Clock.Now().UnixNano())
	}
	p.rebuild()
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
