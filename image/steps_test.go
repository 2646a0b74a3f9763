package image_test

import (
	stdimage "image"
	"image/color"
	"math"
	"testing"

	"hedge/image/imagetest"
)

// Each step is compared with a picture that is computed here, from the definition of the
// step, and without libvips.
func TestSteps(t *testing.T) {
	pool := open(t, nil)
	quarters := imagetest.PNG(t, imagetest.Quarters(80, 60))
	ramp := imagetest.PNG(t, imagetest.Paint(64, 16, func(x, _ int) color.NRGBA { return gray(x * 4) }))
	logo := imagetest.PNG(t, imagetest.Paint(10, 10, func(int, int) color.NRGBA { return color.NRGBA{A: 255} }))
	glass := imagetest.PNG(t, imagetest.Paint(10, 10, func(x, _ int) color.NRGBA { return color.NRGBA{R: 255, A: uint8(255 * (x / 5))} }))
	part := func(width, height int, at func(x, y float64) color.NRGBA) *stdimage.NRGBA {
		return imagetest.Paint(width, height, func(x, y int) color.NRGBA {
			return at((float64(x)+0.5)/float64(width), (float64(y)+0.5)/float64(height))
		})
	}
	all := func(c color.NRGBA) func(x, y float64) color.NRGBA {
		return func(float64, float64) color.NRGBA { return c }
	}
	black, clear := color.NRGBA{A: 255}, color.NRGBA{}
	for _, c := range []struct {
		name, steps string
		input       []byte
		want        *stdimage.NRGBA
		apart       float64 // that the pictures may be
	}{
		{"width", `{"resize":{"width":40}}`, quarters, imagetest.Quarters(40, 30), 3},
		{"height", `{"resize":{"height":30}}`, quarters, imagetest.Quarters(40, 30), 3},
		{"dpr", `{"resize":{"width":20,"dpr":2}}`, quarters, imagetest.Quarters(40, 30), 3},
		{"not larger", `{"resize":{"width":400}}`, quarters, imagetest.Quarters(80, 60), 0},
		{"larger", `{"resize":{"width":160,"enlarge":true}}`, quarters, imagetest.Quarters(160, 120), 3},
		{"cover", `{"resize":{"width":30,"height":30}}`, quarters, imagetest.Quarters(30, 30), 4},
		{"cover, not larger", `{"resize":{"width":300,"height":300}}`, quarters, imagetest.Quarters(60, 60), 2},
		{"cover, west", `{"resize":{"width":20,"height":40,"gravity":"west"}}`, quarters, part(20, 40, func(_, y float64) color.NRGBA { return imagetest.Quarter(0, y) }), 4},
		{"cover, focus", `{"resize":{"width":20,"height":40,"focus":[1,0.5]}}`, quarters, part(20, 40, func(_, y float64) color.NRGBA { return imagetest.Quarter(1, y) }), 4},
		{"contain", `{"resize":{"width":40,"height":40,"fit":"contain","background":[0,0,0]}}`, quarters, part(40, 40, func(x, y float64) color.NRGBA {
			if y < 0.125 || y > 0.875 {
				return black
			}
			return imagetest.Quarter(x, y)
		}), 4},
		{"contain, on nothing", `{"resize":{"width":40,"height":40,"fit":"contain"}}`, quarters, part(40, 40, func(x, y float64) color.NRGBA {
			if y < 0.125 || y > 0.875 {
				return clear
			}
			return imagetest.Quarter(x, y)
		}), 4},
		{"fill", `{"resize":{"width":40,"height":60,"fit":"fill"}}`, quarters, imagetest.Quarters(40, 60), 3},
		{"inside", `{"resize":{"width":40,"height":40,"fit":"inside"}}`, quarters, imagetest.Quarters(40, 30), 3},
		{"outside", `{"resize":{"width":30,"height":30,"fit":"outside"}}`, quarters, imagetest.Quarters(40, 30), 3},
		{"crop a corner", `{"crop":{"width":20,"height":20,"gravity":"southeast"}}`, quarters, part(20, 20, all(imagetest.Yellow())), 0},
		{"crop a box", `{"crop":{"left":30,"top":20,"width":20,"height":20}}`, quarters, imagetest.Quarters(20, 20), 0},
		{"extend", `{"extend":{"left":20,"right":20,"background":[0,0,0,255]}}`, quarters, part(120, 60, func(x, y float64) color.NRGBA {
			if x < 1.0/6 || x > 5.0/6 {
				return black
			}
			return imagetest.Quarter(x, y)
		}), 0},
		{"trim", `{"extend":{"left":9,"top":5,"background":[255,255,255]}},{"trim":{}}`, quarters, imagetest.Quarters(80, 60), 0},
		{"rotate", `{"rotate":{"angle":90}}`, quarters, part(60, 80, func(x, y float64) color.NRGBA { return imagetest.Quarter(y, 1-x) }), 0},
		{"rotate back", `{"rotate":{"angle":-90}}`, quarters, part(60, 80, func(x, y float64) color.NRGBA { return imagetest.Quarter(1-y, x) }), 0},
		{"flip", `{"flip":{}}`, quarters, part(80, 60, func(x, y float64) color.NRGBA { return imagetest.Quarter(1-x, y) }), 0},
		{"flip down", `{"flip":{"direction":"vertical"}}`, quarters, part(80, 60, func(x, y float64) color.NRGBA { return imagetest.Quarter(x, 1-y) }), 0},
		{"grayscale", `{"grayscale":{}}`, quarters, part(80, 60, func(x, y float64) color.NRGBA { return luminance(imagetest.Quarter(x, y)) }), 5},
		{"negate", `{"negate":{}}`, ramp, imagetest.Paint(64, 16, func(x, _ int) color.NRGBA { return gray(255 - x*4) }), 0.5},
		{"contrast", `{"contrast":{"factor":0.5}}`, ramp, imagetest.Paint(64, 16, func(x, _ int) color.NRGBA { return gray(64 + x*2) }), 1.5},
		{"gamma", `{"gamma":{"exponent":2}}`, ramp, imagetest.Paint(64, 16, func(x, _ int) color.NRGBA { return gray(int(255 * math.Sqrt(float64(x*4)/255))) }), 2},
		{"no brightness", `{"modulate":{"brightness":0}}`, quarters, part(80, 60, all(black)), 1.5},
		{"brightness", `{"modulate":{"brightness":0.5}}`, ramp, imagetest.Paint(64, 16, func(x, _ int) color.NRGBA { return gray(x * 2) }), 0.5},
		{"no saturation", `{"modulate":{"saturation":0}}`, ramp, imagetest.Paint(64, 16, func(x, _ int) color.NRGBA { return gray(x * 4) }), 1.5},
		{"blur of one color", `{"crop":{"width":20,"height":20,"gravity":"northwest"}},{"blur":{"sigma":3}}`, quarters, part(20, 20, all(imagetest.Red())), 2},
		{"sharpen of one color", `{"crop":{"width":20,"height":20,"gravity":"northwest"}},{"sharpen":{}}`, quarters, part(20, 20, all(imagetest.Red())), 1.5},
		{"pixelate", `{"pixelate":{"size":16}}`, ramp, imagetest.Paint(64, 16, func(x, _ int) color.NRGBA { return gray(x/16*64 + 30) }), 1},
		{"background", `{"background":{"color":[0,0,0]}}`, glass, imagetest.Paint(10, 10, func(x, _ int) color.NRGBA { return color.NRGBA{R: uint8(255 * (x / 5)), A: 255} }), 0.5},
		{"overlay", `{"overlay":{"image":{"input":1},"gravity":"southeast","margin":10}}`, quarters, onto(func(x, y int) bool { return x >= 60 && x < 70 && y >= 40 && y < 50 }, black, 1), 1},
		{"overlay, half", `{"overlay":{"image":{"input":1},"left":0,"top":-1,"opacity":0.5}}`, quarters, onto(func(x, y int) bool { return x < 10 && y >= 49 && y < 59 }, black, 0.5), 1},
		{"overlay, scaled", `{"overlay":{"image":{"input":1},"gravity":"northwest","scale":0.5}}`, quarters, onto(func(x, y int) bool { return x < 40 && y < 40 }, black, 1), 1},
		{"overlay, tiled", `{"overlay":{"image":{"input":1},"tile":true,"margin":5}}`, quarters, onto(func(x, y int) bool { return x%20 >= 5 && x%20 < 15 && y%20 >= 5 && y%20 < 15 }, black, 1), 1},
		{"overlay, multiplied", `{"overlay":{"image":{"input":1},"gravity":"northwest","blend":"multiply"}}`, quarters, onto(func(x, y int) bool { return x < 10 && y < 10 }, black, 1), 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := imagetest.Decode(t, must(t, pool, c.steps, `"format":"png"`, c.input, logo).File)
			if d := imagetest.Difference(got, c.want); d > c.apart {
				t.Errorf("the picture of %v differs by %.2f from what was expected, of %v", got.Bounds().Size(), d, c.want.Bounds().Size())
			}
		})
	}
}

