package image_test

import (
	"bytes"
	"encoding/json"
	stdimage "image"
	"image/color"
	"image/color/palette"
	"image/gif"
	"testing"

	"hedge"
	"hedge/image"
	"hedge/image/imagetest"
)

// Each format is read and written; Go's decoders, or libvips itself for AVIF, see the
// picture that went in.
func TestFormats(t *testing.T) {
	pool := open(t, nil)
	picture := imagetest.Quarters(64, 48)
	source := imagetest.PNG(t, picture)
	for _, c := range []struct {
		output, format string
		apart          float64
	}{
		{`"format":"png"`, "png", 0},
		{`"format":"png","progressive":true,"effort":9`, "png", 0},
		{`"format":"jpeg","quality":90`, "jpeg", 6},
		{`"format":"jpeg","progressive":true`, "jpeg", 8},
		{`"format":"webp"`, "webp", 8},
		{`"format":"webp","lossless":true,"effort":0`, "webp", 0},
		{`"format":"gif"`, "gif", 3},
		{`"format":"avif"`, "avif", 8},
		{`"format":"auto","accepts":["avif","webp"]`, "avif", 8},
		{`"format":"auto","accepts":["webp"]`, "webp", 8},
		{`"format":"auto"`, "jpeg", 8},
		{``, "png", 0},
	} {
		r := must(t, pool, ``, c.output, source)
		if r.Format != c.format || r.Width != 64 || r.Height != 48 || r.Frames != 1 {
			t.Errorf("%s: got %s of %d×%d pixels", c.output, r.Format, r.Width, r.Height)
		}
		back := must(t, pool, ``, `"format":"png"`, r.File)
		if d := imagetest.Difference(imagetest.Decode(t, back.File), picture); d > c.apart {
			t.Errorf("%s: the picture differs by %.1f", c.output, d)
		}
		if c.format == "avif" {
			continue // Go reads no AVIF
		}
		if c.format == "webp" && c.apart > 0 {
			c.apart = 14 // Go takes the range of its values for another
		}
		if d := imagetest.Difference(imagetest.Decode(t, r.File), picture); d > c.apart {
			t.Errorf("%s: as Go reads it, the picture differs by %.1f", c.output, d)
		}
	}
}

// What shows through stays so where the format can say it, and is put on white where not.
func TestAlpha(t *testing.T) {
	pool := open(t, nil)
	half := imagetest.PNG(t, imagetest.Paint(40, 40, func(x, _ int) color.NRGBA { return color.NRGBA{B: 255, A: uint8(255 * (x / 20))} }))
	for output, want := range map[string][4]uint32{
		`"format":"png"`:                  {0, 0, 0, 0},
		`"format":"webp","lossless":true`: {0, 0, 0, 0},
		`"format":"auto"`:                 {0, 0, 0, 0},
		`"format":"jpeg"`:                 {0xffff, 0xffff, 0xffff, 0xffff},
	} {
		r, g, b, a := imagetest.Decode(t, must(t, pool, `{"resize":{"width":20}}`, output, half).File).At(3, 10).RGBA()
		for i, got := range []uint32{r, g, b, a} {
			if max(got, want[i])-min(got, want[i]) > 0x800 {
				t.Errorf("%s: what is transparent became %x %x %x %x, want %x", output, r, g, b, a, want)
			}
		}
	}
}

