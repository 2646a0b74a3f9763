package image

import (
	"fmt"
	"math"

	"hedge/vips"
)

// Resize makes the picture fit a box, as CSS's object-fit has the words: "cover" fills
// the box and cuts what is too much, "contain" puts all of the picture into it and fills
// the rest, "fill" distorts it, "inside" makes it as large as the box allows, and
// "outside" as small as it may be to reach the box's sides.
type Resize struct {
	Width  int     `json:"width,omitempty"`
	Height int     `json:"height,omitempty"` // one of the two may be missing: it follows from the other
	Fit    string  `json:"fit,omitempty"`    // "cover" is the default
	DPR    float64 `json:"dpr,omitempty"`    // pixels of the screen for each of width and height
	// Enlarge lets the picture become larger than it is. Otherwise "cover" and "contain"
	// have the box's proportions and no more pixels than there are.
	Enlarge    bool  `json:"enlarge,omitempty"`
	Background Color `json:"background,omitempty"` // of "contain": red, green, blue and perhaps how opaque; nothing by default
	Anchor           // what "cover" keeps, and where "contain" puts it
}

func (r *Resize) check() error {
	if r.Width == 0 && r.Height == 0 {
		return fmt.Errorf("it takes a width, a height, or both")
	}
	for _, problem := range []error{
		within("width", float64(r.Width), 0, maxSide), within("height", float64(r.Height), 0, maxSide),
		within("dpr", r.DPR, 0, 8), checkColor(r.Background), r.Anchor.check(),
		oneOf("fit", r.Fit, "cover", "contain", "fill", "inside", "outside"),
	} {
		if problem != nil {
			return problem
		}
	}
	return nil
}

// maxSide is the longest side that a format can hold.
const maxSide = 65535

// plan is what becomes of a picture of some size.
type plan struct {
	width, height  int     // after scaling
	xScale, yScale float64 // how the scaling gets there
	boxWidth       int     // of "cover" and "contain"; 0: none
	boxHeight      int
}

// plan computes what a picture of a size becomes.
func (r *Resize) plan(width, height int) plan {
	dpr := r.DPR
	if dpr == 0 {
		dpr = 1
	}
	boxWidth, boxHeight := float64(r.Width)*dpr, float64(r.Height)*dpr
	both := boxWidth > 0 && boxHeight > 0
	x, y := boxWidth/float64(width), boxHeight/float64(height)
	if x == 0 {
		x = y
	}
	if y == 0 {
		y = x
	}
	switch r.Fit {
	case "fill":
	case "contain", "inside":
		x = min(x, y)
		y = x
	default:
		x = max(x, y)
		y = x
	}
	if !r.Enlarge && max(x, y) > 1 {
		if r.Fit == "fill" {
			x, y = min(x, 1), min(y, 1)
		} else {
			boxWidth, boxHeight = boxWidth/x, boxHeight/x
			x, y = 1, 1
		}
	}
	p := plan{width: rounded(float64(width) * x), height: rounded(float64(height) * y), xScale: x, yScale: y}
	if both && (r.Fit == "" || r.Fit == "cover" || r.Fit == "contain") {
		p.boxWidth, p.boxHeight = rounded(boxWidth), rounded(boxHeight)
	}
	return p
}

func rounded(x float64) int { return max(int(math.Round(x)), 1) }

func (r *Resize) apply(c *canvas) error {
	width, height := c.uprightSize()
	p := r.plan(c.original(width, height))
	if err := c.checkSize(max(p.width, p.boxWidth), max(p.height, p.boxHeight)); err != nil {
		return err
	}
	if !isRGB(c.frames[0]) {
		if err := c.toSRGB(); err != nil {
			return err
		}
	}
	if err := c.scaleTo(p.width, p.height); err != nil {
		return err
	}
	if p.boxWidth == 0 {
		return nil
	}
	if err := c.prepare(); err != nil {
		return err
	}
	if r.Fit == "contain" {
		left, top := r.place(c.width(), c.height(), p.boxWidth, p.boxHeight)
		return c.embed(left, top, p.boxWidth, p.boxHeight, r.Background)
	}
	return c.cut(min(p.boxWidth, c.width()), min(p.boxHeight, c.height()), &r.Anchor)
}

// original is the size that the picture had before it was read in a smaller one.
func (c *canvas) original(width, height int) (int, int) {
	if c.whole != nil {
		whole := *c.whole
		c.whole = nil
		return whole[0], whole[1]
	}
	return width, height
}

// scaleTo makes the picture have a size, upright or not.
func (c *canvas) scaleTo(width, height int) error {
	if c.turned >= 5 && c.turned <= 8 {
		width, height = height, width
	}
	x, y := float64(width)/float64(c.width()), float64(height)/float64(c.height())
	if x == 1 && y == 1 {
		return nil
	}
	return c.premultiplied(func(frame *vips.Image) (*vips.Image, error) {
		return c.run("resize", frame, vips.Args{"scale": x, "vscale": y, "kernel": "lanczos3"})
	})
}
