package http1

import (
	"strconv"

	"hedge/httpmsg"
)

// Interim implements httpmsg.Outlet. HTTP/1.0 has no interim answers, and all clients of
// HTTP/1.1 have to understand them (RFC 9110 §15.2).
func (r *Response) Interim(status int, h *httpmsg.Header) {
	if r.http10 || !httpmsg.PassedOn(status) {
		return
	}
	out := strconv.AppendInt(append(r.begin(), "HTTP/1.1 "...), int64(status), 10)
	out = append(append(append(out, ' '), httpmsg.StatusText(status)...), "\r\n"...)
	for _, f := range h.Fields() {
		if httpmsg.PassedOnField(f) {
			out = append(append(append(append(out, f.Name...), ": "...), f.Value...), "\r\n"...)
		}
	}
	_, _ = r.write(append(out, "\r\n"...)) // who has gone is not there for the final answer either
}
