package telemetry

import (
	"context"
	"sync"
	"time"
)

// ExporterConfig is what an Exporter is made of.
type ExporterConfig struct {
	// Service is what the spans are from.
	Service string
	// Send gives a collector an ExportTraceServiceRequest of OTLP as JSON. It is called by
	// one goroutine at a time. An error means that the spans are lost.
	Send func(ctx context.Context, body []byte) error
	// Every is how long spans wait for others at most, Batch how many are sent at once, and
	// Queue how many may wait.
	Every        time.Duration
	Batch, Queue int
	// Timeout bounds one Send, and Last all that are left when the exporter is closed: whoever
	// ends this process does not wait for a collector that hangs.
	Timeout, Last time.Duration
	Metrics       *Registry
}

// Exporter sends spans to a collector. Nobody waits for it: what is too much for the
// collector, or comes while it is away, is dropped and counted. Its methods may be
// called from any goroutine.
type Exporter struct {
	cfg               ExporterConfig
	queue             chan *Span
	exported, dropped *Counter

	mu     sync.Mutex // guards closed, so that nothing is queued that nobody takes
	closed bool
	stop   chan struct{}   // closed by Close
	sends  context.Context // of all sends
	giveUp func()          // ends sends
	done   chan struct{}   // closed when the last batch has been sent
}

// NewExporter makes an Exporter, which Close ends.
func NewExporter(cfg ExporterConfig) *Exporter {
	e := &Exporter{
		cfg: cfg, queue: make(chan *Span, cfg.Queue), stop: make(chan struct{}), done: make(chan struct{}),
		exported: cfg.Metrics.Counter(SpansExported), dropped: cfg.Metrics.Counter(SpansDropped),
	}
	e.sends, e.giveUp = context.WithCancel(context.Background())
	go e.run() // until Close
	return e
}

// Export has a span sent. It does not wait.
func (e *Exporter) Export(s *Span) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		e.dropped.Inc()
		return
	}
	select {
	case e.queue <- s:
	default:
		e.dropped.Inc()
	}
}

// Close sends what waits, and ends the exporter. What the collector has not taken when
// the last patience is over is dropped.
func (e *Exporter) Close() {
	defer e.giveUp()
	defer time.AfterFunc(e.cfg.Last, e.giveUp).Stop()
	e.mu.Lock()
	if !e.closed {
		e.closed = true
		close(e.stop)
	}
	e.mu.Unlock()
	<-e.done
}

func (e *Exporter) run() {
	defer close(e.done)
	ticker := time.NewTicker(e.cfg.Every)
	defer ticker.Stop()
	batch := make([]*Span, 0, e.cfg.Batch)
	for {
		select {
		case s := <-e.queue:
			if batch = append(batch, s); len(batch) == e.cfg.Batch {
				batch = e.send(batch)
			}
		case <-ticker.C:
			batch = e.send(batch)
		case <-e.stop:
			e.rest(batch)
			return
		}
	}
}

// rest sends what is left. When the collector is away, one try is enough to know.
func (e *Exporter) rest(batch []*Span) {
	for lost := e.dropped.Value(); e.dropped.Value() == lost; {
		for len(batch) < e.cfg.Batch && len(e.queue) > 0 {
			batch = append(batch, <-e.queue)
		}
		if len(batch) == 0 {
			return
		}
		batch = e.send(batch)
	}
	e.dropped.Add(uint64(len(e.queue)))
}

// send sends a batch and returns an empty one.
func (e *Exporter) send(batch []*Span) []*Span {
	if len(batch) == 0 {
		return batch
	}
	ctx, cancel := context.WithTimeout(e.sends, e.cfg.Timeout)
	defer cancel()
	if err := e.cfg.Send(ctx, AppendSpans(nil, e.cfg.Service, batch)); err != nil {
		e.dropped.Add(uint64(len(batch)))
	} else {
		e.exported.Add(uint64(len(batch)))
	}
	clear(batch)
	return batch[:0]
}