// A large JPEG is decoded small, and looks as if it had not been.
func TestShrinkOnLoad(t *testing.T) {
	pool := open(t, nil)
	large := imagetest.JPEG(t, imagetest.Quarters(1000, 750))
	files := [][]byte{large, must(t, pool, ``, `"format":"webp","quality":95`, large).File}
	for _, c := range []struct {
		steps         string
		width, height int
	}{
		{`{"resize":{"width":100}}`, 100, 75},
		{`{"resize":{"width":333}}`, 333, 250},
		{`{"resize":{"width":499}}`, 499, 374},
		{`{"resize":{"width":100,"height":100}}`, 100, 100},
		{`{"resize":{"width":50,"height":100,"fit":"fill"}}`, 50, 100},
		{`{"resize":{"width":8,"fit":"inside"}}`, 8, 6},
	} {
		for _, file := range files {
			r := must(t, pool, c.steps, `"format":"png"`, file)
			if d := imagetest.Difference(imagetest.Decode(t, r.File), imagetest.Quarters(c.width, c.height)); d > 12 {
				t.Errorf("%s: the picture of %d×%d pixels differs by %.1f", c.steps, r.Width, r.Height, d)
			}
		}
	}
}

// A picture that its camera has turned stands upright, with and without shrinking.
func TestOrientation(t *testing.T) {
	pool := open(t, nil)
	for orientation := 1; orientation <= 8; orientation++ {
		stored := imagetest.Turned(imagetest.Quarters(160, 120), orientation)
		file := imagetest.WithEXIF(imagetest.JPEG(t, stored), imagetest.Orientation(orientation))
		for _, c := range []struct {
			steps         string
			width, height int
		}{
			{``, 160, 120}, {`{"resize":{"width":40}}`, 40, 30}, {`{"resize":{"width":30,"height":30}}`, 30, 30}, {`{"rotate":{}}`, 160, 120},
		} {
			r := must(t, pool, c.steps, `"format":"png"`, file)
			if d := imagetest.Difference(imagetest.Decode(t, r.File), imagetest.Quarters(c.width, c.height)); d > 8 {
				t.Errorf("orientation %d, %s: the picture of %d×%d pixels differs by %.1f", orientation, c.steps, r.Width, r.Height, d)
			}
		}
		var m image.Metadata
		if err := json.Unmarshal(must(t, pool, ``, `"ask":"metadata"`, file).File, &m); err != nil || m.Width != 160 || m.Height != 120 || m.Orientation != orientation || m.Format != "jpeg" || !m.HasEXIF {
			t.Errorf("orientation %d: %+v, %v", orientation, m, err)
		}
		if kept := must(t, pool, ``, `"format":"jpeg","metadata":"keep"`, file).File; json.Unmarshal(must(t, pool, ``, `"ask":"metadata"`, kept).File, &m) != nil || m.Orientation != 1 || m.Width != 160 || !m.HasEXIF {
			t.Errorf("orientation %d, kept: %+v", orientation, m)
		}
		if stripped := must(t, pool, ``, `"format":"jpeg"`, file).File; bytes.Contains(stripped, []byte("Exif")) {
			t.Errorf("orientation %d: EXIF was not stripped", orientation)
		}
	}
}

// An animation stays one, if it is asked for, and its frames are changed all.
func TestAnimation(t *testing.T) {
	pool := open(t, nil)
	file := imagetest.GIF(t, 40, 30, 4)
	r := must(t, pool, `{"resize":{"width":20}},{"flip":{}}`, `"format":"gif"`, file)
	g, err := gif.DecodeAll(bytes.NewReader(r.File))
	if err != nil || len(g.Image) != 4 || g.Config.Width != 20 || g.Config.Height != 15 || g.Delay[1] != 7 {
		t.Fatalf("got %d frames of %d×%d pixels, delays %v: %v", len(g.Image), g.Config.Width, g.Config.Height, g.Delay, err)
	}
	r = must(t, pool, `{"resize":{"width":20}}`, `"format":"webp","quality":100`, file)
	again := must(t, pool, ``, `"format":"gif"`, r.File)
	if r.Frames != 4 || again.Frames != 4 {
		t.Errorf("as WebP it has %d frames, and back as GIF %d", r.Frames, again.Frames)
	}
	one, err := pool.Do(t.Context(), "test", []byte(`{"source":{"input":0},"output":{"format":"gif"}}`), [][]byte{file})
	if err != nil || one.Frames != 1 {
		t.Errorf("without asking for more it has %d frames: %v", one.Frames, err)
	}
}

