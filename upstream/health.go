package upstream

import (
	"context"
	"fmt"

	"hedge"
	"hedge/httpmsg"
)

// startChecks plans the first check of each target, for at once. A target counts as
// healthy until checks have failed: the first one, or as many as the configuration says.
// The first decides, as in Envoy, because nothing is known of the target before it: with
// each new release a target that is down would get its share again until then.
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
	problem, asked := p.ask(t)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || t.gone {
		return
	}
	t.nextCheck = p.cfg.Clock.AfterFunc(p.spec.Health.Every, func() { p.examine(t) })
	if !asked { // nothing has been learned of the target
		return
	}
	first := !t.checked
	t.checked = true
	if (problem == "") == !t.sick {
		t.streak = 0
		return
	}
	t.streak++
	switch {
	case !t.sick && (first || t.streak >= p.spec.Health.Unhealthy):
		t.sick, t.streak = true, 0
		p.notice(hedge.ReasonUnhealthy, fmt.Sprintf("%s: %s", problem, t.name))
		p.rebuild()
	case t.sick && t.streak >= p.spec.Health.Healthy:
		t.sick, t.streak = false, 0
		p.notice(hedge.ReasonHealthy, t.name)
		if t.ejected { // for what it answered before it went down
			t.readmission()
			p.pardon(t)
		}
		p.comeBack(t)
	}
}

// checkedHost is how a check names the host: as requests do, if that is one name for all.
func (p *Pool) checkedHost() hedge.HostPolicy {
	if p.spec.Host.Name() != "" {
		return p.spec.Host
	}
	return hedge.HostOrigin
}

// ask sends the request of a check, and returns what is wrong with the target; asked is false
// if there was nothing here to ask it by.
func (p *Pool) ask(t *target) (problem string, asked bool) {
	ctx, stop, cancel := p.within(context.Background(), p.spec.Health.Timeout, "the origin "+t.name)
	defer cancel(nil)
	defer stop()
	req := &httpmsg.Request{
		Method: "GET", Scheme: t.scheme, Authority: t.authority, Target: p.spec.Health.Path, Proto: "HTTP/1.1",
		Header: httpmsg.NewHeader("User-Agent", "hedge-health", "Accept", "*/*"),
	}
	res, err := p.cfg.Client.RoundTrip(ctx, p.announce(t.addressee(req, p.checkedHost())))
	if err != nil {
		outcome := hedge.OutcomeOf(err)
		return string(outcome), outcome != hedge.OutcomeExhausted
	}
	res.CloseBody()
	want := p.spec.Health.Status
	if res.Status == want || want == 0 && res.Status >= 200 && res.Status < 400 {
		return "", true
	}
	return fmt.Sprintf("status %d", res.Status), true
}
