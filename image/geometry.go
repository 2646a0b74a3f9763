package image

import (
	"fmt"
	"math"

	"hedge/vips"
)

// Crop keeps a part of the picture: a box, if Left and Top are given, or one of a size.
type Crop struct {
	Left   *int `json:"left,omitempty"`
	Top    *int `json:"top,omitempty"`
	Width  int  `json:"width"`
	Height int  `json:"height"`
	Anchor
}

func (p *Crop) check() error {
	if (p.Left == nil) != (p.Top == nil) {
		return fmt.Errorf("left and top belong together")
	}
	if p.Left != nil && (*p.Left < 0 || *p.Top < 0) {
		return fmt.Errorf("the box begins outside of the picture, at %d,%d", *p.Left, *p.Top)
	}
	if err := within("width", float64(p.Width), 1, maxSide); err != nil {
		return err
	}
	if err := within("height", float64(p.Height), 1, maxSide); err != nil {
		return err
	}
	return p.Anchor.check()
}

func (p *Crop) apply(c *canvas) error {
	if err := c.prepare(); err != nil {
		return err
	}
	if p.Left == nil {
		return c.cut(min(p.Width, c.width()), min(p.Height, c.height()), &p.Anchor)
	}
	if *p.Left >= c.width() || *p.Top >= c.height() {
		return fmt.Errorf("the box begins at %d,%d, and the picture has %d×%d pixels", *p.Left, *p.Top, c.width(), c.height())
	}
	return c.extract(*p.Left, *p.Top, min(p.Width, c.width()-*p.Left), min(p.Height, c.height()-*p.Top))
}

// Extend adds space around the picture, in pixels.
type Extend struct {
	Top        int   `json:"top,omitempty"`
	Right      int   `json:"right,omitempty"`
	Bottom     int   `json:"bottom,omitempty"`
	Left       int   `json:"left,omitempty"`
	Background Color `json:"background,omitempty"`
}

func (e *Extend) check() error {
	for _, side := range []int{e.Top, e.Right, e.Bottom, e.Left} {
		if err := within("a side", float64(side), 0, maxSide); err != nil {
			return err
		}
	}
	return checkColor(e.Background)
}

func (e *Extend) apply(c *canvas) error {
	if err := c.prepare(); err != nil {
		return err
	}
	width, height := c.width()+e.Left+e.Right, c.height()+e.Top+e.Bottom
	if err := c.checkSize(width, height); err != nil {
		return err
	}
	return c.embed(e.Left, e.Top, width, height, e.Background)
}

// Trim cuts off a border of one color, that of the pixel in the corner. Threshold is how
// much a color may differ from it.
type Trim struct {
	Threshold float64 `json:"threshold,omitempty"`
}

func (t *Trim) check() error { return within("threshold", t.Threshold, 0, 255) }

func (t *Trim) apply(c *canvas) error {
	if err := c.prepare(); err != nil {
		return err
	}
	r, err := c.scope.Run("getpoint", vips.Args{"in": c.frames[0], "x": 0, "y": 0})
	if err != nil {
		return err
	}
	corner := r.Floats("out-array")
	r.Close()
	threshold := t.Threshold
	if threshold == 0 {
		threshold = 10
	}
	first := c.frames[0]
	if first.HasAlpha() { // what does not show is border, whatever its color
		if first, err = c.run("flatten", first, vips.Args{"background": corner[:len(corner)-1]}); err != nil {
			return err
		}
		corner = corner[:len(corner)-1]
	}
	found, err := c.scope.Run("find_trim", vips.Args{"in": first, "threshold": threshold, "background": corner})
	if err != nil {
		return err
	}
	defer found.Close()
	width, height := found.Int("width"), found.Int("height")
	if width == 0 || height == 0 {
		return nil // all of it is border
	}
	return c.extract(found.Int("left"), found.Int("top"), width, height)
}

// Rotate turns the picture clockwise, by an angle in degrees. Corners that come up are
// filled with the background.
type Rotate struct {
	Angle      float64 `json:"angle,omitempty"`
	Background Color   `json:"background,omitempty"`
}

func (r *Rotate) check() error {
	if err := within("angle", r.Angle, -3600, 3600); err != nil {
		return err
	}
	return checkColor(r.Background)
}

func (r *Rotate) apply(c *canvas) error {
	if err := c.prepare(); err != nil {
		return err
	}
	angle := math.Mod(math.Mod(r.Angle, 360)+360, 360)
	switch angle {
	case 0:
		return nil
	case 90, 180, 270:
		return c.each("rot", vips.Args{"angle": fmt.Sprintf("d%d", int(angle))})
	}
	sin, cos := math.Sincos(angle * math.Pi / 180)
	w, h := float64(c.width()), float64(c.height())
	if err := c.checkSize(int(math.Abs(w*cos)+math.Abs(h*sin))+2, int(math.Abs(w*sin)+math.Abs(h*cos))+2); err != nil {
		return err
	}
	if len(r.Background) != 3 {
		if err := c.withAlpha(); err != nil {
			return err
		}
	}
	return c.eachBy(func(frame *vips.Image) (*vips.Image, error) {
		return c.run("rotate", frame, vips.Args{"angle": angle, "background": inBands(r.Background, frame)})
	})
}

// Flip mirrors the picture: "horizontal", which is the default, or "vertical".
type Flip struct {
	Direction string `json:"direction,omitempty"`
}

func (f *Flip) check() error { return oneOf("direction", f.Direction, "horizontal", "vertical") }

func (f *Flip) apply(c *canvas) error {
	if err := c.prepare(); err != nil {
		return err
	}
	direction := f.Direction
	if direction == "" {
		direction = "horizontal"
	}
	return c.each("flip", vips.Args{"direction": direction})
}
