package static

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"time"

	"hedge"
	"hedge/httpmsg"
)

// index is the file that stands for its folder, and page what the name of a page ends in
// that is asked for without it.
const (
	index = "index.html"
	page  = ".html"
)

// Handler serves the files of a folder. It is a httpmsg.RoundTripper.
type Handler struct {
	source Source
	spec   hedge.Static
	now    func() time.Time
}

// New makes a Handler.
func New(source Source, spec hedge.Static, now func() time.Time) *Handler {
	return &Handler{source, spec, now}
}

// RoundTrip implements httpmsg.RoundTripper. A path for which there is no file is an
// error with the outcome no-route, unless the Handler has a file for it.
func (h *Handler) RoundTrip(_ context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
	switch req.Method {
	case "GET", "HEAD":
	case "OPTIONS":
		return &httpmsg.Response{Status: 204, Header: httpmsg.NewHeader("Allow", allowed)}, nil
	default:
		return httpmsg.NotAllowed(allowed, "Files can be asked for with GET and HEAD alone.\n"), nil
	}
	path, err := httpmsg.NormalPath(req.Path())
	if err != nil {
		return nil, err
	}
	name, ok := nameOf(path, h.spec.Dotfiles)
	switch {
	case !ok:
		return h.missing(req, path)
	case name == "" || strings.HasSuffix(name, "/"):
		name += index
	case h.isFolder(name):
		return toFolder(req, path), nil
	case !h.source.Has(name) && h.source.Has(name+page):
		name += page
	}
	res, err := h.serve(req, name, 200)
	if errors.Is(err, fs.ErrNotExist) {
		return h.missing(req, path)
	}
	return res, err
}

const allowed = "GET, HEAD, OPTIONS"

// isFolder reports whether there is a page for a name with a slash, and none without.
func (h *Handler) isFolder(name string) bool {
	return !h.source.Has(name) && h.source.Has(name+"/"+index)
}

// toFolder redirects to the same path with a slash, without which relative links of the
// page there would lead elsewhere. The reference is relative, so that it is right
// whatever has been taken off the path.
func toFolder(req *httpmsg.Request, path string) *httpmsg.Response {
	location := "./" + path[strings.LastIndexByte(path, '/')+1:] + "/"
	if query := req.Query(); query != "" {
		location += "?" + query
	}
	return &httpmsg.Response{Status: 307, Header: httpmsg.NewHeader("Location", location)}
}

// missing answers where there is no file.
func (h *Handler) missing(req *httpmsg.Request, path string) (*httpmsg.Response, error) {
	last := path[strings.LastIndexByte(path, '/')+1:]
	if h.spec.Fallback != "" && strings.IndexByte(last, '.') < 0 {
		if res, err := h.serve(req, h.spec.Fallback, 200); !errors.Is(err, fs.ErrNotExist) {
			return res, err
		}
	}
	if h.spec.NotFound != "" {
		if res, err := h.serve(req, h.spec.NotFound, 404); !errors.Is(err, fs.ErrNotExist) {
			return res, err
		}
	}
	return nil, hedge.Errorf(hedge.OutcomeNoRoute, "there is no file for the path %s in the folder %s", path, h.spec.Folder)
}

// serve answers with a file. The error is fs.ErrNotExist if there is none.
func (h *Handler) serve(req *httpmsg.Request, name string, status int) (*httpmsg.Response, error) {
	coding, vary := h.variant(req, name)
	file, err := h.source.Open(name + extensionOf(coding))
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			err = hedge.Wrap(err, hedge.OutcomeException, "the file %s cannot be read", name)
		}
		return nil, err
	}
	now := h.now()
	validators := httpmsg.Validators{
		Exists: true, ETag: file.ETag,
		LastModified: file.Modified, Date: now,
	}
	if validators.LastModified.After(now) { // RFC 9110 §8.8.2.1
		validators.LastModified = now.Truncate(time.Second)
	}
	a := &answer{file: file, status: status, kind: typeOf(name), validators: validators}
	a.header.Grow(8)
	a.header.Add("ETag", validators.ETag.String())
	if !validators.LastModified.IsZero() {
		a.header.Add("Last-Modified", httpmsg.FormatDate(validators.LastModified))
	}
	if vary {
		a.header.Add("Vary", "Accept-Encoding")
	}
	if coding != "" {
		a.header.Add("Content-Encoding", coding)
	}
	return a.respond(req)
}

// variant chooses the coding in which a file is sent, "" for none, among those that it
// has a sibling for: a.js.br beside a.js. vary says that there are some.
func (h *Handler) variant(req *httpmsg.Request, name string) (coding string, vary bool) {
	var space [3]string
	offers := space[:0]
	if !h.source.Has(name) {
		return "", false
	}
	for _, c := range [...]string{"br", "zstd", "gzip"} { // the smallest first
		if h.source.Has(name + extensionOf(c)) {
			offers = append(offers, c)
		}
	}
	if len(offers) == 0 {
		return "", false
	}
	coding, _ = httpmsg.NegotiateEncoding(&req.Header, offers...) // what no coding suits is sent as it is
	if coding == "identity" {
		coding = ""
	}
	return coding, true
}

// extensionOf returns what the name of a sibling in a coding ends in.
func extensionOf(coding string) string {
	switch coding {
	case "br":
		return ".br"
	case "zstd":
		return ".zst"
	case "gzip":
		return ".gz"
	}
	return ""
}
