package node

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"
	"time"

	"hedge"
	"hedge/cache"
	"hedge/httpmsg"
	"hedge/image"
)

// PictureWorkers change pictures: an *image.Pool.
type PictureWorkers interface {
	Hold(ctx context.Context, app string, bytes int) (*image.Held, error)
	Do(ctx context.Context, app string, job []byte, inputs [][]byte) (*image.Result, error)
	Limits() image.Limits
}

// pictures is a route that changes the pictures that it leads to. As a
// httpmsg.RoundTripper it makes the variant that a request asks for, which admit has
// let through and brought into one form.
type pictures struct {
	workers PictureWorkers
	app     string
	prefix  string // of the path, which ends with a slash
	// variants are those that anybody may ask for, by their one text and as they are listed:
	// to read what a path asks takes as long as a good part of a hit of the cache.
	variants map[string]*image.Variant
	key      []byte // of signed URLs; nil: there are none
	now      func() time.Time
	isStatic bool                 // pictures are files of the release
	next     httpmsg.RoundTripper // who has the pictures, the cache between; set by picturesOf
}

// newPictures makes the pictures of a route that changes some.
func (d *deployment) newPictures(n *Node, r *route) (*pictures, error) {
	wrong := func(format string, args ...any) error {
		err := hedge.Errorf(hedge.OutcomeStartupFailed, format, args...)
		err.Message = "the route " + r.spec.Host + r.spec.Path + " of the app " + d.release.Name + ": " + err.Message
		return err
	}
	p := &pictures{
		workers: n.cfg.Pictures, app: d.release.Name, prefix: strings.TrimSuffix(r.spec.Path, "/") + "/", variants: map[string]*image.Variant{}, now: time.Now,
		isStatic: r.spec.Static != nil,
	}
	for _, text := range r.spec.Images.Variants {
		v, err := image.ReadVariant(text)
		if err != nil {
			return nil, wrong("image_variants: %v", err)
		}
		p.variants[text], p.variants[v.Text] = v, v
	}
	if name := r.spec.Images.Key; name != "" {
		if n.cfg.Secret != nil {
			p.key = []byte(n.cfg.Secret(name))
		}
		if len(p.key) == 0 {
			return nil, wrong("image_key: the variable %s of the environment is not set", name)
		}
	}
	return p, nil
}

// staticFor is how long variants of the release's files are kept here.
const staticFor = "max-age=86400"

// addPictures puts pictures before the routes that change some.
func (d *deployment) addPictures(n *Node) (err error) {
	for i := range d.routes {
		r := &d.routes[i]
		if r.spec.Images == nil {
			continue
		}
		if r.pictures, err = d.newPictures(n, r); err != nil {
			return err
		}
		if r.spec.Split == "" { // else they are its sides': see enterSplits
			r.to = d.picturesOf(n.cfg.Origins.cfg.Cache, r.pictures, r.spec, r.to)
		}
	}
	return nil
}

// picturesOf returns the pictures of a route made of what next has, with the cache between.
func (d *deployment) picturesOf(c *cache.Cache, p *pictures, r hedge.Route, next httpmsg.RoundTripper) httpmsg.RoundTripper {
	policy := d.before(r)
	if policy != nil {
		policy.Scope = "source of " + policy.Scope
	}
	of := *p
	of.next = d.behindCache(c, policy, next)
	return &of
}

// segment takes the path of a request apart around the segment that asks for a variant;
// ok is false if there is none.
func (p *pictures) segment(target string) (segment, behind string, ok bool) {
	rest, ok := strings.CutPrefix(target, p.prefix)
	if !ok {
		return "", "", false
	}
	segment, _, _ = strings.Cut(rest, "/")
	if strings.Contains(segment, "?") || len(segment) == len(rest) || !image.IsVariant(segment) {
		return "", "", false
	}
	return segment, rest[len(segment):], true
}

// admit lets a request for a variant through if it may be asked for, and brings it into
// one form, so that there is one entry in the cache for what is one picture.
func (p *pictures) admit(req *httpmsg.Request) error {
	segment, behind, ok := p.segment(req.Target)
	if !ok {
		return nil
	}
	if req.Method != "GET" && req.Method != "HEAD" {
		return refuse(405, "a picture can be asked for with GET and HEAD alone")
	}
	if req.Body != nil || req.Upgrade != "" { // the cache is not asked for those, so that each would be a job
		return refuse(400, "a variant of a picture can be asked for without content alone, and not for a WebSocket")
	}
	v := p.variants[segment]
	if v == nil {
		var err error
		if v, err = image.ReadVariant(segment); err != nil {
			return refuse(400, "the path does not say what to do with the picture: %v", err)
		}
	}
	switch {
	case p.key != nil && v.Verify(p.key, p.prefix, behind, p.now()):
	case p.variants[v.Text] != nil:
		behind, _, _ = strings.Cut(behind, "?")
	default:
		return refuse(403, "this variant of the picture is none of those that may be asked for, and the URL is not signed, or has expired")
	}
	req.Target = p.prefix + v.Text + behind
	req.Header.DelFunc(func(f httpmsg.Field) bool { return p.leadsPast(f.Name) })
	accept := ""
	if v.IsAuto {
		for _, format := range image.Accepted(req.Header.Joined("Accept")) {
			accept += ", image/" + format
		}
	}
	req.Header.Set("Accept", strings.TrimPrefix(accept+", */*", ", "))
	return nil
}

