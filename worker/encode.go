package worker

import (
	"io"

	"hedge/coding"
	"hedge/httpmsg"
)

// encode gives a body that JavaScript made the coding that the response's
// Content-Encoding says, unless JavaScript said that it has it already.
func (s *session) encode(res *httpmsg.Response, encoded bool) {
	value := coding.Normal(res.Header.Get("Content-Encoding"))
	if encoded || res.Body == nil || !coding.Known(value) {
		return
	}
	res.Header.Del("Content-Length")
	res.Body, res.ContentLength = io.ReadCloser(coding.Encode(value, res.Body)), -1
}

func sameCoding(res *httpmsg.Response, value string) bool {
	return coding.Normal(res.Header.Get("Content-Encoding")) == value
}

// accepts reports whether the client takes a coding.
func accepts(req *httpmsg.Request, value string) bool {
	best, ok := httpmsg.NegotiateEncoding(&req.Header, value)
	return ok && best == value
}
