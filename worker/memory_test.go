package worker

import (
	"errors"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hedge"
	"hedge/coding"
	"hedge/httpmsg"
)

// Answers that announce large windows get as many as the app's memory has room for; the
// others wait until one of those ends, or for so long.
func TestCodingMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &codingMemory{limit: 40 << 20}
		var bodies [5]*announcingBody
		var decoded [5]io.ReadCloser
		var errs [5]error
		for i := range bodies {
			bodies[i] = newAnnouncingBody()
			decoded[i] = coding.Decode("br", bodies[i], &share{of: m})
			go func() { _, errs[i] = decoded[i].Read(make([]byte, 1)) }()
			synctest.Wait()
		}
		stalled := func() (n int) {
			for _, b := range bodies {
				select {
				case <-b.stalled:
					n++
				default:
				}
			}
			return n
		}
		if n := stalled(); n != 2 || m.taken != 34<<20 || !m.isShort(7<<20) || !m.isShort(1) {
			t.Errorf("%d of them have a window, of %d MiB", n, m.taken>>20)
		}
		for _, i := range []int{2, 0} { // one that waits, and one that does not
			_ = decoded[i].Close()
			synctest.Wait()
		}
		if n := stalled(); n != 3 || m.taken != 34<<20 || !errors.Is(errs[2], httpmsg.ErrBodyClosed) {
			t.Errorf("then %d, %d MiB, %v", n, m.taken>>20, errs[2])
		}
		<-time.After(longestCodingWait)
		synctest.Wait()
		if hedge.OutcomeOf(errs[4]) != hedge.OutcomeExceededMemory {
			t.Errorf("who has waited for long got %v", errs[4])
		}
		for _, d := range decoded {
			_ = d.Close()
			_ = d.Close()
		}
		synctest.Wait()
		if m.taken != 0 || len(m.waiting) != 0 || m.isShort(20<<20) || !m.isShort(21<<20) { // half is for those who decode
			t.Errorf("at the end %d bytes, %d waiting", m.taken, len(m.waiting))
		}
		if err := (&share{of: m}).Take(1 << 40); err != nil || m.taken != m.limit {
			t.Errorf("more than there is: %v, %d", err, m.taken)
		}
	})
}

// announcingBody is in br, announces a window of 16 MiB, and stalls until it is closed.
type announcingBody struct {
	stalled, closed chan struct{}
	close           sync.Once
	said            bool
}

func newAnnouncingBody() *announcingBody {
	return &announcingBody{stalled: make(chan struct{}), closed: make(chan struct{})}
}

func (b *announcingBody) Read(p []byte) (int, error) {
	if !b.said {
		b.said = true
		return copy(p, "\xCF\xFF\xFF\xFF"), nil
	}
	close(b.stalled)
	<-b.closed
	return 0, httpmsg.ErrBodyClosed
}

func (b *announcingBody) Close() error {
	b.close.Do(func() { close(b.closed) })
	return nil
}
