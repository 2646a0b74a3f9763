package worker

import (
	"errors"
	"io"

	"hedge"
	"hedge/httpmsg"
)

// upload is the body of a request. Whoever reads it, it is often the first to find
// that the client has gone, is too slow, or sends too much.
type upload struct {
	io.ReadCloser
	inv *invocation
}

// watchUpload makes an upload of a request's body, unless it is whole already.
func watchUpload(inv *invocation, body io.ReadCloser) io.ReadCloser {
	if _, whole := body.(*httpmsg.BytesBody); whole {
		return body
	}
	return &upload{ReadCloser: body, inv: inv}
}

func (u *upload) Read(p []byte) (int, error) {
	n, err := u.ReadCloser.Read(p)
	var why *hedge.Error
	if !errors.As(err, &why) {
		return n, err
	}
	switch why.Outcome {
	case hedge.OutcomeClientGone:
		u.inv.noteGone()
	case hedge.OutcomeClientTimeout, hedge.OutcomeContentTooLarge:
		u.inv.noteUnread(why)
	}
	return n, err
}