func gray(v int) color.NRGBA {
	c := uint8(min(max(v, 0), 255))
	return color.NRGBA{c, c, c, 255}
}

// luminance is the gray of a color's light (IEC 61966-2-1).
func luminance(c color.NRGBA) color.NRGBA {
	linear := func(v uint8) float64 { return math.Pow((float64(v)/255+0.055)/1.055, 2.4) }
	y := 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
	return gray(int(255 * (1.055*math.Pow(y, 1/2.4) - 0.055)))
}

// onto is the picture of quarters with a color on it.
func onto(where func(x, y int) bool, c color.NRGBA, opacity float64) *stdimage.NRGBA {
	base := imagetest.Quarters(80, 60)
	return imagetest.Paint(80, 60, func(x, y int) color.NRGBA {
		below := base.NRGBAAt(x, y)
		if !where(x, y) {
			return below
		}
		mix := func(a, b uint8) uint8 { return uint8(float64(a)*(1-opacity) + float64(b)*opacity) }
		return color.NRGBA{mix(below.R, c.R), mix(below.G, c.G), mix(below.B, c.B), 255}
	})
}

// What draws the eye is kept.
func TestInterestingCrop(t *testing.T) {
	pool := open(t, nil)
	spot := imagetest.PNG(t, imagetest.Paint(120, 40, func(x, y int) color.NRGBA {
		if x >= 90 && x < 110 && y >= 10 && y < 30 {
			return color.NRGBA{uint8(200 + (x*7+y*13)%50), uint8((x * y) % 90), 40, 255}
		}
		return gray(128)
	}))
	for _, how := range []string{"attention", "entropy"} {
		got := imagetest.Decode(t, must(t, pool, `{"crop":{"width":40,"height":40,"gravity":"`+how+`"}}`, `"format":"png"`, spot).File)
		found := 0
		for y := range 40 {
			for x := range 40 {
				if r, g, _, _ := got.At(x, y).RGBA(); r > 2*g {
					found++
				}
			}
		}
		if found < 200 {
			t.Errorf("%s: %d of the spot's 400 pixels are left", how, found)
		}
	}
}

