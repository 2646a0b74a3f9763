package imagetest

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"image"
	"image/color"
	"image/color/palette"
	"image/gif"
	"math/rand/v2"
	"testing"
)

// Turned is a picture as a camera stores it that is held so that EXIF says orientation.
func Turned(p *image.NRGBA, orientation int) *image.NRGBA {
	w, h := p.Bounds().Dx(), p.Bounds().Dy()
	sw, sh := w, h
	if orientation >= 5 {
		sw, sh = h, w
	}
	return Paint(sw, sh, func(x, y int) color.NRGBA { // TIFF 6.0, Orientation
		switch orientation {
		case 2:
			x = w - 1 - x
		case 3:
			x, y = w-1-x, h-1-y
		case 4:
			y = h - 1 - y
		case 5:
			x, y = y, x
		case 6:
			x, y = w-1-y, x
		case 7:
			x, y = w-1-y, h-1-x
		case 8:
			x, y = y, h-1-x
		}
		return p.NRGBAAt(x, y)
	})
}

// Orientation is an EXIF block that says how a camera was held.
func Orientation(v int) []byte {
	b := []byte("Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00")
	b = append(b, 0x12, 0x01, 3, 0, 1, 0, 0, 0, byte(v), 0, 0, 0)
	return append(b, 0, 0, 0, 0)
}

// WithEXIF puts a block into a JPEG.
func WithEXIF(file, block []byte) []byte { return WithSegments(file, 0xe1, block) }

// WithSegments puts application segments of a kind into a JPEG.
func WithSegments(file []byte, kind byte, blocks ...[]byte) []byte {
	out := bytes.Clone(file[:2])
	for _, block := range blocks {
		out = append(out, 0xff, kind)
		out = binary.BigEndian.AppendUint16(out, uint16(len(block)+2))
		out = append(out, block...)
	}
	return append(out, file[2:]...)
}

// GIF is an animation whose frames are of 70 ms.
func GIF(t testing.TB, width, height, frames int) []byte {
	t.Helper()
	g := &gif.GIF{}
	for i := range frames {
		p := image.NewPaletted(image.Rect(0, 0, width, height), palette.WebSafe)
		for at := range p.Pix {
			p.Pix[at] = uint8((at + 31*i) % 200)
		}
		g.Image, g.Delay = append(g.Image, p), append(g.Delay, 7)
	}
	var file bytes.Buffer
	if err := gif.EncodeAll(&file, g); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// Noise is a picture that compresses badly; one seed, one picture.
func Noise(width, height int, seed uint64) *image.NRGBA {
	r := rand.New(rand.NewPCG(seed, seed))
	return Paint(width, height, func(int, int) color.NRGBA {
		v := r.Uint32()
		return color.NRGBA{uint8(v), uint8(v >> 8), uint8(v >> 16), 255}
	})
}

// cmykFile is a JPEG of 32×32 pixels for printers, with magenta and yellow in it.
const cmykFile = "" +
	"/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwAKBwcIBwYKCAgICwoKCw4YEA4NDQ4dFRYRGCMfJSQiHyIhJis3LyYpNCkhIjBBMTQ5Oz4+PiUuRElDPEg3PT47/8AAFAgAIAAgBE" +
	"MRAE0RAFkRAEsRAP/EABUAAQEAAAAAAAAAAAAAAAAAAAAH/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAA4EQwBNAFkASwAAPwCzJEjKxAAAAAAAAAAAAAAAAAAAAP/Z"

// CMYK is a file whose pixels are of four inks.
func CMYK(t testing.TB) []byte {
	t.Helper()
	file, err := base64.StdEncoding.DecodeString(cmykFile)
	if err != nil {
		t.Fatal(err)
	}
	return file
}