// The quality goes down until the file is small enough; what cannot be is refused.
func TestMaxBytes(t *testing.T) {
	pool := open(t, nil)
	noisy := imagetest.PNG(t, imagetest.Noise(200, 150, 1))
	for _, format := range []string{"jpeg", "webp"} {
		free := must(t, pool, ``, `"format":"`+format+`"`, noisy)
		bound := must(t, pool, ``, `"format":"`+format+`","maxBytes":9000`, noisy)
		if len(free.File) <= 9000 || len(bound.File) > 9000 || len(bound.File) < 4000 {
			t.Errorf("%s: %d bytes became %d, of at most 9000", format, len(free.File), len(bound.File))
		}
		_, err := do(t, pool, ``, `"format":"`+format+`","maxBytes":100`, noisy)
		refused(t, err, hedge.OutcomeImageRefused)
	}
	_, err := do(t, pool, ``, `"format":"png","maxBytes":1000`, noisy)
	refused(t, err, hedge.OutcomeImageRefused)
}

// 16 bits, gray, palettes and CMYK all become what screens show.
func TestKindsOfPixels(t *testing.T) {
	pool := open(t, nil)
	picture := imagetest.Quarters(64, 48)
	deep := stdimage.NewNRGBA64(picture.Bounds())
	listed := stdimage.NewPaletted(picture.Bounds(), append(color.Palette{imagetest.Red(), imagetest.Green(), imagetest.Blue(), imagetest.Yellow()}, palette.WebSafe...))
	for y := range 48 {
		for x := range 64 {
			deep.Set(x, y, picture.At(x, y))
			listed.Set(x, y, picture.At(x, y))
		}
	}
	for name, file := range map[string][]byte{"16 bits": imagetest.PNG(t, deep), "a palette": imagetest.PNG(t, listed)} {
		for _, steps := range []string{``, `{"resize":{"width":32}}`, `{"flip":{}},{"flip":{}},{"resize":{"width":32}}`} {
			r := must(t, pool, steps, `"format":"png"`, file)
			if d := imagetest.Difference(imagetest.Decode(t, r.File), imagetest.Quarters(r.Width, r.Height)); d > 4 {
				t.Errorf("%s: %s: the picture differs by %.1f", name, steps, d)
			}
		}
	}
	cmyk := must(t, pool, `{"resize":{"width":16}}`, `"format":"png"`, imagetest.CMYK(t))
	r, g, b, _ := imagetest.Decode(t, cmyk.File).At(4, 4).RGBA()
	if r>>8 < 150 || g>>8 > 120 || b>>8 > 120 {
		t.Errorf("what is printed with magenta and yellow is shown as %d,%d,%d", r>>8, g>>8, b>>8)
	}
}

func TestAsking(t *testing.T) {
	pool := open(t, nil)
	red := imagetest.PNG(t, imagetest.Paint(30, 20, func(x, _ int) color.NRGBA {
		if x < 5 {
			return imagetest.Blue()
		}
		return imagetest.Red()
	}))
	if got := string(must(t, pool, ``, `"ask":"color"`, red).File); got != `"#dc1e1e"` {
		t.Errorf("the dominant color is %s", got)
	}
	// One color has one component that is not nothing: its hash is known from the algorithm.
	flat := imagetest.PNG(t, imagetest.Paint(30, 20, func(int, int) color.NRGBA { return color.NRGBA{255, 255, 255, 255} }))
	if got := string(must(t, pool, ``, `"ask":"blurhash","components":[1,1]`, flat).File); got != `"00TSUA"` {
		t.Errorf("the blurhash of white is %s", got)
	}
	if got := must(t, pool, ``, `"ask":"blurhash"`, red).File; len(got) != 30 {
		t.Errorf("the blurhash of 4 by 3 components has %d characters: %s", len(got)-2, got)
	}
}
