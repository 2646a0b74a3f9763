package node

import (
	"sync"

	"hedge/httpmsg"
	"hedge/router"
)

// hints are the interim answers to one request. Whoever answers it may go on when nobody
// waits any more.
type hints struct {
	mu   sync.Mutex // guards what follows, and keeps interim answers before the final one
	over bool
}

// end lets no interim answer pass any more.
func (h *hints) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.over = true
}

// hear has interim answers passed on (RFC 9110 §15.2), 103 (Early Hints) above all, to
// clients that can take them. They come from who answers, and are never stored.
func (x *exchange) hear() {
	if x.req.Proto != "HTTP/1.0" && x.req.Upgrade == "" {
		x.req.Interim = x.interim
	}
}

// interim passes an interim answer on, without the fields that the route removes from
// answers.
func (x *exchange) interim(status int, h httpmsg.Header) {
	httpmsg.RemoveHopByHop(&h, nil)
	if x.node.cfg.AltSvc != "" {
		h.Del("Alt-Svc") // it leads around the edge
	}
	if x.taken != nil {
		router.Remove(&h, &x.taken.spec.ResponseHeaders)
	}
	x.hints.mu.Lock()
	defer x.hints.mu.Unlock()
	if !x.hints.over {
		x.out.Interim(status, &h)
	}
}
