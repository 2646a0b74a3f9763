package cache

import (
	"context"
	"io"
	"strconv"

	"hedge/httpmsg"
)

// completion is what a request wants of a representation that is stored in parts, and what
// is missing of that.
type completion struct {
	entry       *Entry // what is stored; nil: nothing that would be of use
	wanted, gap httpmsg.ByteRange
}

// close lets go of the entry.
func (c *completion) close() {
	if c.entry != nil {
		_ = c.entry.Close()
		c.entry = nil
	}
}

// completed returns how parts that are stored are made use of: if they are of an answer
// whose tag tells every byte apart (RFC 9111 §3.4), only what is missing is asked for.
// false: all of it has to be.
func (x *Exchange) completed(entry *Entry) (c completion, ok bool) {
	m := entry.Meta
	h := &x.req.Header
	tag := httpmsg.ValidatorsOf(&m.Header).ETag
	if x.req.Method != "GET" || m.Size <= 0 || !tag.Set || tag.Weak || h.Has("If-None-Match") || h.Has("If-Modified-Since") {
		return completion{}, false
	}
	c = completion{entry: entry, wanted: httpmsg.ByteRange{Length: m.Size}}
	if h.Has("Range") {
		ranges, verdict := httpmsg.ParseRange(h.Joined("Range"), m.Size)
		if verdict != httpmsg.RangePartial || len(ranges) != 1 || !httpmsg.RangeApplies(h, validatorsOf(m)) {
			return completion{}, false
		}
		c.wanted = ranges[0]
	}
	c.gap = gapOf(m.Parts, c.wanted)
	return c, c.gap.Length < c.wanted.Length
}

// gapOf returns what is missing of a range: from the first byte that is, to the last one.
func gapOf(parts []httpmsg.ByteRange, wanted httpmsg.ByteRange) httpmsg.ByteRange {
	start, end := wanted.Start, wanted.Start+wanted.Length
	for _, p := range parts {
		if p.Start <= start && start < p.Start+p.Length {
			start = p.Start + p.Length
		}
		if p.Start < end && end <= p.Start+p.Length {
			end = p.Start
		}
	}
	return httpmsg.ByteRange{Start: start, Length: end - start}
}

// complete asks for what is missing, and delivers it together with what is stored. If the
// representation is another one by now, the origin sends all of it.
func (x *Exchange) complete(ctx context.Context, next httpmsg.RoundTripper) (*httpmsg.Response, error) {
	c, m := x.partial, x.partial.entry.Meta
	x.version = x.cache.changes.now(&x.primary)
	clock := x.cache.clock()
	out := x.req.Clone()
	x.policy.Key.shape(out)
	out.Header.DelFunc(func(f httpmsg.Field) bool { return conditionField(f.Name) })
	out.Header.Add("Range", "bytes="+strconv.FormatInt(c.gap.Start, 10)+"-"+strconv.FormatInt(c.gap.Start+c.gap.Length-1, 10))
	out.Header.Add("If-Range", m.Header.Get("ETag"))
	res, err := next.RoundTrip(ctx, out)
	if err != nil {
		return nil, err
	}
	switch res.Status {
	case 206:
	case 416: // which is about a part that this client has not asked for
		res.CloseBody()
		return x.exchange(ctx, next, nil)
	default:
		return x.receiveAnswer(ctx, res, clock, nil)
	}
	r, size, ok := httpmsg.ParseContentRange(res.Header.Get("Content-Range"))
	tag := httpmsg.ValidatorsOf(&res.Header).ETag
	if !ok || r != c.gap || size != m.Size || res.ContentLength != r.Length || !tag.EqualStrong(httpmsg.ValidatorsOf(&m.Header).ETag) {
		res.CloseBody() // it is a part of something else
		return x.exchange(ctx, next, nil)
	}
	res, err = x.receiveAnswer(ctx, res, clock, nil)
	if err != nil || res.Body == nil {
		return res, err
	}
	return c.join(res, x.req.Header.Has("Range")), nil
}

// join puts what is stored before and behind the part that comes from the origin.
func (c *completion) join(res *httpmsg.Response, ranged bool) *httpmsg.Response {
	m := c.entry.Meta
	gapEnd := c.gap.Start + c.gap.Length
	body := &multipart{}
	add := func(r httpmsg.ByteRange) {
		if r.Length > 0 {
			section := c.entry.Section(m.locate(r))
			body.add(section)
			body.closers = append(body.closers, section)
		}
	}
	add(httpmsg.ByteRange{Start: c.wanted.Start, Length: c.gap.Start - c.wanted.Start})
	body.add(res.Body)
	body.closers = append(body.closers, res.Body)
	add(httpmsg.ByteRange{Start: gapEnd, Length: c.wanted.Start + c.wanted.Length - gapEnd})
	body.Reader = io.MultiReader(body.parts...)
	res.Body, res.ContentLength, res.Trailer = body, c.wanted.Length, nil
	res.Header.Del("Content-Range")
	if res.Status = 200; ranged {
		res.Status = 206
		res.Header.Set("Content-Range", c.wanted.ContentRange(m.Size))
	}
	res.Reason = ""
	return res
}
