package tests

import (
	"fmt"
	"image/color"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hedge/image/imagetest"
)

// neighbourhood is an edge with an app whose origin has nothing but bad files, and two
// that behave: good.test has pictures without code, code.test makes them in code.
type neighbourhood struct {
	*gallery
	file   []byte        // a good picture
	thrown atomic.Int64  // bad files
	done   chan struct{} // closed when files that come slowly are to end
}

func openNeighbourhood(t testing.TB, bad [][]byte) *neighbourhood {
	t.Helper()
	n := &neighbourhood{file: imagetest.PNG(t, imagetest.Quarters(80, 60)), done: make(chan struct{})}
	from := origin(t, func(w http.ResponseWriter, r *http.Request) {
		at := int(n.thrown.Add(1))
		if strings.Contains(r.URL.Path, "slow") { // it comes, but for its end
			_, _ = w.Write([]byte("\x89PNG\r\n\x1a\n"))
			_ = http.NewResponseController(w).Flush()
			select {
			case <-n.done:
			case <-r.Context().Done():
			}
			return
		}
		_, _ = w.Write(bad[at%len(bad)])
	})
	good := origin(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(n.file) })
	code := app{name: "code", hosts: []string{"code.test"}, main: `import { Image } from "hedge:image";
export default { async fetch(request) {
	if (request.method === "GET") return new Response("hello");
	return new Image(request.body).resize({ width: 20 }).png().toResponse();
} };`}
	n.gallery = openGallery(t, pictureRoutes("bad.test", from), pictureRoutes("good.test", good), newEdge().release(code))
	return n
}

// throw has eight clients ask for bad files, two of them for some that come slowly, until
// stop, which waits for them.
func (n *neighbourhood) throw(t testing.TB) (stop func()) {
	var clients sync.WaitGroup
	over := make(chan struct{})
	for _, who := range []string{"a", "b", "c", "d", "e", "f", "slow-a", "slow-b"} {
		clients.Go(func() {
			client := newClient(t)
			for i := 0; ; i++ {
				select {
				case <-over:
					return
				default:
				}
				if res, err := try(client, n.at, "GET", fmt.Sprintf("/img/w=20/%s-%d.png", who, i), "", "Host", "bad.test"); err == nil {
					res.Body.Close()
				}
			}
		})
	}
	return func() {
		close(over)
		close(n.done)
		clients.Wait()
	}
}

// visits are what visitors of the two apps that behave ask for, the i-th time.
func (n *neighbourhood) visits(t testing.TB, i int) map[string]func() {
	picture := func(got answer) {
		t.Helper()
		if got.status != 200 || got.broken != nil {
			t.Errorf("%d, %v %.200s", got.status, got.broken, got.body)
		} else if d := imagetest.Difference(imagetest.Decode(t, []byte(got.body)), imagetest.Quarters(20, 15)); d > 16 {
			t.Errorf("the picture differs by %.1f", d)
		}
	}
	return map[string]func(){
		"route": func() {
			picture(get(t, n.at, fmt.Sprintf("/img/w=20/%d.png", i), "Host", "good.test", "Connection", "close"))
		},
		"code":    func() { get(t, n.at, "/", "Host", "code.test", "Connection", "close").want(t, 200, "hello") },
		"picture": func() { picture(ask(t, n.at, "POST", "/", string(n.file), "Host", "code.test", "Connection", "close")) },
	}
}

// While an app's origin has nothing but bad files, some of which come slowly, no request for
// a neighbour's pictures or code fails, and the workers are whole afterwards.
func TestNeighboursOfBadPictures(t *testing.T) {
	n := openNeighbourhood(t, slices.Collect(maps.Values(badFiles(t))))
	stop := n.throw(t)
	askAll := func() {
		for i := range 20 {
			for _, visit := range n.visits(t, i) {
				visit()
			}
		}
	}
	askAll()
	stop()
	before := n.pool.Lost()
	askAll()
	if n.pool.Lost() != before {
		t.Error("workers are lost afterwards")
	}
	t.Logf("%d bad files, %d jobs answered, %d workers lost", n.thrown.Load(), n.pool.Done(), before)
}

// BenchmarkNeighboursOfBadPictures measures how long neighbours wait for their pictures and
// their code, alone and while another app has as many pictures of 49 megapixels made as the
// workers can: medians and the slowest of a hundred. Such a file is small, so that little
// but the workers is at work for it.
func BenchmarkNeighboursOfBadPictures(b *testing.B) {
	n := openNeighbourhood(b, [][]byte{imagetest.PNG(b, imagetest.Paint(7000, 7000, func(int, int) color.NRGBA { return imagetest.Red() }))})
	asked := 0
	measure := func(times int) map[string][]float64 {
		took := map[string][]float64{}
		for range times {
			asked++
			for what, visit := range n.visits(b, asked) {
				began := time.Now()
				visit()
				took[what] = append(took[what], time.Since(began).Seconds()*1000)
			}
		}
		return took
	}
	measure(20)
	const visits = 400
	for b.Loop() {
		alone := measure(visits)
		stop := n.throw(b)
		beside := measure(visits)
		stop()
		n.done = make(chan struct{})
		for what := range alone {
			b.ReportMetric(quantile(beside[what], 0.5)/quantile(alone[what], 0.5), what+"-p50-×")
			b.ReportMetric(quantile(alone[what], 0.99), what+"-alone-p99-ms")
			b.ReportMetric(quantile(beside[what], 0.99), what+"-beside-p99-ms")
		}
	}
}
