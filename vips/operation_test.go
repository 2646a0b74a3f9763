package vips_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"hedge/image/imagetest"
	"hedge/vips"
)

func TestPixels(t *testing.T) {
	_, scope := open(t)
	for _, c := range []struct {
		n, width, height, bands int
		space                   string
		alpha                   bool
	}{
		{6, 3, 2, 1, "b-w", false},
		{12, 3, 2, 2, "b-w", true},
		{18, 3, 2, 3, "srgb", false},
		{24, 3, 2, 4, "srgb", true},
		{5, 3, 2, 1, "", false},
		{0, 0, 2, 1, "", false},
		{0, 3, -2, 1, "", false},
		{0, 3, 2, 0, "", false},
	} {
		pixels := make([]byte, c.n)
		for at := range pixels {
			pixels[at] = byte(7 * at)
		}
		i, err := scope.FromPixels(pixels, c.width, c.height, c.bands)
		if c.space == "" {
			if err == nil {
				t.Errorf("%+v: there is an image", c)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if i, err = scope.Image("copy", vips.Args{"in": i, "interpretation": c.space}); err != nil {
			t.Fatal(err)
		}
		if i.Width() != c.width || i.Height() != c.height || i.Bands() != c.bands || i.HasAlpha() != c.alpha || i.Space() != c.space || !i.IsBytes() {
			t.Errorf("%+v: got %d×%d pixels of %d bands, alpha: %v, %s, bytes: %v", c, i.Width(), i.Height(), i.Bands(), i.HasAlpha(), i.Space(), i.IsBytes())
		}
		if got, err := i.Pixels(); err != nil || !bytes.Equal(got, pixels) {
			t.Errorf("%+v: got the pixels %v, %v", c, got, err)
		}
	}
}

// Each kind of value reaches an operation, and each kind of result comes back.
func TestValues(t *testing.T) {
	_, scope := open(t)
	i, err := scope.FromPixels([]byte{10, 20, 30, 40, 50, 60}, 2, 1, 3)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		operation string
		args      vips.Args
		want      []byte
	}{
		{"extract_band", vips.Args{"in": i, "band": 1, "n": 1}, []byte{20, 50}},
		{"linear", vips.Args{"in": i, "a": []float64{2, 1, 1}, "b": []float64{0, 5, 0}, "uchar": true}, []byte{20, 25, 30, 80, 55, 60}},
		{"flip", vips.Args{"in": i, "direction": "horizontal"}, []byte{40, 50, 60, 10, 20, 30}},
		{"resize", vips.Args{"in": i, "scale": 2.0, "kernel": "nearest"}, []byte{10, 20, 30, 10, 20, 30, 40, 50, 60, 40, 50, 60, 10, 20, 30, 10, 20, 30, 40, 50, 60, 40, 50, 60}},
		{"arrayjoin", vips.Args{"in": []*vips.Image{i, i}, "across": 1}, []byte{10, 20, 30, 40, 50, 60, 10, 20, 30, 40, 50, 60}},
	} {
		out, err := scope.Image(c.operation, c.args)
		if err != nil {
			t.Errorf("%s: %v", c.operation, err)
			continue
		}
		if got, err := out.Pixels(); err != nil || !bytes.Equal(got, c.want) {
			t.Errorf("%s: got %v, %v; want %v", c.operation, got, err, c.want)
		}
	}
	point, err := scope.Run("getpoint", vips.Args{"in": i, "x": 1, "y": 0})
	if err != nil {
		t.Fatal(err)
	}
	defer point.Close()
	if got := point.Floats("out-array"); !slices.Equal(got, []float64{40, 50, 60}) {
		t.Errorf("the point is %v", got)
	}
	spot := make([]byte, 20*20)
	for at := range spot {
		if x, y := at%20, at/20; x >= 5 && x < 12 && y >= 3 && y < 13 {
			spot[at] = 200
		}
	}
	if i, err = scope.FromPixels(spot, 20, 20, 1); err != nil {
		t.Fatal(err)
	}
	edge, err := scope.Run("find_trim", vips.Args{"in": i, "background": []float64{0}})
	if err != nil {
		t.Fatal(err)
	}
	defer edge.Close()
	if got := []int{edge.Int("left"), edge.Int("top"), edge.Int("width"), edge.Int("height")}; !slices.Equal(got, []int{5, 3, 7, 10}) {
		t.Errorf("the spot is at %v", got)
	}
}

// A file that is lent is read as one that is copied.
func TestFiles(t *testing.T) {
	_, scope := open(t)
	file := imagetest.PNG(t, imagetest.Noise(20, 10, 5))
	var pixels [][]byte
	for _, value := range []any{file, vips.Lent(file)} {
		i, err := scope.Image("pngload_buffer", vips.Args{"buffer": value})
		if err != nil {
			t.Fatal(err)
		}
		p, err := i.Pixels()
		if err != nil {
			t.Fatal(err)
		}
		pixels = append(pixels, p)
		if out, err := scope.Bytes("pngsave_buffer", vips.Args{"in": i}); err != nil || imagetest.Difference(imagetest.Decode(t, out), imagetest.Noise(20, 10, 5)) != 0 {
			t.Errorf("written again: %v", err)
		}
	}
	if !bytes.Equal(pixels[0], pixels[1]) || len(pixels[0]) < 600 {
		t.Error("the two differ")
	}
}

func TestMetadata(t *testing.T) {
	_, scope := open(t)
	i, err := scope.FromPixels(make([]byte, 12), 2, 2, 3)
	if err == nil {
		i, err = i.Compute()
	}
	if err != nil {
		t.Fatal(err)
	}
	if i.Has("loop") || i.Int("loop", -7) != -7 || i.Ints("delay", 4) != nil && len(i.Ints("delay", 4)) != 0 {
		t.Error("there are fields that nobody set")
	}
	i.PutInt("loop", 3)
	i.PutInts("delay", []int{10, 20, 30})
	i.PutInts("none", nil)
	if !i.Has("loop") || i.Int("loop", -7) != 3 || !slices.Equal(i.Ints("delay", 4), []int{10, 20, 30}) || !slices.Equal(i.Ints("delay", 2), []int{10, 20}) || len(i.Ints("delay", 0)) != 0 || i.Has("none") {
		t.Errorf("got %d, %v", i.Int("loop", -7), i.Ints("delay", 4))
	}
	if i.Int("delay", -7) != -7 {
		t.Error("a list is one number")
	}
	i.Drop("loop")
	i.Drop("none")
	if i.Has("loop") {
		t.Error("a field that was removed is there")
	}
}

// What is wrong is an error that names the operation, and leaves everything usable.
func TestErrors(t *testing.T) {
	_, scope := open(t)
	i, err := scope.FromPixels(make([]byte, 12), 2, 2, 3)
	if err != nil {
		t.Fatal(err)
	}
	file := imagetest.PNG(t, imagetest.Noise(200, 100, 5))
	for _, c := range []struct {
		operation string
		args      vips.Args
		says      string
	}{
		{"enlarge", nil, `enlarge: `},
		{"flip", vips.Args{"in": i, "across": 1}, "flip: across: the operation has no such argument"},
		{"flip", vips.Args{"in": i, "direction": "sideways"}, "flip: direction: "},
		{"flip", vips.Args{"in": i, "direction": struct{}{}}, "flip: direction: a value of the type struct {}"},
		{"flip", vips.Args{"in": i}, "flip: "},
		{"extract_area", vips.Args{"input": i, "left": 5, "top": 5, "width": 5, "height": 5}, "extract_area: "},
		{"pngload_buffer", vips.Args{"buffer": []byte{}}, "pngload_buffer: "},
		{"pngload_buffer", vips.Args{"buffer": vips.Lent("no picture, but some text instead of it")}, "pngload_buffer: "},
		{"pngload_buffer", vips.Args{"buffer": file[:20]}, "pngload_buffer: "},
	} {
		if _, err := scope.Image(c.operation, c.args); err == nil || !strings.HasPrefix(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want %q", c.operation, err, c.says)
		}
	}
	half, err := scope.Image("pngload_buffer", vips.Args{"buffer": file[:len(file)/2], "fail_on": "error"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := half.Pixels(); err == nil {
		t.Error("half a file has pixels")
	}
	if _, err := half.Compute(); err == nil {
		t.Error("half a file can be computed")
	}
	if _, err := scope.Bytes("jpegsave_buffer", vips.Args{"in": half}); err == nil {
		t.Error("half a file can be written")
	}
	if _, err := i.Pixels(); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}
