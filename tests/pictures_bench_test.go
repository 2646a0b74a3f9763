package tests

import (
	"bytes"
	"context"
	"fmt"
	"image/color"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hedge/image/imagetest"
)

// photo is a JPEG of 12 megapixels.
func photo(t testing.TB) []byte {
	return imagetest.JPEG(t, imagetest.Paint(4000, 3000, func(x, y int) color.NRGBA {
		v := 60*math.Sin(float64(x)/37)*math.Cos(float64(y)/53) + float64((x*7+y*13)%24)
		return color.NRGBA{uint8(120 + v), uint8(140 + v/2), uint8(100 - v), 255}
	}))
}

// BenchmarkPicturesOverHTTP has a photo of an origin made into a WebP of 640 pixels by a
// route without code, and by imagor, which is looked for in the PATH or is what
// HEDGE_BENCH_IMAGOR says; both on all cores, without a cache and with the same libvips
// settings, in turns. "/imagor" is the median of all turns.
func BenchmarkPicturesOverHTTP(b *testing.B) {
	file := photo(b)
	from := origin(b, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(file) })
	edge := app{name: "photos", config: fmt.Sprintf(`[cache]
enabled = false
[[route]]
match = "/*"
to = "upstream:origin"
image = true
image_variants = ["w=640,format=webp,q=80"]
[upstream.origin]
targets = [%q]
`, from)}
	ours := startIn(b, []string{"HEDGE_LIBVIPS=" + imagetest.Library(b)}, "serve", "--json", "--listen", "127.0.0.1:0", edge.write(b)).addr()
	theirs := startImagor(b, from)
	urls := map[string]string{
		"hedge":  "http://" + ours + "/w=640,format=webp,q=80",
		"imagor": "http://" + theirs + "/unsafe/640x0/filters:format(webp):quality(80)",
	}
	client := newClient(b)
	const turn = 16
	for _, url := range urls { // both make the same, and have begun
		fetchPictures(b, client, url, turn)
	}
	var ratios, speeds []float64
	for b.Loop() {
		hedge, imagor := fetchPictures(b, client, urls["hedge"], turn), fetchPictures(b, client, urls["imagor"], turn)
		speeds, ratios = append(speeds, turn/hedge.Seconds()), append(ratios, float64(imagor)/float64(hedge))
	}
	b.ReportMetric(middle(speeds), "pictures/s")
	b.ReportMetric(middle(ratios), "/imagor")
}

// fetchPictures fetches pictures below a URL, four at once, and says how long that took.
// Each has a name of its own: imagor makes one of those that are wanted at the same time.
func fetchPictures(b *testing.B, client *http.Client, url string, times int) time.Duration {
	b.Helper()
	began := time.Now()
	var left atomic.Int64
	left.Store(int64(times))
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for n := left.Add(-1); n >= 0; n = left.Add(-1) {
				res, err := client.Get(fmt.Sprintf("%s/%d.jpg", url, n))
				if err != nil {
					b.Error(err)
					return
				}
				content, err := io.ReadAll(res.Body)
				_ = res.Body.Close()
				if err != nil || res.StatusCode != 200 || !bytes.HasPrefix(content[min(8, len(content)):], []byte("WEBP")) {
					b.Errorf("%s: %s, %v, %d bytes %.100q", url, res.Status, err, len(content), content)
					return
				}
			}
		})
	}
	all.Wait()
	if b.Failed() {
		b.FailNow()
	}
	return time.Since(began)
}

// startImagor starts it, before an origin.
func startImagor(b *testing.B, from string) (addr string) {
	b.Helper()
	program := os.Getenv("HEDGE_BENCH_IMAGOR")
	if program == "" {
		found, err := exec.LookPath("imagor")
		if err != nil {
			b.Skip("there is no imagor in the PATH, and HEDGE_BENCH_IMAGOR names none")
		}
		program = found
	}
	addr = freeAddress(b)
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, program, "-bind", addr, "-imagor-unsafe", "-vips-strip-metadata", "-http-loader-base-url", from)
	log, err := os.Create(filepath.Join(b.TempDir(), "imagor.log"))
	must(b, err)
	cmd.Stdout, cmd.Stderr = log, log
	must(b, cmd.Start())
	b.Cleanup(func() { cancel(); _ = cmd.Wait(); _ = log.Close() })
	for late := time.Now().Add(overdue); ; {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			_ = conn.Close()
			return addr
		}
		if time.Now().After(late) {
			b.Fatalf("imagor does not listen: %v", err)
		}
	}
}

// freeAddress is one that nobody listens on, for a program that cannot be asked which
// the kernel has given it.
func freeAddress(b *testing.B) string {
	b.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(b, err)
	defer ln.Close()
	return ln.Addr().String()
}

// middle is the median.
func middle(list []float64) float64 { return quantile(list, 0.5) }

// quantile is what the share q of a list is below.
func quantile(list []float64, q float64) float64 {
	sorted := slices.Sorted(slices.Values(list))
	return sorted[int(q*float64(len(sorted)-1))]
}
