package cache

import (
	"context"
	"crypto/rand"
	"io"
	"strconv"
	"strings"
	"time"

	"hedge/httpmsg"
	"hedge/telemetry"
)

// deliver makes the answer of an entry: whole, in part, or none at all, by the request's
// conditions and ranges (RFC 9111 §4.3.2, RFC 9110 §14). nil: the content cannot be read, and
// nobody has been told that there is any.
func (x *Exchange) deliver(ctx context.Context, m *Meta, content Content, now time.Time) *httpmsg.Response {
	if x.status.reason == ReasonHit || x.status.reason == ReasonStale {
		x.status.ttl, x.status.hasTTL = m.Lifetime-ageOf(m, now), true
	}
	length := m.Length
	if m.Slice > 0 {
		content, length = x.slices(ctx, m), m.Size
	}
	h := x.header(m, now)
	if x.encodable(m) {
		httpmsg.VaryByEncoding(&h)
	}
	if m.Status == 200 {
		if httpmsg.EvaluateCached(x.req.Method, &x.req.Header, validatorsOf(m)) == httpmsg.NotModified {
			x.validated(m, &h)
			return x.tell(notModified(h))
		}
		if x.req.Method == "GET" && x.req.Header.Has("Range") && m.Size >= 0 && httpmsg.RangeApplies(&x.req.Header, validatorsOf(m)) {
			switch ranges, verdict := httpmsg.ParseRange(x.req.Header.Joined("Range"), m.Size); verdict {
			case httpmsg.RangeUnsatisfiable:
				return x.tell(unsatisfiable(h, m.Size))
			case httpmsg.RangePartial:
				res := partial(m, h, content, ranges)
				if res == nil {
					return nil
				}
				return x.tell(res)
			}
		}
	}
	res := &httpmsg.Response{Status: m.Status, Header: h, ContentLength: length}
	if x.req.Method != "HEAD" && length > 0 {
		if res.Body = sectionOf(content, httpmsg.ByteRange{Length: length}); res.Body == nil {
			return nil
		}
	}
	if m.Trailer.Len() > 0 {
		res.Trailer = m.Trailer.Clone
	}
	return x.tell(x.encoded(ctx, x.key, m, res))
}

// sectionOf returns a part of content whose beginning can be read; nil: it cannot.
func sectionOf(content Content, part httpmsg.ByteRange) io.ReadCloser {
	body := content.Section(part)
	if p, ok := body.(Preparer); ok && p.Prepare() != nil {
		_ = body.Close()
		return nil
	}
	return body
}

// header returns the fields of an answer from what is stored, with its Age.
func (x *Exchange) header(m *Meta, now time.Time) httpmsg.Header {
	h := m.Header.Clone()
	h.Add("Age", strconv.FormatInt(int64(ageOf(m, now)/time.Second), 10))
	return h
}

// tell adds what the cache has done to an answer (RFC 9211).
func (x *Exchange) tell(res *httpmsg.Response) *httpmsg.Response {
	var space [128]byte
	res.Header.Add("Cache-Status", string(x.status.append(space[:0])))
	x.req.Account.Cached(string(x.status.reason))
	if x.counts {
		x.cache.cfg.Metrics.Counter(telemetry.CacheRequests, x.policy.App, string(x.status.reason)).Inc()
	}
	return res
}

// validatorsOf returns what conditions are compared with. Without Last-Modified, the
// time of the answer stands in (RFC 9111 §4.3.2).
func validatorsOf(m *Meta) httpmsg.Validators {
	v := httpmsg.ValidatorsOf(&m.Header)
	if v.LastModified.IsZero() {
		v.LastModified = v.Date
	}
	return v
}

// notModified answers with a head alone (RFC 9110 §15.4.5).
func notModified(h httpmsg.Header) *httpmsg.Response {
	h.DelFunc(func(f httpmsg.Field) bool {
		return httpmsg.EqualFold(f.Name, "Content-Length") || httpmsg.EqualFold(f.Name, "Content-Type") || httpmsg.EqualFold(f.Name, "Content-Encoding")
	})
	return &httpmsg.Response{Status: 304, Header: h, ContentLength: -1}
}

func unsatisfiable(h httpmsg.Header, size int64) *httpmsg.Response {
	h.Del("Content-Encoding")
	h.Set("Content-Range", httpmsg.UnsatisfiedRange(size))
	return &httpmsg.Response{Status: 416, Header: h}
}

// partial answers with ranges, all of which are stored; nil: the content cannot be read.
func partial(m *Meta, h httpmsg.Header, content Content, ranges []httpmsg.ByteRange) *httpmsg.Response {
	res := &httpmsg.Response{Status: 206, Header: h}
	if len(ranges) == 1 {
		res.Header.Set("Content-Range", ranges[0].ContentRange(m.Size))
		if res.Body, res.ContentLength = sectionOf(content, m.locate(ranges[0])), ranges[0].Length; res.Body == nil {
			return nil
		}
		return res
	}
	boundary := rand.Text()
	kind := res.Header.Get("Content-Type")
	res.Header.Set("Content-Type", "multipart/byteranges; boundary="+boundary)
	body := &multipart{}
	for _, r := range ranges {
		head := "\r\n--" + boundary + "\r\n"
		if kind != "" {
			head += "Content-Type: " + kind + "\r\n"
		}
		head += "Content-Range: " + r.ContentRange(m.Size) + "\r\n\r\n"
		section := content.Section(m.locate(r))
		body.add(strings.NewReader(head), section)
		body.closers = append(body.closers, section)
		res.ContentLength += int64(len(head)) + r.Length
	}
	end := "\r\n--" + boundary + "--\r\n"
	body.add(strings.NewReader(end))
	body.Reader = io.MultiReader(body.parts...)
	res.Body, res.ContentLength = body, res.ContentLength+int64(len(end))
	return res
}

// multipart is several ranges as one body (RFC 9110 §14.6).
type multipart struct {
	io.Reader
	parts   []io.Reader
	closers []io.Closer
}

func (m *multipart) add(readers ...io.Reader) { m.parts = append(m.parts, readers...) }

// Close closes the sections.
func (m *multipart) Close() error {
	for _, c := range m.closers {
		_ = c.Close()
	}
	return nil
}

// locate returns where a part of the representation, all of which is stored, stands in
// the content.
func (m *Meta) locate(r httpmsg.ByteRange) httpmsg.ByteRange {
	at := int64(0)
	for _, p := range m.Parts {
		if r.Start >= p.Start && r.Start < p.Start+p.Length {
			return httpmsg.ByteRange{Start: at + r.Start - p.Start, Length: r.Length}
		}
		at += p.Length
	}
	return r
}

// has reports whether all of a range is stored.
func (m *Meta) has(r httpmsg.ByteRange) bool {
	for _, p := range m.Parts {
		if r.Start >= p.Start && r.Start+r.Length <= p.Start+p.Length {
			return true
		}
	}
	return m.Parts == nil
}

// within reports whether the parts that are stored are enough for the request.
func (x *Exchange) within(m *Meta) bool {
	if x.req.Method != "GET" || m.Size < 0 || !x.req.Header.Has("Range") || !httpmsg.RangeApplies(&x.req.Header, validatorsOf(m)) {
		return false
	}
	ranges, verdict := httpmsg.ParseRange(x.req.Header.Joined("Range"), m.Size)
	if verdict != httpmsg.RangePartial {
		return verdict == httpmsg.RangeUnsatisfiable
	}
	for _, r := range ranges {
		if !m.has(r) {
			return false
		}
	}
	return true
}
