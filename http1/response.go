package http1

import (
	"context"
	"errors"
	"io"
	"strconv"
	"sync"

	"hedge"
	"hedge/httpmsg"
)

// Response is where the answer to one request goes. It is for one goroutine.
type Response struct {
	conn   *conn
	upload *body // the request's; nil if it has none
	close  bool  // the connection ends with this answer
	http10 bool
	done   bool    // the answer is complete
	out    *[]byte // of outs, between begin and write
}

// smallBody is the size up to which content in memory is copied behind the head, and
// keptBuffer that up to which the memory for this is kept for other messages.
const (
	smallBody  = 4 << 10
	keptBuffer = 2 * smallBody
)

// outs are where what is small is put together before it is written. They are shared by
// the connections of a process: most of these have nothing to write at any time.
var outs = sync.Pool{New: func() any { return new([]byte) }}

// Deliver writes an answer and returns how many bytes of its body were sent. It
// closes the body on every path. After an error the client has at most a part, and
// the connection is broken off.
//
// Content in memory goes out with the head in one write; other content as it comes,
// each read at once.
func (r *Response) Deliver(ctx context.Context, req *httpmsg.Request, res *httpmsg.Response) (int64, error) {
	defer res.CloseBody()
	httpmsg.RemoveHopByHop(&res.Header, nil)
	if res.Status == 101 {
		return r.switchProtocols(ctx, req, res)
	}
	r.close = r.close || r.conn.server.conns.Stopping() || r.endsUpload(res)
	if res.Body == nil || req.Method == "HEAD" || !httpmsg.HasContent(res.Status) {
		return 0, r.withoutContent(req, res)
	}
	if whole, ok := httpmsg.InMemory(res.Body); ok {
		return r.whole(res, whole)
	}
	defer context.AfterFunc(ctx, res.CloseBody)() // ends a Read that nobody waits for any more
	return r.stream(res)
}

// endsUpload reports whether the request's content will not be read to its end, so that the
// connection ends with the answer and the client should know (RFC 9112 §9.6). While an
// answer streams, somebody may go on reading.
func (r *Response) endsUpload(res *httpmsg.Response) bool {
	if r.upload == nil {
		return false
	}
	if r.upload.answer() {
		return true
	}
	_, whole := httpmsg.InMemory(res.Body)
	return (res.Body == nil || whole || r.upload.closed.Load()) && r.upload.pending()
}

func (r *Response) withoutContent(req *httpmsg.Request, res *httpmsg.Response) error {
	length := res.ContentLength
	if req.Method != "HEAD" && httpmsg.HasContent(res.Status) {
		length = 0
	}
	if res.Status == 204 || res.Status == 304 && length == 0 {
		length = -1
	}
	out, err := r.head(res, length, false)
	if err != nil {
		return err
	}
	_, err = r.write(out)
	return r.finish(gone(err))
}

func (r *Response) whole(res *httpmsg.Response, content []byte) (int64, error) {
	if res.ContentLength >= 0 && int64(len(content)) != res.ContentLength {
		return 0, hedge.Errorf(hedge.OutcomeException, "the answer has %d bytes and a Content-Length of %d", len(content), res.ContentLength)
	}
	out, err := r.head(res, int64(len(content)), false)
	if err != nil {
		return 0, err
	}
	head := len(out)
	if len(content) <= smallBody {
		out, content = append(out, content...), nil
	}
	n, err := r.write(out)
	sent := max(n-head, 0)
	if err == nil {
		n, err = r.conn.write(content)
		sent += n
	}
	return int64(sent), r.finish(gone(err))
}

// head appends status line and fields to what is written. A negative length is not
// known; then chunked says whether the content is sent in chunks.
func (r *Response) head(res *httpmsg.Response, length int64, chunked bool) ([]byte, error) {
	if res.Status < 200 || res.Status > 999 {
		return nil, hedge.Errorf(hedge.OutcomeException, "the answer has the status %d, which is not that of a final answer", res.Status)
	}
	out := append(r.begin(), "HTTP/1.1 "...)
	out = strconv.AppendInt(out, int64(res.Status), 10)
	out = append(out, ' ')
	reason := res.Reason
	if reason == "" || !fieldText(reason) {
		reason = httpmsg.StatusText(res.Status)
	}
	if !chunked || res.Trailer == nil {
		res.Header.Del("Trailer")
	}
	out, err := r.fields(append(append(out, reason...), "\r\n"...), res)
	if err != nil {
		return nil, err
	}
	switch {
	case length >= 0:
		out = append(strconv.AppendInt(append(out, "Content-Length: "...), length, 10), "\r\n"...)
	case chunked:
		out = append(out, "Transfer-Encoding: chunked\r\n"...)
	}
	switch {
	case r.close:
		out = append(out, "Connection: close\r\n"...)
	case r.http10:
		out = append(out, "Connection: keep-alive\r\n"...)
	}
	return append(out, "\r\n"...), nil
}

// fields appends the fields of an answer that are not about the connection.
func (r *Response) fields(out []byte, res *httpmsg.Response) ([]byte, error) {
	dated := false
	for _, f := range res.Header.Fields() {
		switch {
		case httpmsg.EqualFold(f.Name, "Content-Length"):
			continue
		case httpmsg.EqualFold(f.Name, "Date"):
			dated = true
		}
		if !httpmsg.IsToken(f.Name) || !fieldText(f.Value) {
			return nil, hedge.Errorf(hedge.OutcomeException, "the answer has the field %.80q, whose name or value has characters that HTTP forbids", f.Name)
		}
		out = append(append(append(append(out, f.Name...), ": "...), f.Value...), "\r\n"...)
	}
	if !dated {
		out = append(out, *r.conn.server.date.Load()...)
	}
	return out, nil
}

