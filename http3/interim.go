package http3

import (
	"strconv"

	"hedge/httpmsg"
)

// Interim implements httpmsg.Outlet.
func (st *stream) Interim(status int, h *httpmsg.Header) {
	if !httpmsg.PassedOn(status) {
		return
	}
	st.interim(status, h)
}

// interim writes an interim answer, unless there is a final one.
func (st *stream) interim(status int, h *httpmsg.Header) {
	st.writing.Lock()
	defer st.writing.Unlock()
	if st.begun {
		return
	}
	f := newFields()
	f.add(":status", strconv.Itoa(status))
	for _, field := range h.Fields() {
		if httpmsg.PassedOnField(field) {
			f.add(field.Name, httpmsg.TrimOWS(field.Value))
		}
	}
	_ = st.write(append(appendFrame(nil, frameHeaders, f.Len()), f.Bytes()...))
}
