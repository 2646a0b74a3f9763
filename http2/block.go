package http2

import "hedge/httpmsg"

// block is a header block that is being decoded: the head of a request, or a trailer.
// Strings that the client's HPACK table holds are shared by all that use them.
type block struct {
	httpmsg.Section
	id      uint32
	refused bool    // there are too many streams already
	st      *stream // whose block it is; nil if it is only decoded, for the table's sake
	trailer bool
	ends    bool // the stream ends with it
	wire    int  // bytes of the frames so far
}

// begin begins a block.
func (b *block) begin(id uint32, st *stream, trailer, ends bool) {
	*b = block{Section: b.Section, id: id, st: st, trailer: trailer, ends: ends}
	switch {
	case st == nil:
		b.Begin(nil, nil)
	case trailer:
		b.Begin(nil, &st.body.trailer)
	default:
		b.Begin(&st.req, nil)
	}
}