// leadsPast reports whether a field of this name would lead past what is stored, where each
// request would be a job. Who says who they are is led past it as well (RFC 9111 §3.5), as an
// upstream may answer by that; a file is the same for everybody.
func (p *pictures) leadsPast(name string) bool {
	return httpmsg.EqualFold(name, "Cache-Control") || httpmsg.EqualFold(name, "Pragma") || cache.Steers(name) ||
		p.isStatic && httpmsg.EqualFold(name, "Authorization")
}

// source returns the path of the picture that a request for a variant is about, for which
// the rules of the app's routes hold as they do for the picture itself; ok is false if it
// asks for none.
func (p *pictures) source(target string) (path string, ok bool) {
	_, behind, ok := p.segment(target)
	path, _, _ = strings.Cut(p.prefix+strings.TrimPrefix(behind, "/"), "?")
	return path, ok
}

// RoundTrip makes the variant that a request asks for. HEAD has none made: what it does
// not learn is what only making it would tell (RFC 9110 §9.3.2).
func (p *pictures) RoundTrip(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
	segment, behind, ok := p.segment(req.Target)
	if !ok {
		return p.next.RoundTrip(ctx, req)
	}
	v, err := image.ReadVariant(segment)
	if err != nil {
		return nil, hedge.Wrap(err, hedge.OutcomeImageRefused, "the variant cannot be read")
	}
	source := sourceRequest(req, p.prefix+strings.TrimPrefix(behind, "/"))
	res, err := p.next.RoundTrip(ctx, source)
	if err != nil {
		return nil, err
	}
	res.Header.Add("Cache-Tag", cache.SourceTag(source.Authority+source.Target)) // also that there is no picture
	if res.Status != 200 {
		return res, nil
	}
	if req.Method == "HEAD" {
		res.CloseBody()
		return &httpmsg.Response{Status: 200, Header: variantHeader(res, v), ContentLength: -1}, nil
	}
	file, held, err := p.read(ctx, res)
	defer held.Leave()
	if err != nil {
		return nil, err
	}
	if p.isStatic && !res.Header.Has("Cache-Control") {
		res.Header.Set("CDN-Cache-Control", staticFor) // a file is the same as long as the release is, and entries are a release's
	}
	made, err := p.workers.Do(ctx, p.app, v.Job(image.Accepted(req.Header.Joined("Accept"))), [][]byte{file})
	if err != nil {
		return nil, err
	}
	return variantResponse(res, v, made), nil
}

// sourceRequest asks for the whole picture, whatever is asked about the variant.
func sourceRequest(req *httpmsg.Request, target string) *httpmsg.Request {
	source := *req
	source.Method, source.Target, source.Body, source.ContentLength = "GET", target, nil, 0
	source.Header, source.Interim = req.Header.Clone(), nil
	for _, name := range []string{"Accept", "Accept-Encoding", "Range", "If-Range", "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"} {
		source.Header.Del(name)
	}
	return &source
}

// read takes the picture, as far as a job's limit goes, when there is room for it, which the
// caller leaves in any case.
func (p *pictures) read(ctx context.Context, res *httpmsg.Response) ([]byte, *image.Held, error) {
	defer res.CloseBody()
	if p.workers == nil {
		return nil, nil, hedge.Errorf(hedge.OutcomeNoImages, "image: nothing here changes pictures")
	}
	if res.Body == nil {
		return nil, nil, nil
	}
	most := p.workers.Limits().Bytes
	tooLarge := hedge.Errorf(hedge.OutcomeImageRefused, "image: the picture has more than %d bytes", most)
	size := most
	switch {
	case res.ContentLength > int64(most):
		return nil, nil, tooLarge
	case res.ContentLength >= 0:
		size = int(res.ContentLength)
	}
	held, err := p.workers.Hold(ctx, p.app, size)
	if err != nil {
		return nil, nil, err
	}
	file, err := io.ReadAll(io.LimitReader(res.Body, int64(size)+1))
	if err == nil && len(file) > size {
		err = tooLarge
	}
	held.Keep(len(file))
	return file, held, err
}

// variantResponse is the answer with a variant.
func variantResponse(from *httpmsg.Response, v *image.Variant, made *image.Result) *httpmsg.Response {
	res := &httpmsg.Response{Status: 200, Header: variantHeader(from, v), Body: httpmsg.NewBytesBody(made.File), ContentLength: int64(len(made.File))}
	sum := sha256.Sum256(made.File)
	res.Header.Set("Content-Type", image.MediaType(made.Format))
	res.Header.Set("ETag", `"`+hex.EncodeToString(sum[:12])+`"`)
	return res
}

// variantHeader is what the answer with a variant has of its source: how long it may be
// kept, and by whom. Purging the source's URL purges it as well, by a tag of the source.
func variantHeader(from *httpmsg.Response, v *image.Variant) (h httpmsg.Header) {
	for _, f := range from.Header.Fields() {
		if isKept(f.Name) {
			h.Add(f.Name, f.Value)
		}
	}
	h.Set("X-Content-Type-Options", "nosniff")
	if v.IsAuto {
		h.Add("Vary", "Accept")
	}
	return h
}

// isKept reports whether a field of a source holds for its variants.
func isKept(name string) bool {
	for _, kept := range []string{
		"Cache-Control", "CDN-Cache-Control", "Surrogate-Control", "Expires", "Date", "Age", "Last-Modified", "Vary", "Cache-Tag", "Surrogate-Key", "Set-Cookie",
		"Access-Control-Allow-Origin", "Timing-Allow-Origin", "Cross-Origin-Resource-Policy",
	} {
		if httpmsg.EqualFold(name, kept) {
			return true
		}
	}
	return false
}
