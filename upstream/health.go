package upstream

import (
	"context"
	"fmt"

	"hedge"
	"hedge/httpmsg"
)

// startChecks plans the first check of each target, for at once. A target counts as
// healthy until checks have failed.
func (p *Pool) startChecks() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range p.targets {
		p.startCheck(t)
	}
}

// startCheck plans the first check of a target, if targets are checked. mu is held.
func (p *Pool) startCheck(t *target) {
	if p.spec.Health.Path != "" {
		t.nextCheck = p.cfg.Clock.AfterFunc(0, func() { p.examine(t) })
	}
}

// examine checks a target and plans the next check.
func (p *Pool) examine(t *target) {
	problem := p.ask(t)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || t.gone {
		return
	}
	t.nextCheck = p.cfg.Clock.AfterFunc(p.spec.Health.Every, func() { p.examine(t) })
	if (problem == "") == !t.sick {
		t.streak = 0
		return
	}
	t.streak++
	switch {
	case !t.sick && t.streak >= p.spec.Health.Unhealthy:
		t.sick, t.streak = true, 0
		p.notice(hedge.ReasonUnhealthy, fmt.Sprintf("%s: %s", problem, t.name))
		p.rebuild()
	case t.sick && t.streak >= p.spec.Health.Healthy:
		t.sick, t.streak = false, 0
		p.notice(hedge.ReasonHealthy, t.name)
		p.comeBack(t)
	}
}

// ask sends the request of a check, and returns what is wrong with the target.
func (p *Pool) ask(t *target) (problem string) {
	ctx, stop, cancel := p.within(context.Background(), p.spec.Health.Timeout, "the origin "+t.name)
	defer cancel(nil)
	defer stop()
	req := &httpmsg.Request{
		Method: "GET", Scheme: t.scheme, Authority: t.authority, Target: p.spec.Health.Path, Proto: "HTTP/1.1",
		Header: httpmsg.NewHeader("User-Agent", "hedge-health", "Accept", "*/*"),
	}
	res, err := p.cfg.Client.RoundTrip(ctx, p.announce(t.addressee(req, hedge.HostOrigin)))
	if err != nil {
		return string(hedge.OutcomeOf(err))
	}
	res.CloseBody()
	want := p.spec.Health.Status
	if res.Status == want || want == 0 && res.Status >= 200 && res.Status < 400 {
		return ""
	}
	return fmt.Sprintf("status %d", res.Status)
}
