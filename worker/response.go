package worker

import (
	"errors"
	"io"
	"slices"
	"strconv"

	"hedge"
	"hedge/coding"
	"hedge/frame"
	"hedge/httpmsg"
)

// handleResponse takes the head of a response, with the body or a name for it.
func (s *session) handleResponse(id uint32, r *frame.Reader) {
	inv := s.inTurn(id)
	status, kind, stream, after := r.Word(), r.Word(), r.Word(), r.Word()
	list := r.List()
	inline := r.ByteString()
	if inv == nil || r.Err() != nil {
		return
	}
	if after == frame.RequestAwaitsDelivery {
		inv.awaitDelivery()
	}
	res := &httpmsg.Response{Status: int(status)}
	res.Reason, list, _ = list.Next()
	readHeader(&res.Header, list)
	if limit := s.app.limits.ResponseBytes; limit >= 0 && int64(len(inline)) > limit {
		inv.fail(sizeError(limit))
	} else {
		inv.respond(res, s.setBody(inv, res, kind, stream, inline))
	}
	if after == frame.RequestFinished {
		inv.finish()
	}
}

func sizeError(limit int64) *hedge.Error {
	return hedge.Errorf(hedge.OutcomeExceededSize, "the response is larger than %d bytes (limits.response)", limit)
}

// usualFields is how many fields a response has room for at once.
const usualFields = 4

func readHeader(h *httpmsg.Header, list frame.List) {
	for {
		name, rest, ok := list.Next()
		if !ok {
			return
		}
		value, rest, ok := rest.Next()
		if !ok {
			return
		}
		if h.Len() == 0 {
			h.Grow(usualFields)
		}
		h.Add(name, value)
		list = rest
	}
}

// setBody gives a response the body that the isolate named. It returns the source
// of one that is not whole, which ends when the source is closed.
func (s *session) setBody(inv *invocation, res *httpmsg.Response, kind, stream uint32, inline []byte) io.Closer {
	encoded := kind&frame.BodyEncoded != 0
	switch kind &^ frame.BodyEncoded {
	case frame.BodyInline:
		res.Body = httpmsg.NewBytesBody(append([]byte(nil), inline...))
		res.ContentLength = int64(len(inline))
		s.encode(inv, res, encoded)
		return nil
	case frame.BodyIsolate:
		b := s.openIsolateBody(stream, inv, true)
		b.limit = s.app.limits.ResponseBytes
		res.Body, res.ContentLength = b, -1
		s.encode(inv, res, encoded)
		return b
	case frame.BodyHost:
		return s.passThrough(inv, res, stream, encoded)
	}
	if inv.isHead {
		setLength(inv, res)
	}
	return nil
}

// setLength takes the length of what an answer to HEAD has not got from its field: that of
// an origin, or of code that knows it. Content that would lose its coding has another one.
func setLength(inv *invocation, res *httpmsg.Response) {
	value := coding.Normal(res.Header.Joined("Content-Encoding"))
	if coding.Known(value) && !negotiate(inv, res, value) {
		res.ContentLength = -1
		return
	}
	res.ContentLength = -1
	if length, err := strconv.ParseUint(res.Header.Get("Content-Length"), 10, 63); err == nil {
		res.ContentLength = int64(length)
	}
}

// encode gives a body that JavaScript made the coding that the response's
// Content-Encoding says, unless JavaScript said that it has it already, or the client does
// not take it: the field may be one that an origin has sent. A part of a representation has
// it, for it is a part of what has been encoded (RFC 9110 §14.2). Where memory is short the
// response goes without.
func (s *session) encode(inv *invocation, res *httpmsg.Response, encoded bool) {
	if encoded || res.Status == 206 {
		return
	}
	value := coding.Normal(res.Header.Joined("Content-Encoding"))
	if !coding.Known(value) {
		return
	}
	codings := &s.app.codings
	if negotiate(inv, res, value) && !codings.isShort(coding.EncoderSize(value)) {
		httpmsg.Recoded(&res.Header)
		res.Body, res.ContentLength = coding.Encode(value, res.Body, &share{of: codings}), -1
		return
	}
	res.Header.Del("Content-Encoding")
	httpmsg.Recoded(&res.Header)
}

// negotiate reports whether the client takes the coding that a response has by its fields,
// which have none if it does not.
func negotiate(inv *invocation, res *httpmsg.Response, value string) bool {
	httpmsg.VaryByEncoding(&res.Header)
	if accepts(inv.keep(), value) {
		return true
	}
	res.Header.Del("Content-Encoding")
	return false
}

var errNoBody = errors.New("worker: the body that the response names is gone")

// passThrough makes a host body, untouched, the body of a response. It keeps its
// coding if the response says so and the client takes it, and loses it otherwise; then it
// gets that which the response says, as a body that JavaScript made.
func (s *session) passThrough(inv *invocation, res *httpmsg.Response, stream uint32, encoded bool) io.Closer {
	b := s.takeHostBody(stream)
	if b == nil {
		res.Body, res.ContentLength = failedBody{errNoBody}, -1
		return res.Body
	}
	res.Body, res.ContentLength = b.reader, b.length
	var source io.Closer = b.reader
	if b, whole := b.reader.(*httpmsg.BytesBody); whole {
		res.Body, source = httpmsg.NewBytesBody(b.Bytes()), nil // as that of the request ends with the exchange
	}
	if value := coding.Normal(res.Header.Joined("Content-Encoding")); res.Status == 206 && coding.Known(value) && value != b.partOf {
		res.Header.Del("Content-Encoding") // a part cannot be given one
	}
	same := sameCoding(res, b.coding)
	switch {
	case !coding.Known(b.coding) && same, same && negotiate(inv, res, b.coding):
		return source
	case coding.Known(b.coding):
		httpmsg.Recoded(&res.Header)
		res.Body, res.ContentLength = b.withoutCoding(res.Body, b.memory), -1 // which nobody's code has asked for
	}
	s.encode(inv, res, encoded)
	return source
}

func sameCoding(res *httpmsg.Response, value string) bool {
	return coding.Normal(res.Header.Joined("Content-Encoding")) == value
}

// accepts reports whether the client takes a coding, or each of a list.
func accepts(req *httpmsg.Request, value string) bool {
	if req == nil {
		return false
	}
	return !slices.ContainsFunc(coding.List(value), func(one string) bool {
		best, ok := httpmsg.NegotiateEncoding(&req.Header, one)
		return !ok || best != one
	})
}

// failedBody is a body that could not be had.
type failedBody struct{ err error }

func (b failedBody) Read([]byte) (int, error) { return 0, b.err }
func (b failedBody) Close() error             { return nil }
