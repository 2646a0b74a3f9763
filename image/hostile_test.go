package image_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"hedge"
	"hedge/child"
	"hedge/image"
	"hedge/image/imagetest"
)

// bomb is a PNG whose header promises more than there is memory.
func bomb(t *testing.T) []byte {
	file := imagetest.PNG(t, imagetest.Quarters(8, 8))
	binary.BigEndian.PutUint32(file[16:], 60000)
	binary.BigEndian.PutUint32(file[20:], 60000)
	binary.BigEndian.PutUint32(file[29:], crc32.ChecksumIEEE(file[12:29]))
	return file
}

// hugeJPEG is one whose header says that it has 65,535 pixels on each side.
func hugeJPEG(t *testing.T) []byte {
	file := imagetest.JPEG(t, imagetest.Quarters(8, 8))
	at := bytes.Index(file, []byte{0xff, 0xc0})
	copy(file[at+5:], []byte{0xff, 0xff, 0xff, 0xff})
	return file
}

// Files that are no picture, or too much of one, are refused by what they are.
func TestRefusedFiles(t *testing.T) {
	pool := open(t, nil)
	for name, c := range map[string]struct {
		file []byte
		says string
	}{
		"nothing":              {nil, "empty"},
		"a web page":           {[]byte("<!doctype html><script>alert(1)</script>"), "no JPEG"},
		"a PDF":                {[]byte("%PDF-1.7\n1 0 obj"), "no JPEG"},
		"a TIFF":               {[]byte("II*\x00\x08\x00\x00\x00"), "no JPEG"},
		"a script for libvips": {[]byte("vips 08 f2 a6 b6"), "no JPEG"},
		"a PNG bomb":           {bomb(t), "megapixels"},
		"a huge JPEG":          {hugeJPEG(t), "pixel"},
		"a JPEG's beginning":   {[]byte("\xff\xd8\xff\xe0"), "jpeg"},
		"a PNG's beginning":    {[]byte("\x89PNG\r\n\x1a\n"), "png"},
		"a GIF with a script":  {[]byte("GIF89a/*\x00\x00*/=1;alert(1)//"), "gif"},
		"a WebP of nothing":    {[]byte("RIFF\x04\x00\x00\x00WEBP"), "webp"},
		"an AVIF of nothing":   {[]byte("\x00\x00\x00\x14ftypavif\x00\x00\x00\x00avif"), "avif"},
		"HEVC":                 {[]byte("\x00\x00\x00\x14ftypheic\x00\x00\x00\x00heic"), "no JPEG"},
		"100 MB":               {append([]byte("\xff\xd8\xff"), make([]byte, 100e6)...), "may have"},
		"a page, compressed":   {imagetest.Gzip(t, []byte("<!doctype html><p>no picture</p>")), "no JPEG"},
		"damaged gzip":         {[]byte("\x1f\x8b\x08nothing"), "no JPEG"},
	} {
		_, err := do(t, pool, `{"resize":{"width":100}}`, `"format":"png"`, c.file)
		refused(t, err, hedge.OutcomeImageRefused)
		if err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if pool.Lost() != 0 {
		t.Errorf("%d workers were lost", pool.Lost())
	}
}

// An SVG is refused whatever it does, and is known by its content, however it is encoded.
func TestSVG(t *testing.T) {
	pool := open(t, nil)
	for name, file := range imagetest.SVGs(t) {
		for _, job := range []string{`{"resize":{"width":100}}`, ``} {
			_, err := do(t, pool, job, `"format":"png"`, file)
			refused(t, err, hedge.OutcomeImageRefused)
			if err != nil && !strings.Contains(err.Error(), "the file is an SVG") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	_, err := do(t, pool, `{"overlay":{"image":{"input":1}}}`, `"format":"png"`, imagetest.PNG(t, imagetest.Quarters(8, 8)), imagetest.SVGs(t)["a script"])
	refused(t, err, hedge.OutcomeImageRefused)
	if pool.Lost() != 0 {
		t.Errorf("%d workers were lost", pool.Lost())
	}
}

// What is hidden in a picture, or behind it, does not come out again.
func TestPolyglots(t *testing.T) {
	pool := open(t, nil)
	script := []byte("<script>alert(document.domain)</script>")
	picture := imagetest.JPEG(t, imagetest.Quarters(64, 48))
	for name, file := range map[string][]byte{
		"behind":    append(bytes.Clone(picture), script...),
		"a comment": imagetest.WithSegments(picture, 0xfe, script),
		"EXIF":      imagetest.WithEXIF(picture, append([]byte("Exif\x00\x00II*\x00"), script...)),
	} {
		r := must(t, pool, ``, `"format":"jpeg"`, file)
		if bytes.Contains(r.File, []byte("script")) {
			t.Errorf("%s: the script came through", name)
		}
		if d := imagetest.Difference(imagetest.Decode(t, r.File), imagetest.Quarters(64, 48)); d > 8 {
			t.Errorf("%s: the picture differs by %.1f", name, d)
		}
	}
}

// Metadata of absurd size or content takes nothing from the picture.
func TestAbsurdMetadata(t *testing.T) {
	pool := open(t, nil)
	picture := imagetest.JPEG(t, imagetest.Quarters(64, 48))
	garbage := bytes.Repeat([]byte("\xff\x00\x7f\x80"), 16000)
	profile := make([][]byte, 200)
	for i := range profile {
		profile[i] = append([]byte("ICC_PROFILE\x00"), append([]byte{byte(i + 1), 200}, garbage...)...)
	}
	exif := append(imagetest.Orientation(1), garbage...)
	loop := []byte("Exif\x00\x00II*\x00\x08\x00\x00\x00\x00\x00\x08\x00\x00\x00") // a directory that leads to itself
	for name, file := range map[string][]byte{
		"a profile of 13 MB": imagetest.WithSegments(picture, 0xe2, profile...),
		"100 blocks of EXIF": imagetest.WithSegments(picture, 0xe1, bytesTimes(exif, 100)...),
		"EXIF in a circle":   imagetest.WithEXIF(picture, loop),
		"an orientation 200": imagetest.WithEXIF(picture, imagetest.Orientation(200)),
	} {
		r, err := do(t, pool, `{"resize":{"width":32}}`, `"format":"png"`, file)
		if err != nil {
			refused(t, err, hedge.OutcomeImageRefused)
			continue
		}
		if d := imagetest.Difference(imagetest.Decode(t, r.File), imagetest.Quarters(32, 24)); d > 8 {
			t.Errorf("%s: the picture differs by %.1f", name, d)
		}
	}
}

func bytesTimes(b []byte, n int) (list [][]byte) {
	for range n {
		list = append(list, b)
	}
	return list
}

// A GIF of 10,000 frames costs no more than the frames that are asked for.
func TestManyFrames(t *testing.T) {
	pool := open(t, nil)
	file := imagetest.GIF(t, 8, 8, 10000)
	one := must(t, pool, `{"resize":{"width":4}}`, `"format":"png"`, file)
	if one.Frames != 1 && len(one.File) == 0 {
		t.Errorf("one frame was asked for, and %d came", one.Frames)
	}
	all, err := pool.Do(t.Context(), "test", []byte(`{"source":{"input":0,"frames":10000},"output":{"format":"gif"}}`), [][]byte{file})
	if err != nil || all.Frames != image.DefaultLimits().Frames {
		t.Errorf("all frames: %v, %v", all, err)
	}
}

// Files that are cut off or damaged, of every format, end in an answer or an error, and
// the pool is whole afterwards.
func TestDamagedFiles(t *testing.T) {
	pool := open(t, nil)
	source := imagetest.PNG(t, imagetest.Noise(40, 30, 7))
	random := rand.New(rand.NewPCG(3, 4))
	for _, format := range []string{"jpeg", "png", "webp", "gif", "avif"} {
		file := must(t, pool, ``, `"format":"`+format+`"`, source).File
		for _, part := range []int{10, 50, 90} {
			_, err := do(t, pool, `{"resize":{"width":20}}`, `"format":"png"`, file[:len(file)*part/100])
			refused(t, err, hedge.OutcomeImageRefused)
		}
		for range 30 {
			flipped := bytes.Clone(file)
			for range 1 + random.IntN(20) {
				flipped[12+random.IntN(len(file)-12)] ^= 1 << random.IntN(8)
			}
			if _, err := do(t, pool, `{"resize":{"width":20}}`, `"format":"png"`, flipped); err != nil && hedge.OutcomeOf(err) != hedge.OutcomeImageFailed {
				refused(t, err, hedge.OutcomeImageRefused)
			}
		}
	}
	must(t, pool, ``, `"format":"png"`, source)
	t.Logf("%d workers were lost", pool.Lost())
}

// A job that takes too long, or too much, ends with its worker, and costs nobody else
// anything.
func TestLimits(t *testing.T) {
	file := imagetest.PNG(t, imagetest.Quarters(64, 64))
	heavy := `{"resize":{"width":6000,"height":6000,"enlarge":true}},{"blur":{"sigma":200}},{"modulate":{"hue":20}},{"blur":{"sigma":200}}`
	for name, change := range map[string]func(*image.Config){
		"time":   func(c *image.Config) { c.Time = 200 * time.Millisecond },
		"memory": func(c *image.Config) { c.Memory, c.Time = 120<<20, time.Hour },
	} {
		t.Run(name, func(t *testing.T) {
			pool := open(t, change)
			_, err := do(t, pool, heavy, `"format":"png"`, file)
			refused(t, err, hedge.OutcomeImageFailed)
			if err != nil && !strings.Contains(err.Error(), map[string]string{"time": "longer than", "memory": "memory"}[name]) {
				t.Error(err)
			}
			must(t, pool, `{"resize":{"width":8}}`, `"format":"png"`, file)
			if pool.Lost() != 1 {
				t.Errorf("%d workers were lost", pool.Lost())
			}
		})
	}
}

// A worker that is killed in the midst of a job costs that job; the next one is done.
func TestKilledWorker(t *testing.T) {
	ended := make(chan struct{}, 8)
	pool := open(t, func(c *image.Config) {
		c.Time = time.Minute
	})
	file := imagetest.PNG(t, imagetest.Quarters(64, 64))
	must(t, pool, ``, `"format":"png"`, file)
	go func() {
		_, err := do(t, pool, `{"resize":{"width":6000,"height":6000,"enlarge":true}},{"blur":{"sigma":240}},{"blur":{"sigma":240}},{"blur":{"sigma":240}}`, `"format":"png"`, file)
		refused(t, err, hedge.OutcomeImageFailed)
		ended <- struct{}{}
	}()
	for killed := false; !killed; { // until the job has been lost
		for _, pid := range children(t) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		select {
		case <-ended:
			killed = true
		case <-time.After(50 * time.Millisecond):
		}
	}
	must(t, pool, ``, `"format":"png"`, file)
	if pool.Lost() == 0 {
		t.Error("no worker was lost")
	}
}

func TestMalformedJobs(t *testing.T) {
	for text, says := range map[string]string{
		`{}`: "", `{"source":{"input":0}} x`: "behind its end",
		`{"source":{"input":1}}`:                                                                 "no file number 1",
		`{"source":{"input":0,"steps":[{"resize":{}}]}}`:                                         "it takes a width",
		`{"source":{"input":0,"steps":[{"resize":{"widht":1}}]}}`:                                "widht",
		`{"source":{"input":0,"steps":[{"explode":{}}]}}`:                                        `no step "explode"`,
		`{"source":{"input":0,"steps":[{"blur":{"sigma":1e9}}]}}`:                                "sigma",
		`{"source":{"input":0,"steps":[{"resize":{"width":-1}}]}}`:                               "width",
		`{"source":{"input":0,"steps":[{"crop":{"width":0,"height":1}}]}}`:                       "width",
		`{"source":{"input":0},"output":{"format":"svg"}}`:                                       "format",
		`{"source":{"input":0},"output":{"quality":101}}`:                                        "quality",
		`{"source":{"input":0,"steps":[{"overlay":{"image":{"input":5}}}]}}`:                     "no file number 5",
		`{"source":{"input":0,"steps":[` + strings.Repeat(`{"flip":{}},`, 64) + `{"flip":{}}]}}`: "at most 64 steps",
	} {
		_, err := image.ReadJob([]byte(text), 1, image.DefaultLimits())
		if says == "" {
			if err != nil {
				t.Errorf("%s: %v", text, err)
			}
			continue
		}
		refused(t, err, hedge.OutcomeImageRefused)
		if err != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", text, err, says)
		}
	}
}

// How workers are confined is told once, by whatever has the first one start.
func TestConfinementIsTold(t *testing.T) {
	told := make(chan child.Report, 8)
	pool := open(t, func(c *image.Config) { c.Confined = func(r child.Report) { told <- r } })
	for range 2 {
		if err := pool.Probe(t.Context()); err != nil {
			t.Fatal(err)
		}
		must(t, pool, ``, `"format":"png"`, imagetest.PNG(t, imagetest.Quarters(8, 8)))
	}
	if len(told) != 1 {
		t.Fatalf("it was told %d times", len(told))
	}
	if r := <-told; len(r) == 0 {
		t.Error("nothing was told")
	}
}

// Without libvips, jobs are refused with what to do, and nothing is started.
func TestWithoutLibrary(t *testing.T) {
	for _, library := range []string{"", "/nonexistent/libvips.so.42"} {
		pool := image.NewPool(image.Config{Library: library})
		_, err := do(t, pool, ``, `"format":"png"`, imagetest.PNG(t, imagetest.Quarters(8, 8)))
		refused(t, err, hedge.OutcomeNoImages)
		if err == nil || !strings.Contains(err.Error(), "hedge doctor") {
			t.Error(err)
		}
		pool.Close()
	}
}

// While a library hangs that is tried, who does not wait any longer leaves, and so does Close:
// it is a pipe, which says when it is opened.
func TestLibraryThatHangs(t *testing.T) {
	library := filepath.Join(t.TempDir(), "libvips.so")
	if err := syscall.Mkfifo(library, 0o600); err != nil {
		t.Fatal(err)
	}
	pool := image.NewPool(image.Config{Library: library})
	file := imagetest.PNG(t, imagetest.Quarters(8, 8))
	first, opened := make(chan error, 1), make(chan *os.File, 1)
	go func() { // ends when the pool is closed
		_, err := do(t, pool, "", `"format":"png"`, file)
		first <- err
	}()
	go func() { // ends when the worker opens the pipe
		f, _ := os.OpenFile(library, os.O_WRONLY, 0)
		opened <- f
	}()
	select {
	case f := <-opened:
		defer f.Close()
	case err := <-first:
		t.Fatalf("the library does not hang: %v", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := pool.Do(gone, "test", []byte(`{"source":{"input":0},"output":{}}`), [][]byte{file})
	refused(t, err, hedge.OutcomeOverloaded)
	pool.Close()
	err = <-first
	refused(t, err, hedge.OutcomeNoImages)
	if err == nil || !strings.Contains(err.Error(), "the pool is closed") {
		t.Errorf("who waited for the start got %v", err)
	}
}

// Workers that could not be started are tried again.
func TestLibraryComesLater(t *testing.T) {
	library := filepath.Join(t.TempDir(), "libvips.so")
	pool := open(t, func(cfg *image.Config) { cfg.Library, cfg.Retry = library, time.Nanosecond })
	_, err := do(t, pool, "", `"format":"png"`, imagetest.PNG(t, imagetest.Quarters(8, 8)))
	refused(t, err, hedge.OutcomeNoImages)
	if err := os.Symlink(imagetest.Library(t), library); err != nil {
		t.Fatal(err)
	}
	must(t, pool, "", `"format":"png"`, imagetest.PNG(t, imagetest.Quarters(8, 8)))
}
