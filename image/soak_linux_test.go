package image_test

import (
	"bytes"
	"flag"
	"fmt"
	stdimage "image"
	"image/color"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"hedge"
	"hedge/image"
	"hedge/image/imagetest"
)

// soakJobs is how many jobs TestMixedJobs has done. `make soak` has it be ten thousand.
var soakJobs = flag.Int("jobs", 100, "jobs of TestMixedJobs")

// mixture is what jobs are made of.
type mixture struct {
	files, large, hostile [][]byte
	logo                  []byte
}

func mix(t *testing.T, pool *image.Pool) *mixture {
	hills := func(width, height int) *stdimage.NRGBA {
		return imagetest.Paint(width, height, func(x, y int) color.NRGBA {
			v := 60*math.Sin(float64(x)/37)*math.Cos(float64(y)/53) + float64((x*7+y*13)%24)
			return color.NRGBA{uint8(120 + v), uint8(140 + v/2), uint8(100 - v), 255}
		})
	}
	m := &mixture{logo: imagetest.PNG(t, imagetest.Quarters(60, 30))}
	for _, p := range []*stdimage.NRGBA{hills(400, 300), hills(97, 640)} {
		source := imagetest.PNG(t, p)
		m.files = append(m.files, source, imagetest.WithEXIF(imagetest.JPEG(t, p), imagetest.Orientation(6)))
		for _, format := range []string{"webp", "gif", "avif", "jpeg"} {
			m.files = append(m.files, must(t, pool, ``, `"format":"`+format+`","effort":0`, source).File)
		}
	}
	m.files = append(m.files, imagetest.GIF(t, 120, 90, 20), imagetest.CMYK(t), imagetest.PNG(t, imagetest.Paint(300, 200, func(x, y int) color.NRGBA {
		return color.NRGBA{uint8(x), uint8(y), 90, uint8(x + y)}
	})))
	photo := imagetest.JPEG(t, hills(4000, 3000))
	m.large = [][]byte{photo, must(t, pool, `{"resize":{"width":2000}}`, `"format":"png","effort":1`, photo).File, must(t, pool, ``, `"format":"webp","effort":0`, photo).File}
	for _, file := range m.files {
		m.hostile = append(m.hostile, file[:len(file)/2], bytes.Repeat([]byte{0x5a}, len(file)), bytes.Replace(file, file[len(file)/2:len(file)/2+8], make([]byte, 8), 1))
	}
	for _, file := range imagetest.SVGs(t) {
		m.hostile = append(m.hostile, file)
	}
	m.hostile = append(m.hostile, bomb(t), hugeJPEG(t), nil)
	return m
}

// job chooses one. Of a hostile file nobody knows what comes of it.
func (m *mixture) job(r *rand.Rand) (steps, output string, file []byte, hostile bool) {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	files := m.files
	switch n := r.IntN(100); {
	case n < 2:
		files = m.large
	case n < 12:
		files, hostile = m.hostile, true
	}
	file = files[r.IntN(len(files))]
	list := []string{pick(`{"resize":{"width":160}}`, `{"resize":{"width":200,"height":200}}`, `{"resize":{"width":90,"height":120,"fit":"contain","background":"#fff"}}`, `{"resize":{"height":80,"fit":"inside"}}`)}
	for range r.IntN(3) {
		list = append(list, pick(
			`{"overlay":{"image":{"input":1},"gravity":"southeast","opacity":0.7,"scale":0.3}}`, `{"text":{"text":"Hedges, hedges","size":18,"color":"#fff"}}`,
			`{"blur":{"sigma":3}}`, `{"sharpen":{}}`, `{"rotate":{"angle":90}}`, `{"rotate":{"angle":17}}`, `{"flip":{}}`, `{"grayscale":{}}`, `{"negate":{}}`, `{"pixelate":{"size":6}}`,
			`{"modulate":{"hue":40,"saturation":1.2}}`, `{"gamma":{"exponent":2.0}}`, `{"crop":{"width":50,"height":50,"gravity":"attention"}}`, `{"extend":{"top":4,"left":9,"background":"#08f8"}}`))
	}
	output = pick(`"format":"jpeg"`, `"format":"png"`, `"format":"webp"`, `"format":"webp","lossless":true`, `"format":"gif"`, `"format":"avif","effort":0`, `"format":"auto","accepts":["webp"]`,
		`"format":"jpeg","maxBytes":3000`, `"ask":"metadata"`, `"ask":"blurhash"`, `"ask":"color"`, ``)
	return strings.Join(list, ","), output, file, hostile
}

// One worker does jobs of all kinds, a hostile file in ten, and has no more memory at
// their end than after some of them.
func TestMixedJobs(t *testing.T) {
	pool := open(t, func(cfg *image.Config) { cfg.Time = time.Minute }) // what a busy machine takes is not asked
	m := mix(t, pool)
	r := rand.New(rand.NewPCG(1, 2))
	parts, resident, most := 10, []float64{}, 0.0
	for part := range parts {
		sum, n := 0.0, *soakJobs/parts
		for range n {
			steps, output, file, hostile := m.job(r)
			_, err := do(t, pool, steps, output, file, m.logo)
			if outcome := hedge.OutcomeOf(err); err != nil && !(hostile && outcome == hedge.OutcomeImageRefused) && !strings.Contains(err.Error(), "maxBytes") && !strings.Contains(err.Error(), "crop") {
				t.Errorf("%s → %s: %s: %v", steps, output, outcome, err)
			}
			now, peak := workerMemory(t)
			sum, most = sum+now, max(most, peak)
		}
		resident = append(resident, sum/float64(n))
		t.Logf("jobs %5d to %5d: %.0f MiB at the mean, %.0f at most so far", part*n+1, (part+1)*n, resident[part], most)
	}
	if pool.Lost() != 0 {
		t.Errorf("%d workers were lost", pool.Lost())
	}
	if most > 256 {
		t.Errorf("the worker had %.0f MiB, and may have 256", most)
	}
	if first, last := resident[parts/5], resident[parts-1]; *soakJobs >= 5000 && last > 1.1*first {
		t.Errorf("the worker's memory grows: from %.0f to %.0f MiB", first, last)
	}
}

// workerMemory is what the largest of the processes that were started has, and had at
// most, in MiB.
func workerMemory(t *testing.T) (resident, peak float64) {
	for _, pid := range children(t) {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err != nil {
			continue // it has ended
		}
		resident, peak = max(resident, kilobytes(string(status), "VmRSS")/1024), max(peak, kilobytes(string(status), "VmHWM")/1024)
	}
	return resident, peak
}

func kilobytes(status, name string) (n float64) {
	_, value, _ := strings.Cut(status, name+":")
	_, _ = fmt.Sscan(value, &n)
	return n
}
