package telemetry

import (
	"context"
	"testing"
	"time"
)

// A collector that takes connections and never answers holds nobody up who ends.
func TestExporterEndsBeforeACollectorThatHangs(t *testing.T) {
	m := NewRegistry()
	asked := make(chan struct{}, 1)
	e := NewExporter(ExporterConfig{
		Every: time.Hour, Batch: 2, Queue: 10, Timeout: time.Hour, Last: time.Millisecond, Metrics: m,
		Send: func(ctx context.Context, _ []byte) error {
			select {
			case asked <- struct{}{}:
			default:
			}
			<-ctx.Done()
			return ctx.Err()
		},
	})
	for range 5 {
		e.Export(&Span{Name: "x"})
	}
	<-asked
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		e.Close()
	}()
	select {
	case <-closed:
	case <-time.After(time.Minute):
		t.Fatal("the exporter waits for the collector")
	}
	if lost := m.Counter(SpansDropped).Value(); lost != 5 {
		t.Errorf("of 5 spans %d are counted as dropped", lost)
	}
}
