package image

import (
	"fmt"

	"hedge/vips"
)

// Blur makes the picture blurred; Sigma is how far a pixel spreads, in pixels.
type Blur struct {
	Sigma float64 `json:"sigma"`
}

func (b *Blur) check() error { return within("sigma", b.Sigma, 0.3, 250) }

func (b *Blur) apply(c *canvas) error {
	if err := c.prepare(); err != nil {
		return err
	}
	return c.premultiplied(func(frame *vips.Image) (*vips.Image, error) {
		next, err := c.run("gaussblur", frame, vips.Args{"sigma": b.Sigma})
		if err != nil || frame.HasAlpha() {
			return next, err
		}
		return c.run("cast", next, vips.Args{"format": "uchar"})
	})
}

// Sharpen makes edges stand out; Sigma is how wide they are, and Amount how much.
type Sharpen struct {
	Sigma  float64 `json:"sigma,omitempty"`
	Amount float64 `json:"amount,omitempty"`
}

func (s *Sharpen) check() error {
	if s.Sigma != 0 {
		if err := within("sigma", s.Sigma, 0.3, 10); err != nil {
			return err
		}
	}
	return within("amount", s.Amount, 0, 20)
}

func (s *Sharpen) apply(c *canvas) error {
	sigma, amount := s.Sigma, s.Amount
	if sigma == 0 {
		sigma = 0.5
	}
	if amount == 0 {
		amount = 3
	}
	return c.onColors(func(frame *vips.Image) (*vips.Image, error) {
		next, err := c.run("sharpen", frame, vips.Args{"sigma": sigma, "m2": amount})
		if err != nil {
			return nil, err
		}
		if frame.Bands() < 3 {
			return c.run("colourspace", next, vips.Args{"space": "b-w"})
		}
		return c.run("colourspace", next, vips.Args{"space": "srgb"})
	})
}

// Modulate changes colours. Brightness is a factor of red, green and blue, as CSS's; how
// colourful a color is, and which one, change in CIE LCh, where the eye sees it as light as
// before. Saturation is a factor, and Hue an angle in degrees.
type Modulate struct {
	Brightness *float64 `json:"brightness,omitempty"`
	Saturation *float64 `json:"saturation,omitempty"`
	Hue        float64  `json:"hue,omitempty"`
}

func (m *Modulate) check() error {
	for _, v := range []struct {
		name   string
		factor *float64
	}{{"brightness", m.Brightness}, {"saturation", m.Saturation}} {
		if v.factor != nil {
			if err := within(v.name, *v.factor, 0, 100); err != nil {
				return err
			}
		}
	}
	return within("hue", m.Hue, -3600, 3600)
}

func (m *Modulate) apply(c *canvas) error {
	factor := func(v *float64) float64 {
		if v == nil {
			return 1
		}
		return *v
	}
	return c.onColors(func(frame *vips.Image) (next *vips.Image, err error) {
		space := frame.Space()
		next = frame
		if b := factor(m.Brightness); b != 1 {
			next, err = c.run("linear", next, vips.Args{"a": []float64{b}, "b": []float64{0}, "uchar": true})
		}
		if err != nil || m.Saturation == nil && m.Hue == 0 {
			return next, err
		}
		if next, err = c.run("colourspace", next, vips.Args{"space": "lch"}); err != nil { // light, colourful, and which colour
			return nil, err
		}
		next, err = c.run("linear", next, vips.Args{"a": []float64{1, factor(m.Saturation), 1}, "b": []float64{0, 0, m.Hue}})
		if err != nil {
			return nil, err
		}
		return c.run("colourspace", next, vips.Args{"space": space})
	})
}

// Contrast moves values away from the middle, by a factor.
type Contrast struct {
	Factor float64 `json:"factor"`
}

func (k *Contrast) check() error { return within("factor", k.Factor, 0, 100) }

func (k *Contrast) apply(c *canvas) error {
	return c.onColors(func(frame *vips.Image) (*vips.Image, error) {
		return c.run("linear", frame, vips.Args{"a": []float64{k.Factor}, "b": []float64{127.5 * (1 - k.Factor)}, "uchar": true})
	})
}

// Gamma raises values to the power of 1/Exponent: more than 1 makes the middle lighter.
type Gamma struct {
	Exponent float64 `json:"exponent"`
}

func (g *Gamma) check() error { return within("exponent", g.Exponent, 0.1, 10) }

func (g *Gamma) apply(c *canvas) error {
	return c.onColors(func(frame *vips.Image) (*vips.Image, error) {
		return c.run("gamma", frame, vips.Args{"exponent": g.Exponent})
	})
}

// Grayscale takes the colours away.
type Grayscale struct{}

func (*Grayscale) check() error { return nil }

func (*Grayscale) apply(c *canvas) error {
	return c.onColors(func(frame *vips.Image) (*vips.Image, error) {
		return c.run("colourspace", frame, vips.Args{"space": "b-w"})
	})
}

// Negate turns light to dark, and colours to their opposites.
type Negate struct{}

func (*Negate) check() error { return nil }

func (*Negate) apply(c *canvas) error {
	return c.onColors(func(frame *vips.Image) (*vips.Image, error) { return c.run("invert", frame, nil) })
}

// Background puts a color behind what is transparent.
type Background struct {
	Color Color `json:"color"`
}

func (b *Background) check() error {
	if len(b.Color) != 3 {
		return fmt.Errorf("the color has red, green and blue, from 0 to 255")
	}
	return nil
}

func (b *Background) apply(c *canvas) error {
	if err := c.prepare(); err != nil {
		return err
	}
	return c.flatten(b.Color)
}

func (c *canvas) flatten(color []uint8) error {
	if !c.frames[0].HasAlpha() {
		return nil
	}
	return c.eachBy(func(frame *vips.Image) (*vips.Image, error) {
		behind := inBands(color, frame)
		return c.run("flatten", frame, vips.Args{"background": behind[:len(behind)-1]})
	})
}

// Pixelate makes squares of one color; Size is that of a side, in pixels.
type Pixelate struct {
	Size int `json:"size"`
}

func (p *Pixelate) check() error { return within("size", float64(p.Size), 2, 1024) }

func (p *Pixelate) apply(c *canvas) error {
	if err := c.prepare(); err != nil {
		return err
	}
	width, height := c.width(), c.height()
	wide, high := (width+p.Size-1)/p.Size*p.Size, (height+p.Size-1)/p.Size*p.Size // whole squares
	return c.premultiplied(func(frame *vips.Image) (*vips.Image, error) {
		whole, err := c.run("embed", frame, vips.Args{"x": 0, "y": 0, "width": wide, "height": high, "extend": "copy"})
		if err != nil {
			return nil, err
		}
		small, err := c.run("shrink", whole, vips.Args{"hshrink": float64(p.Size), "vshrink": float64(p.Size)})
		if err != nil {
			return nil, err
		}
		large, err := c.run("zoom", small, vips.Args{"xfac": p.Size, "yfac": p.Size})
		if err != nil {
			return nil, err
		}
		return c.run("extract_area", large, vips.Args{"left": 0, "top": 0, "width": width, "height": height})
	})
}
