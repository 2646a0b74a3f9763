package upstream

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"hedge"
	"hedge/httpmsg"
	"hedge/telemetry"
)

// The bounds of copies: how many may be under way, how long one may take, and how much
// of its answer is read so that the connection can be used again.
const (
	maxCopies   = 256
	copyTimeout = 30 * time.Second
	copyAnswer  = 256 << 10
)

// mirror has copies of a pool's requests sent to another upstream.
type mirror struct {
	pool   *Pool
	to     httpmsg.RoundTripper
	spec   hedge.Mirror
	active atomic.Int32                  // copies under way
	counts map[string]*telemetry.Counter // what became of copies; never written to
	// ctx ends the copies under way; end ends it, with the pool.
	ctx context.Context
	end context.CancelFunc
}

// copyKey is the key in the context of a copy. A copy is not copied again, or upstreams
// that mirror each other would not come to an end.
type copyKey struct{}

// Mirror has copies of requests, as the definition says, sent to what answers for the
// upstream that it names. It is called before the first request.
func (p *Pool) Mirror(to httpmsg.RoundTripper) {
	ctx, end := context.WithCancel(context.WithValue(context.Background(), copyKey{}, true))
	p.mirror = &mirror{pool: p, to: to, spec: p.spec.Mirror, counts: map[string]*telemetry.Counter{}, ctx: ctx, end: end}
	for _, result := range []string{"answered", "failed", "body", "busy"} {
		p.mirror.counts[result] = p.cfg.Metrics.Counter(telemetry.UpstreamMirrored, p.name, result)
	}
}

// count counts what became of a copy.
func (m *mirror) count(result string) { m.counts[result].Inc() }

// copied has a copy of req sent, if there is a mirror and it is the request's turn: at
// once if it has no content, else when that has been read from out, which is what goes
// to the origin. Nobody waits for it.
func (p *Pool) copied(ctx context.Context, req, out *httpmsg.Request) {
	m := p.mirror
	if m == nil || req.Upgrade != "" || ctx.Value(copyKey{}) != nil || p.cfg.Random()%100 >= uint64(m.spec.Percent) {
		return
	}
	c := &duplicate{mirror: m, request: req.Clone(), account: req.Account}
	c.request.Account, c.request.Interim, c.request.Trailer, c.request.Body = nil, nil, nil, nil
	switch {
	case req.Body == nil:
		c.send(nil)
	case req.ContentLength > m.spec.MaxBody:
		c.skip("body", "its content is too long")
	default:
		out.Body = &teeBody{ReadCloser: out.Body, copy: c, length: req.ContentLength, room: m.spec.MaxBody}
	}
}

// duplicate is a copy of a request. It is its own: the exchange that it was made in may
// be over before it is sent.
type duplicate struct {
	mirror  *mirror
	request *httpmsg.Request
	account *hedge.Account // of the visitor's request
}

// skip notes that there is no copy.
func (c *duplicate) skip(result, why string) {
	c.mirror.count(result)
	c.account.Decided(hedge.Decision{Part: c.mirror.pool.part, Reason: hedge.ReasonNotMirrored, Detail: why})
}

// send sends the copy with its content, which nobody changes, in a goroutine that ends
// with the answer, when it has taken too long, or with the pool.
func (c *duplicate) send(content []byte) {
	if c.mirror.active.Add(1) > maxCopies {
		c.mirror.active.Add(-1)
		c.skip("busy", "too many copies are under way")
		return
	}
	if content != nil {
		c.request.Body, c.request.ContentLength = httpmsg.NewBytesBody(content), int64(len(content))
	}
	go c.run()
}

func (c *duplicate) run() {
	defer c.mirror.active.Add(-1)
	ctx, stop, cancel := c.mirror.pool.within(c.mirror.ctx, copyTimeout, "the upstream "+c.mirror.spec.To)
	defer cancel(nil)
	defer stop()
	res, err := c.mirror.to.RoundTrip(ctx, c.request)
	if err != nil {
		c.mirror.count("failed")
		return
	}
	if res.Body != nil {
		_, _ = io.CopyN(io.Discard, res.Body, copyAnswer)
	}
	res.CloseBody()
	c.mirror.count("answered")
}

// teeBody is a request's content that is kept while it is read, and sent to the mirror
// when there is no more. It does not say what it reads from, so that nobody reads past
// it.
type teeBody struct {
	io.ReadCloser
	copy   *duplicate
	length int64 // -1 if it is not known beforehand
	room   int64

	mu   sync.Mutex // guards what follows
	kept []byte
	over bool // the copy has been sent, or there is none
}

// Read reads the next bytes.
func (b *teeBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.over {
		return n, err
	}
	b.kept = append(b.kept, p[:n]...)
	whole := errors.Is(err, io.EOF) || int64(len(b.kept)) == b.length
	switch {
	case int64(len(b.kept)) > b.room:
		b.over, b.kept = true, nil
		b.copy.skip("body", "its content is too long")
	case whole:
		b.over = true
		b.copy.send(b.kept)
	}
	return n, err
}

// Close closes the content. Of what has not been read whole there is no copy.
func (b *teeBody) Close() error {
	b.mu.Lock()
	if !b.over {
		b.over, b.kept = true, nil
		b.copy.skip("body", "its content was not read")
	}
	b.mu.Unlock()
	return b.ReadCloser.Close()
}
