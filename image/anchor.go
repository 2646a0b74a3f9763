package image

import (
	"fmt"
	"math"

	"hedge/vips"
)

// Anchor says which part of a picture is kept, or where something is put.
type Anchor struct {
	// Gravity is "center", a side or a corner by the points of the compass, or what draws
	// the eye: "attention", or "entropy", where most is to be seen.
	Gravity string `json:"gravity,omitempty"`
	// Focus is the point that is to stay, as parts of the width and the height. It comes
	// before Gravity.
	Focus *[2]float64 `json:"focus,omitempty"`
}

func (a *Anchor) check() error {
	if a.Focus != nil {
		for _, part := range a.Focus {
			if err := within("focus", part, 0, 1); err != nil {
				return err
			}
		}
	}
	return oneOf("gravity", a.Gravity, "center", "north", "northeast", "east", "southeast", "south", "southwest", "west", "northwest", "attention", "entropy")
}

// isLooking reports whether the picture itself says what is kept.
func (a *Anchor) isLooking() bool {
	return a.Focus == nil && (a.Gravity == "attention" || a.Gravity == "entropy")
}

// place returns where something of a size is in a box, or the box in it: one of the two
// is the larger.
func (a *Anchor) place(width, height, boxWidth, boxHeight int) (left, top int) {
	x, y := 0.5, 0.5
	switch a.Gravity {
	case "north", "northeast", "northwest":
		y = 0
	case "south", "southeast", "southwest":
		y = 1
	}
	switch a.Gravity {
	case "west", "northwest", "southwest":
		x = 0
	case "east", "northeast", "southeast":
		x = 1
	}
	return int(math.Floor(float64(boxWidth-width) * x)), int(math.Floor(float64(boxHeight-height) * y))
}

// window returns where a part of the picture begins that has the point in its midst, as
// far as the sides allow.
func window(focus *[2]float64, width, height, partWidth, partHeight int) (left, top int) {
	left = int(math.Round(focus[0]*float64(width) - float64(partWidth)/2))
	top = int(math.Round(focus[1]*float64(height) - float64(partHeight)/2))
	return min(max(left, 0), width-partWidth), min(max(top, 0), height-partHeight)
}

// cut keeps a part of a size.
func (c *canvas) cut(width, height int, a *Anchor) error {
	if width == c.width() && height == c.height() {
		return nil
	}
	var left, top int
	switch {
	case a.isLooking():
		var err error
		if left, top, err = c.interesting(width, height, a.Gravity); err != nil {
			return err
		}
	case a.Focus != nil:
		left, top = window(a.Focus, c.width(), c.height(), width, height)
	default:
		left, top = a.place(width, height, c.width(), c.height())
		left, top = -left, -top
		left, top = abs(left), abs(top)
	}
	return c.extract(left, top, width, height)
}

func abs(x int) int { return max(x, -x) }

// extract keeps a rectangle.
func (c *canvas) extract(left, top, width, height int) error {
	return c.each("extract_area", vips.Args{"left": left, "top": top, "width": width, "height": height})
}

// interesting finds the part of a size that draws the eye, in the first frame.
func (c *canvas) interesting(width, height int, how string) (left, top int, err error) {
	if err := c.settle(); err != nil {
		return 0, 0, err
	}
	r, err := c.scope.Run("smartcrop", vips.Args{"input": c.frames[0], "width": width, "height": height, "interesting": how})
	if err != nil {
		return 0, 0, err
	}
	defer r.Close()
	part, err := r.Image("out")
	if err != nil {
		return 0, 0, err
	}
	// libvips says where a part was taken from by the part's offset, against its sense.
	return -part.Int("xoffset", 0), -part.Int("yoffset", 0), nil
}

// embed puts the picture into a larger one.
func (c *canvas) embed(left, top, width, height int, color []uint8) error {
	if len(color) == 0 && c.outputOpaque {
		color = []uint8{255, 255, 255}
	}
	if len(color) == 0 || len(color) == 4 {
		if err := c.withAlpha(); err != nil {
			return err
		}
	}
	return c.eachBy(func(frame *vips.Image) (*vips.Image, error) {
		return c.run("embed", frame, vips.Args{
			"x": left, "y": top, "width": width, "height": height, "extend": "background", "background": inBands(color, frame),
		})
	})
}

// inBands is a color as the bands of an image have it.
func inBands(color []uint8, image *vips.Image) []float64 {
	rgba := [4]float64{0, 0, 0, 0}
	for i, v := range color {
		rgba[i] = float64(v)
	}
	if len(color) == 3 {
		rgba[3] = 255
	}
	bands := image.Bands()
	if bands <= 2 { // gray
		return []float64{rgba[0]*0.2126 + rgba[1]*0.7152 + rgba[2]*0.0722, rgba[3]}[:bands]
	}
	return rgba[:bands]
}

func checkColor(color []uint8) error {
	if n := len(color); n != 0 && n != 3 && n != 4 {
		return fmt.Errorf("a color has three values, or a fourth for how opaque it is, and not %d", n)
	}
	return nil
}
