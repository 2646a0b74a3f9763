package image_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"hedge"
	"hedge/image"
	"hedge/image/imagetest"
)

// FuzzLoaders has a worker read what nobody has written, and asks that each file ends in
// an answer, in a refusal, or at a limit of time or memory, and never in a crash.
func FuzzLoaders(f *testing.F) {
	pool := open(f, func(cfg *image.Config) {
		cfg.Lines = func(pid int, line string) { fmt.Fprintf(os.Stderr, "worker %d: %s\n", pid, line) }
	})
	source := imagetest.PNG(f, imagetest.Quarters(24, 16))
	f.Add(source)
	for _, format := range []string{"jpeg", "webp", "gif", "avif"} {
		f.Add(must(f, pool, ``, `"format":"`+format+`"`, source).File)
	}
	f.Add(imagetest.GIF(f, 8, 8, 3))
	f.Add(imagetest.CMYK(f))
	f.Fuzz(func(t *testing.T, file []byte) {
		lost := pool.Lost()
		_, err := do(t, pool, `{"resize":{"width":16,"height":16}}`, `"format":"webp","effort":0`, file)
		// A small file may ask for much, within the limit of pixels: the others hold then.
		if o := hedge.OutcomeOf(err); o != hedge.OutcomeOK && o != hedge.OutcomeImageRefused && !strings.Contains(err.Error(), "the job took") {
			t.Errorf("%v", err)
		}
		if pool.Lost() != lost {
			if _, err := do(t, pool, ``, `"format":"png"`, source); err != nil {
				t.Errorf("the pool is not whole again: %v", err)
			}
		}
	})
}