// What was put onto a picture can be read in any order afterwards, as far as it goes.
func TestStepsAfterOverlay(t *testing.T) {
	pool := open(t, nil)
	base, logo := imagetest.GIF(t, 300, 300, 3), imagetest.PNG(t, imagetest.Quarters(300, 300))
	for _, steps := range []string{
		`{"overlay":{"image":{"input":1}}},{"crop":{"width":50,"height":50,"gravity":"attention"}}`, `{"overlay":{"image":{"input":1}}},{"rotate":{"angle":180}}`,
		`{"overlay":{"image":{"input":1},"scale":0.5}},{"flip":{"direction":"vertical"}}`,
	} {
		for _, output := range []string{`"format":"gif"`, `"ask":"blurhash"`} {
			must(t, pool, steps, output, base, logo)
		}
	}
}

// Text is where it should be, and covers about as much as its letters do.
func TestText(t *testing.T) {
	pool := open(t, nil)
	white := imagetest.PNG(t, imagetest.Paint(200, 100, func(int, int) color.NRGBA { return gray(255) }))
	dark := func(steps string) (n, left, top int) {
		got := imagetest.Decode(t, must(t, pool, steps, `"format":"png"`, white).File)
		left, top = 200, 100
		for y := range 100 {
			for x := range 200 {
				if r, _, _, _ := got.At(x, y).RGBA(); r < 0x8000 {
					n, left, top = n+1, min(left, x), min(top, y)
				}
			}
		}
		return n, left, top
	}
	small, _, _ := dark(`{"text":{"text":"Hello","size":20,"gravity":"northwest"}}`)
	large, left, top := dark(`{"text":{"text":"Hello","size":40,"gravity":"southeast"}}`)
	if small < 100 || large < 3*small || large > 5*small {
		t.Errorf("letters of 20 pixels cover %d, and those of 40 cover %d", small, large)
	}
	if left < 80 || top < 50 {
		t.Errorf("text in the lower right corner begins at %d,%d", left, top)
	}
	one, _, _ := dark(`{"text":{"text":"one two","size":20,"gravity":"northwest"}}`)
	two, _, second := dark(`{"text":{"text":"one two","size":20,"width":50,"gravity":"south"}}`)
	if two < one*9/10 || two > one*11/10 || second > 60 {
		t.Errorf("a line of %d pixels, broken, has %d and begins at %d", one, two, second)
	}
}
