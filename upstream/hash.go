package upstream

import (
	"hedge"
	"hedge/httpmsg"
)

// hashOf is FNV-1a, which is the same in every process, unlike hash/maphash.
func hashOf(text string) uint64 {
	const offset, prime = 14695981039346656037, 1099511628211
	h := uint64(offset)
	for i := range len(text) {
		h = (h ^ uint64(text[i])) * prime
	}
	return mix(h)
}

// mix is the finalizer of MurmurHash3: each bit of its result depends on all of x.
func mix(x uint64) uint64 {
	x = (x ^ x>>33) * 0xff51afd7ed558ccd
	x = (x ^ x>>33) * 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

// keyOf returns the hash of what a pool's hash goes by. A request that lacks it goes
// anywhere.
func (p *Pool) keyOf(req *httpmsg.Request) uint64 {
	if p.spec.Balance != hedge.BalanceHash {
		return 0
	}
	if p.key.From == hedge.KeyClient {
		address := p.cfg.Forwarding.ClientNetwork(req).As16()
		h := uint64(0)
		for _, b := range address {
			h = mix(h ^ uint64(b))
		}
		return h
	}
	if value, ok := httpmsg.KeyValue(p.key, req); ok {
		return hashOf(value)
	}
	return p.cfg.Random()
}
