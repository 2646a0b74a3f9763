package imagetest

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math"
	"testing"

	"golang.org/x/image/webp"
)

// Paint makes a picture whose pixels are what at says.
func Paint(width, height int, at func(x, y int) color.NRGBA) *image.NRGBA {
	p := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			p.SetNRGBA(x, y, at(x, y))
		}
	}
	return p
}

// Red is the color of the first of the quarters.
func Red() color.NRGBA { return color.NRGBA{R: 220, G: 30, B: 30, A: 255} }

// Green is that of the second.
func Green() color.NRGBA { return color.NRGBA{R: 30, G: 200, B: 40, A: 255} }

// Blue is that of the third.
func Blue() color.NRGBA { return color.NRGBA{R: 30, G: 40, B: 210, A: 255} }

// Yellow is that of the fourth.
func Yellow() color.NRGBA { return color.NRGBA{R: 230, G: 220, B: 40, A: 255} }

// Quarter is the color of a picture that is red, green, blue and yellow in its quarters,
// from the upper left on; x and y are parts of its sides.
func Quarter(x, y float64) color.NRGBA {
	switch {
	case x < 0.5 && y < 0.5:
		return Red()
	case y < 0.5:
		return Green()
	case x < 0.5:
		return Blue()
	}
	return Yellow()
}

// Quarters is that picture.
func Quarters(width, height int) *image.NRGBA {
	return Paint(width, height, func(x, y int) color.NRGBA {
		return Quarter((float64(x)+0.5)/float64(width), (float64(y)+0.5)/float64(height))
	})
}

// PNG is a picture as a file.
func PNG(t testing.TB, p image.Image) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := png.Encode(&file, p); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// JPEG is a picture as a file, of a high quality.
func JPEG(t testing.TB, p image.Image) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := jpeg.Encode(&file, p, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// Decode reads a file with Go's own decoders; an animation's first frame.
func Decode(t testing.TB, file []byte) image.Image {
	t.Helper()
	for _, decode := range []func(*bytes.Reader) (image.Image, error){
		func(r *bytes.Reader) (image.Image, error) { return png.Decode(r) },
		func(r *bytes.Reader) (image.Image, error) { return jpeg.Decode(r) },
		func(r *bytes.Reader) (image.Image, error) { return webp.Decode(r) },
		func(r *bytes.Reader) (image.Image, error) { return gif.Decode(r) },
	} {
		if p, err := decode(bytes.NewReader(file)); err == nil {
			return p
		}
	}
	t.Fatalf("no decoder of Go's reads the file of %d bytes, which begins with %q", len(file), file[:min(len(file), 16)])
	return nil
}

// Difference is how far two pictures of one size are apart: the mean over all pixels of
// the largest difference among their four values, from 0 to 255. What is not seen has no
// color. Pictures of two sizes are 255 apart.
func Difference(a, b image.Image) float64 {
	if a.Bounds().Size() != b.Bounds().Size() {
		return 255
	}
	sum := 0.0
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			p, q := at(a, x, y), at(b, x, y)
			most := 0.0
			for i := range p {
				most = max(most, math.Abs(p[i]-q[i]))
			}
			sum += most
		}
	}
	return sum / float64(a.Bounds().Dx()*a.Bounds().Dy())
}

// at are the values of a pixel, colours as far as they are seen.
func at(p image.Image, x, y int) [4]float64 {
	r, g, b, a := p.At(p.Bounds().Min.X+x, p.Bounds().Min.Y+y).RGBA()
	return [4]float64{float64(r) / 257, float64(g) / 257, float64(b) / 257, float64(a) / 257}
}
