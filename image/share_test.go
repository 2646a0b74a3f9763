package image_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hedge/image"
	"hedge/image/imagetest"
)

// An app whose jobs take for ever does not have all workers: another's is done meanwhile.
func TestGreedyApp(t *testing.T) {
	pool := open(t, func(c *image.Config) { c.Workers, c.Time = 2, time.Hour })
	file := imagetest.PNG(t, imagetest.Quarters(64, 64))
	must(t, pool, ``, `"format":"png"`, file)
	ctx, enough := context.WithCancel(t.Context())
	forever := []byte(`{"source":{"input":0,"steps":[{"resize":{"width":6000,"height":6000,"enlarge":true}},{"blur":{"sigma":240}},{"blur":{"sigma":240}},{"blur":{"sigma":240}}]},"output":{"format":"avif","effort":9}}`)
	var ended atomic.Int64
	var greedy sync.WaitGroup
	for range 4 {
		greedy.Go(func() {
			_, _ = pool.Do(ctx, "greedy", forever, [][]byte{file})
			ended.Add(1)
		})
	}
	for range 5 {
		must(t, pool, `{"resize":{"width":8}}`, `"format":"png"`, file)
	}
	if n := ended.Load(); n != 0 {
		t.Errorf("%d of the jobs that take for ever have ended", n)
	}
	enough()
	greedy.Wait()
}
