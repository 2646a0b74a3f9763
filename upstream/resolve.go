package upstream

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"hedge"
)

// Resolver finds the addresses of names; a *net.Resolver is one. It is called from many
// goroutines at once.
type Resolver interface {
	// LookupNetIP returns addresses of a host; the network is "ip" for both versions.
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// resolveTimeout is how long finding the addresses of a name may take.
const resolveTimeout = 5 * time.Second

// maxAddresses is how many addresses of a name are used.
const maxAddresses = 64

// name is a target of the definition that is a name, whose addresses are the targets
// that are used. The pool's mu guards what changes.
type name struct {
	target *target // without an address: it is used until there are any
	known  []*target
	failed bool // the last time
	next   func() bool
	cancel context.CancelFunc // ends the lookup that goes on
}

// startLookups plans the first lookup of each target that is a name, for at once. Until
// it has an answer, each connection looks for itself.
func (p *Pool) startLookups() {
	if p.spec.Resolve <= 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range p.targets {
		if _, err := netip.ParseAddr(strings.Trim(t.host, "[]")); err == nil {
			continue
		}
		n := &name{target: t, known: []*target{t}}
		p.names = append(p.names, n)
		p.planLookup(n, 0)
	}
}

// planLookup plans the next lookup of a name. mu is held.
func (p *Pool) planLookup(n *name, in time.Duration) {
	ctx, cancel := context.WithCancel(context.Background())
	n.cancel = cancel
	n.next = p.cfg.Clock.AfterFunc(in, func() { p.lookUp(ctx, n) })
}

// lookUp finds the addresses of a name, and plans the next time.
func (p *Pool) lookUp(ctx context.Context, n *name) {
	ctx, stop, cancel := p.within(ctx, resolveTimeout, "the resolver")
	found, err := p.cfg.Resolver.LookupNetIP(ctx, "ip", n.target.host)
	stop()
	cancel(nil)
	found = addresses(found)
	if err == nil && len(found) == 0 {
		err = errors.New("it has no address")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	n.cancel()
	p.planLookup(n, p.spec.Resolve)
	if err != nil {
		if !n.failed {
			p.notice(hedge.ReasonUnresolved, fmt.Sprintf("%s: %v; what was known is used", n.target.url, err))
		}
		n.failed = true
		return
	}
	n.failed = false
	p.adopt(n, found)
}

// addresses brings what was found into one form.
func addresses(found []netip.Addr) []netip.Addr {
	all := make([]netip.Addr, 0, len(found))
	for _, address := range found {
		all = append(all, address.Unmap())
	}
	slices.SortFunc(all, netip.Addr.Compare)
	all = slices.Compact(all)
	return all[:min(len(all), maxAddresses)]
}

// adopt makes the addresses of a name its targets. Those that are known stay as they
// are; those that are gone get no further request. mu is held.
func (p *Pool) adopt(n *name, found []netip.Addr) {
	next := make([]*target, len(found))
	for i, address := range found {
		at := slices.IndexFunc(n.known, func(t *target) bool { return t.address == address })
		if at >= 0 {
			next[i] = n.known[at]
			continue
		}
		next[i] = p.addressed(n.target, address)
		if p.spec.SlowStart > 0 && n.known[0] != n.target {
			next[i].back.Store(p.cfg.Clock.Now().UnixNano())
		}
	}
	if slices.Equal(next, n.known) {
		return
	}
	for _, t := range n.known {
		if !slices.Contains(next, t) {
			t.retire()
		}
	}
	for _, t := range next {
		if !slices.Contains(n.known, t) {
			p.startCheck(t)
		}
	}
	at := slices.Index(p.targets, n.known[0])
	p.targets = slices.Replace(slices.Clone(p.targets), at, at+len(n.known), next...)
	n.known = next
	var texts []string
	for _, address := range found {
		texts = append(texts, address.String())
	}
	p.notice(hedge.ReasonResolved, n.target.url+": "+strings.Join(texts, ", "))
	p.rebuild()
}

// retire ends what was planned for a target that gets no further request. Requests that
// are under way go on. The pool's mu is held.
func (t *target) retire() {
	t.gone = true
	for _, stop := range []func() bool{t.nextCheck, t.readmission} {
		if stop != nil {
			stop()
		}
	}
}

// stopLookups ends what startLookups has begun. mu is held.
func (p *Pool) stopLookups() {
	for _, n := range p.names {
		n.next()
		n.cancel()
	}
}