// begin returns where to append what write is to write.
func (r *Response) begin() []byte {
	r.out = outs.Get().(*[]byte)
	return (*r.out)[:0]
}

// write writes what was appended.
func (r *Response) write(out []byte) (int, error) {
	n, err := r.conn.write(out)
	if cap(out) <= keptBuffer {
		*r.out = out
		outs.Put(r.out)
	}
	r.out = nil
	return n, err
}

func (r *Response) finish(err error) error {
	r.done = err == nil
	return err
}

func gone(err error) error {
	if err == nil {
		return nil
	}
	return hedge.Wrap(err, hedge.OutcomeClientGone, "the client went away before it had the whole answer")
}

// A chunk is written with its size before and its CRLF behind it, in one write.
const (
	streamRead   = 64 << 10
	chunkPrefix  = len("10000\r\n")
	streamBuffer = chunkPrefix + streamRead + len("\r\n")
)

var streamBuffers = sync.Pool{New: func() any { return new([streamBuffer]byte) }}

// stream sends content as it comes: with its length, in chunks, or, to HTTP/1.0,
// until the end of the connection (RFC 9112 §6).
func (r *Response) stream(res *httpmsg.Response) (int64, error) {
	chunked := res.ContentLength < 0 && !r.http10
	if res.ContentLength < 0 && r.http10 {
		r.close = true
	}
	out, err := r.head(res, res.ContentLength, chunked)
	if err != nil {
		return 0, err
	}
	if _, err := r.write(out); err != nil {
		return 0, gone(err)
	}
	r.upload.moved()
	buf := streamBuffers.Get().(*[streamBuffer]byte)
	defer streamBuffers.Put(buf)
	sent, err := r.copy(res, buf, chunked)
	if err != nil {
		return sent, err
	}
	if chunked {
		err = r.lastChunk(res)
	} else if res.ContentLength >= 0 && sent < res.ContentLength {
		err = hedge.Errorf(hedge.OutcomeException, "the answer ended after %d of %d bytes", sent, res.ContentLength)
	}
	return sent, r.finish(err)
}

// copy passes on what the body yields until its end.
func (r *Response) copy(res *httpmsg.Response, buf *[streamBuffer]byte, chunked bool) (sent int64, err error) {
	data := buf[chunkPrefix : chunkPrefix+streamRead]
	for much := true; ; {
		if much && res.ContentLength >= 0 && !chunked {
			moved, err := r.move(res.Body, res.ContentLength-sent)
			if sent += moved; err != nil {
				return sent, atEnd(err)
			}
		}
		n, readErr := res.Body.Read(data)
		if n > 0 {
			if res.ContentLength >= 0 && sent+int64(n) > res.ContentLength {
				return sent, hedge.Errorf(hedge.OutcomeException, "the answer is longer than its Content-Length of %d", res.ContentLength)
			}
			piece := data[:n]
			if chunked {
				piece = frameChunk(buf, n)
			}
			if _, err := r.conn.write(piece); err != nil {
				return sent, gone(err)
			}
			sent += int64(n)
			r.upload.moved()
		}
		if readErr != nil {
			return sent, atEnd(readErr)
		}
		much = n == streamRead
	}
}

// atEnd is what it means that content ends with err.
func atEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// move has the system move what is there of the content, up to most bytes, where that is
// much and nothing stands between it and the connection. An error is io.EOF at the end of the
// content, or that of writing.
func (r *Response) move(body io.ReadCloser, most int64) (moved int64, err error) {
	from, ok := body.(httpmsg.Mover)
	to := tcpOf(r.conn.net)
	if !ok || to == nil {
		return 0, nil
	}
	defer r.conn.writing.Store(0)
	for {
		r.conn.writing.Store(r.conn.server.clock.Load())
		n, err := from.Move(to, min(most-moved, maxWrite))
		moved += n
		r.upload.moved()
		switch {
		case errors.Is(err, io.EOF):
			return moved, err
		case n == 0 || err != nil:
			return moved, gone(err)
		}
	}
}

// frameChunk makes a chunk of the n bytes that stand in the buffer behind the room
// for its size.
func frameChunk(buf *[streamBuffer]byte, n int) []byte {
	var digits [chunkPrefix]byte
	size := append(strconv.AppendInt(digits[:0], int64(n), 16), "\r\n"...)
	start := chunkPrefix - len(size)
	copy(buf[start:], size)
	end := chunkPrefix + n
	copy(buf[end:], "\r\n")
	return buf[start : end+2]
}

// lastChunk ends chunked content, with the fields of the trailer.
func (r *Response) lastChunk(res *httpmsg.Response) error {
	_, err := r.write(appendTrailer(r.begin(), res.Trailer))
	return gone(err)
}

// appendTrailer appends the last chunk, and the fields of the trailer if there is one.
func appendTrailer(out []byte, trailer func() httpmsg.Header) []byte {
	out = append(out, "0\r\n"...)
	if trailer != nil {
		h := trailer()
		httpmsg.RemoveHopByHop(&h, nil)
		for _, f := range h.Fields() {
			if httpmsg.IsToken(f.Name) && fieldText(f.Value) && !httpmsg.NotInTrailer(f.Name) {
				out = append(append(append(append(out, f.Name...), ": "...), f.Value...), "\r\n"...)
			}
		}
	}
	return append(out, "\r\n"...)
}
