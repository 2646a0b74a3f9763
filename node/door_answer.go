package node

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/textproto"
	"strconv"
	"sync"

	"hedge"
	"hedge/httpmsg"
)

// responseWriter writes an answer through net/http. It is an outlet.
type responseWriter struct {
	w      http.ResponseWriter
	rc     *http.ResponseController
	http1  bool
	upload *uploadBody // the request's body; nil if there is none
}

// deliver implements outlet. Content that is in memory goes out in one piece, other
// content as it comes.
func (o *responseWriter) deliver(ctx context.Context, req *httpmsg.Request, res *httpmsg.Response) (int64, error) {
	defer res.CloseBody()
	httpmsg.RemoveHopByHop(&res.Header, nil)
	data, whole := wholeBody(req, res)
	if !whole {
		defer o.dropUpload()
		defer context.AfterFunc(ctx, res.CloseBody)() // ends a Read that nobody waits for any more
		o.keepUpload()
		o.writeHead(res, res.ContentLength)
		return o.stream(res)
	}
	length := res.ContentLength
	if len(data) > 0 {
		length = int64(len(data))
	}
	// The exchange is over but for the writing. net/http looks for what is left of
	// the request before it writes, and could not while somebody reads.
	res.CloseBody()
	o.dropUpload()
	o.writeHead(res, length)
	if len(data) == 0 {
		return 0, nil
	}
	n, err := o.w.Write(data)
	return int64(n), writeError(err)
}

// keepUpload lets the request's body be read while the answer is written, as an
// answer may be made of it. net/http would read it to its end first. What remains of
// it then must not be taken for the next request, so this one is the last.
func (o *responseWriter) keepUpload() {
	if o.upload == nil || !o.http1 || o.upload.atEnd() {
		return
	}
	_ = o.rc.EnableFullDuplex()
	o.w.Header().Set("Connection", "close")
}

func (o *responseWriter) dropUpload() {
	if o.upload != nil {
		o.upload.abandon()
	}
}

// wholeBody returns the content of an answer if it is there already; ok is false if
// it has to be read.
func wholeBody(req *httpmsg.Request, res *httpmsg.Response) (data []byte, ok bool) {
	if res.Body == nil || req.Method == "HEAD" || !mayHaveBody(res.Status) {
		return nil, true
	}
	body := res.Body
	for {
		if b, ok := body.(*httpmsg.BytesBody); ok {
			return b.Bytes(), true
		}
		wrapper, ok := body.(interface{ Unwrap() io.ReadCloser })
		if !ok {
			return nil, false
		}
		body = wrapper.Unwrap()
	}
}

func mayHaveBody(status int) bool {
	return status != http.StatusNoContent && status != http.StatusNotModified
}

// writeHead writes status and fields. A negative length is not known.
func (o *responseWriter) writeHead(res *httpmsg.Response, length int64) {
	h := o.w.Header()
	for _, f := range res.Header.Fields() {
		name := textproto.CanonicalMIMEHeaderKey(f.Name)
		h[name] = append(h[name], f.Value)
	}
	delete(h, "Content-Length")
	if length >= 0 && mayHaveBody(res.Status) {
		h["Content-Length"] = []string{strconv.FormatInt(length, 10)}
	}
	if len(h["Content-Type"]) == 0 {
		h["Content-Type"] = nil // or net/http guesses one
	}
	o.w.WriteHeader(res.Status)
}

var copyBuffers = sync.Pool{New: func() any { return new([64 << 10]byte) }}

// stream passes on what the body yields as soon as it does.
func (o *responseWriter) stream(res *httpmsg.Response) (sent int64, err error) {
	buf := copyBuffers.Get().(*[64 << 10]byte)
	defer copyBuffers.Put(buf)
	if res.ContentLength < 0 {
		if err := o.rc.Flush(); err != nil {
			return 0, writeError(err)
		}
	}
	for {
		n, readErr := res.Body.Read(buf[:])
		if n > 0 {
			written, err := o.w.Write(buf[:n])
			sent += int64(written)
			if err == nil && sent != res.ContentLength {
				err = o.rc.Flush()
			}
			if err != nil {
				return sent, writeError(err)
			}
		}
		if errors.Is(readErr, io.EOF) {
			return sent, o.finish(res, sent)
		}
		if readErr != nil {
			return sent, readErr
		}
	}
}

// finish checks that the answer is complete and adds its trailer.
func (o *responseWriter) finish(res *httpmsg.Response, sent int64) error {
	if res.ContentLength >= 0 && sent < res.ContentLength {
		return hedge.Errorf(hedge.OutcomeException, "the answer ended after %d of %d bytes", sent, res.ContentLength)
	}
	if res.ContentLength < 0 && res.Trailer != nil {
		trailer := res.Trailer()
		httpmsg.RemoveHopByHop(&trailer, nil)
		for _, f := range trailer.Fields() {
			o.w.Header().Add(http.TrailerPrefix+f.Name, f.Value)
		}
	}
	return nil
}

// writeError says why an answer could not be written.
func writeError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, http.ErrContentLength):
		return hedge.Wrap(err, hedge.OutcomeException, "the answer is longer than its Content-Length")
	}
	return hedge.Wrap(err, hedge.OutcomeClientGone, "the client went away before it had the whole answer")
}
