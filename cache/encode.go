package cache

import (
	"context"
	"io"
	"strings"

	"hedge/httpmsg"
)

// What is compressed: shorter content gains nothing, and longer content takes long.
const (
	minEncoded = 1 << 10
	maxEncoded = 32 << 20
)

// codings are what content is compressed with, in our order of preference: zstd takes the
// least time for what it saves.
func codings() []string { return []string{"zstd", "br", "gzip"} }

// encodable reports whether an answer is compressed for clients that can read that
// (RFC 9110 §8.4). It is not if the origin has done it, or does not want it changed
// (RFC 9111 §5.2.2.6).
func (x *Exchange) encodable(m *Meta) bool {
	switch {
	case !x.policy.Compress || x.req.Uncompressed || m.Status != 200 || m.Parts != nil || m.Slice > 0 || m.ContentID == 0:
		return false
	case m.Length >= 0 && (m.Length < minEncoded || m.Length > maxEncoded):
		return false
	case m.Header.Has("Content-Encoding") || !compressible(m.Header.Get("Content-Type")):
		return false
	}
	cc := httpmsg.ParseCacheControl(&m.Header, "Cache-Control")
	return !cc.NoTransform
}

// compressible reports whether content of a media type is text of some kind, or else has
// much in it that repeats.
func compressible(contentType string) bool {
	m, ok := httpmsg.ParseMediaType(contentType)
	switch {
	case !ok:
		return false
	case m.Type == "text":
		return true
	case m.Type == "font":
		return m.Subtype == "ttf" || m.Subtype == "otf"
	case strings.HasSuffix(m.Subtype, "+json") || strings.HasSuffix(m.Subtype, "+xml") || strings.HasSuffix(m.Subtype, "+text"):
		return true
	}
	switch m.Type + "/" + m.Subtype {
	case "application/javascript", "application/json", "application/xml", "application/wasm", "application/x-javascript", "application/x-ndjson",
		"application/x-protobuf", "application/vnd.ms-fontobject", "image/bmp", "image/x-icon", "image/vnd.microsoft.icon", "model/gltf-binary":
		return true
	}
	return false
}

// coding returns what an answer that is encodable is compressed with for the client;
// empty: with nothing. Ranges are of what is not compressed, whose bytes are always the
// same ones.
func (x *Exchange) coding() string {
	if x.req.Header.Has("Range") || x.cc.NoTransform {
		return ""
	}
	coding, _ := httpmsg.NegotiateEncoding(&x.req.Header, codings()...)
	if coding == "identity" {
		return ""
	}
	return coding
}

// encoded compresses an answer to the client that is whole, and for others too, if it is
// encodable. key is where it is stored, or is going to be. If there are too many others to
// compress right now, it goes as it is.
func (x *Exchange) encoded(ctx context.Context, key Key, m *Meta, res *httpmsg.Response) *httpmsg.Response {
	if !x.encodable(m) {
		return res
	}
	httpmsg.VaryByEncoding(&res.Header)
	coding := x.coding()
	if coding == "" || x.req.Method == "GET" && res.Body == nil {
		return res
	}
	body, length, ok := x.cache.packs.get(ctx, x.cache, packKey(key, m, coding), m, coding, res.Body)
	if !ok {
		return res
	}
	res.Header.Set("Content-Encoding", coding)
	httpmsg.Recoded(&res.Header)
	res.Body, res.ContentLength = body, length
	if x.req.Method == "HEAD" && body != nil {
		_ = body.Close()
		res.Body = nil
	}
	return res
}

// validated is what a 304 says of an answer that is encodable: what the answer itself
// would have said.
func (x *Exchange) validated(m *Meta, h *httpmsg.Header) {
	if !x.encodable(m) {
		return
	}
	httpmsg.VaryByEncoding(h)
	if x.coding() != "" {
		httpmsg.WeakenETag(h)
	}
}

// closeBody closes a body, if there is one.
func closeBody(body io.Closer) {
	if body != nil {
		_ = body.Close()
	}
}
