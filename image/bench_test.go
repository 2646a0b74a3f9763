package image_test

import (
	"bytes"
	"fmt"
	"image/color"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"hedge/image/imagetest"
)

// sharpScript makes the same of a file as often as it is told, in node's own process.
const sharpScript = `const sharp = require("sharp"); sharp.cache(false); sharp.concurrency(1);
const file = require("fs").readFileSync(process.argv[1]), times = Number(process.argv[2]);
(async () => {
  for (let i = 0; i < 2; i++) await sharp(file).resize({ width: 640 }).webp({ quality: 80 }).toBuffer();
  const began = performance.now();
  for (let i = 0; i < times; i++) await sharp(file).resize({ width: 640 }).webp({ quality: 80 }).toBuffer();
  console.log((performance.now() - began) / times);
})();`

// BenchmarkPhoto makes a WebP of 640 pixels of a JPEG of 12 megapixels, in one worker and
// with sharp, both with one thread.
func BenchmarkPhoto(b *testing.B) {
	photo := imagetest.JPEG(b, imagetest.Paint(4000, 3000, func(x, y int) color.NRGBA {
		v := 60*math.Sin(float64(x)/37)*math.Cos(float64(y)/53) + float64((x*7+y*13)%24)
		return color.NRGBA{uint8(120 + v), uint8(140 + v/2), uint8(100 - v), 255}
	}))
	b.Run("worker", func(b *testing.B) {
		pool := open(b, nil)
		must(b, pool, `{"resize":{"width":640}}`, `"format":"webp"`, photo)
		for b.Loop() {
			must(b, pool, `{"resize":{"width":640}}`, `"format":"webp"`, photo)
		}
	})
	b.Run("sharp", func(b *testing.B) {
		file := filepath.Join(b.TempDir(), "photo.jpg")
		if err := os.WriteFile(file, photo, 0o600); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			cmd := exec.CommandContext(b.Context(), "node", "-e", sharpScript, file, "5")
			cmd.Dir = ".."
			out, err := cmd.Output()
			if err != nil {
				b.Skipf("sharp does not run here: %v", err)
			}
			var each float64
			if _, err := fmt.Fscan(bytes.NewReader(out), &each); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(each*1e6, "ns/picture")
		}
	})
}
