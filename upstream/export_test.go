package upstream

import "hedge/httpmsg"

// Pick chooses a target and says which.
func (p *Pool) Pick(req *httpmsg.Request) string {
	var room [maxTries]*target
	return p.pick(p.keyOf(req), room[:0]).url
}
