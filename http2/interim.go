package http2

import "hedge/httpmsg"

// Interim implements httpmsg.Outlet. A client that has not read what is ready for it gets
// no hints.
func (st *stream) Interim(status int, h *httpmsg.Header) {
	c := st.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	if st.closed || st.begun || c.dead || len(c.out) >= fullOutput || !httpmsg.PassedOn(status) {
		return
	}
	start := len(c.out)
	out := appendStatus(c.encoder.begin(c.out, st.id), status)
	for _, f := range h.Fields() {
		if httpmsg.PassedOnField(f) {
			out = appendField(out, f.Name, httpmsg.TrimOWS(f.Value))
		}
	}
	c.out = c.encoder.end(out, start, false)
	c.send()
}
