package image

import (
	"fmt"
	"strings"

	"hedge/vips"
)

// Text writes text onto the picture. It is shaped and drawn by Go code, so that no font
// and no configuration of the machine has a part in it.
type Text struct {
	Text string `json:"text"`
	// Font is the input that is the font, a TrueType or OpenType file; nil is Go's own
	// sans serif, or with Bold its bold face.
	Font       *int    `json:"font,omitempty"`
	Bold       bool    `json:"bold,omitempty"`
	Size       float64 `json:"size,omitempty"`  // of the font, in pixels; 32 by default
	Color      Color   `json:"color,omitempty"` // black by default
	Align      string  `json:"align,omitempty"`
	Width      int     `json:"width,omitempty"` // where lines end, in pixels; 0 is the picture's, less the margins
	LineHeight float64 `json:"lineHeight,omitempty"`
	Shadow     *Shadow `json:"shadow,omitempty"`
	Anchor
	Left   *int `json:"left,omitempty"`
	Top    *int `json:"top,omitempty"`
	Margin int  `json:"margin,omitempty"`
}

// Shadow is what text throws onto the picture.
type Shadow struct {
	Color Color   `json:"color,omitempty"` // black by default
	X     int     `json:"x,omitempty"`
	Y     int     `json:"y,omitempty"`
	Blur  float64 `json:"blur,omitempty"` // as Blur's Sigma
}

// maxText bounds text, in bytes.
const maxText = 4096

func (t *Text) check() error {
	if strings.TrimSpace(t.Text) == "" || len(t.Text) > maxText {
		return fmt.Errorf("text: it has 1 to %d bytes, and not only spaces", maxText)
	}
	if (t.Left == nil) != (t.Top == nil) {
		return fmt.Errorf("left and top belong together")
	}
	for _, problem := range []error{
		within("size", t.Size, 0, 1000), within("width", float64(t.Width), 0, maxSide), within("lineHeight", t.LineHeight, 0, 10),
		within("margin", float64(t.Margin), 0, maxSide), oneOf("align", t.Align, "left", "center", "right"),
		checkColor(t.Color), checkPosition(t.Left, t.Top), t.Anchor.check(), t.Shadow.check(),
	} {
		if problem != nil {
			return problem
		}
	}
	if t.isLooking() || t.Focus != nil {
		return fmt.Errorf("gravity: something is put at a side, at a corner or in the center")
	}
	return nil
}

func (s *Shadow) check() error {
	if s == nil {
		return nil
	}
	for _, problem := range []error{
		within("shadow: x", float64(s.X), -1000, 1000), within("shadow: y", float64(s.Y), -1000, 1000),
		within("shadow: blur", s.Blur, 0, 100), checkColor(s.Color),
	} {
		if problem != nil {
			return problem
		}
	}
	return nil
}

// files checks that the font is there.
func (t *Text) files(_ *int, inputs, _ int) error {
	if t.Font != nil && (*t.Font < 0 || *t.Font >= inputs) {
		return fmt.Errorf("font: there is no file number %d", *t.Font)
	}
	return nil
}

func (t *Text) apply(c *canvas) error {
	if err := c.prepare(); err != nil {
		return err
	}
	face, err := t.face(c.inputs)
	if err != nil {
		return err
	}
	width := t.Width
	if width == 0 {
		width = max(c.width()-2*t.Margin, 1)
	}
	size := t.Size
	if size == 0 {
		size = 32
	}
	mask, err := drawText(face, t.Text, textStyle{size: size, width: min(width, c.width()), most: c.height(), align: t.Align, lineHeight: t.LineHeight})
	if err != nil {
		return err
	}
	place := &Overlay{Anchor: t.Anchor, Left: t.Left, Top: t.Top, Margin: t.Margin}
	left, top := place.position(mask.width, mask.height, c.width(), c.height())
	if s := t.Shadow; s != nil {
		if err := c.stamp(mask, left+s.X, top+s.Y, s.Color, s.Blur); err != nil {
			return err
		}
	}
	return c.stamp(mask, left, top, t.Color, 0)
}

// stamp puts a color onto the picture where a mask has it.
func (c *canvas) stamp(m *mask, left, top int, color []uint8, blur float64) error {
	alpha, err := c.scope.FromPixels(m.alpha, m.width, m.height, 1)
	if err != nil {
		return err
	}
	if blur >= 0.3 {
		room := int(3 * blur)
		left, top = left-room, top-room
		if alpha, err = c.run("embed", alpha, vips.Args{"x": room, "y": room, "width": m.width + 2*room, "height": m.height + 2*room}); err == nil {
			alpha, err = c.run("gaussblur", alpha, vips.Args{"sigma": blur})
		}
		if err != nil {
			return err
		}
	}
	rgba := [4]float64{0, 0, 0, 255}
	for i, v := range color {
		rgba[i] = float64(v)
	}
	if alpha, err = c.run("linear", alpha, vips.Args{"a": []float64{rgba[3] / 255}, "b": []float64{0}, "uchar": true}); err != nil {
		return err
	}
	// A picture of one color has that of a copy of the mask in each band.
	flat, err := c.run("linear", alpha, vips.Args{"a": []float64{0, 0, 0}, "b": rgba[:3], "uchar": true})
	if err != nil {
		return err
	}
	if flat, err = c.run("copy", flat, vips.Args{"interpretation": "srgb"}); err != nil {
		return err
	}
	image, err := c.scope.Image("bandjoin", vips.Args{"in": []*vips.Image{flat, alpha}})
	if err != nil {
		return err
	}
	return c.put(image, left, top, "over")
}
