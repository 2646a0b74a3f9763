package image

import (
	"fmt"

	"hedge/vips"
)

// Overlay puts another picture onto this one.
type Overlay struct {
	Image Source `json:"image"`
	Anchor
	// Left and Top are where it goes, instead of Gravity; less than 0 counts from the right
	// and the bottom.
	Left    *int     `json:"left,omitempty"`
	Top     *int     `json:"top,omitempty"`
	Margin  int      `json:"margin,omitempty"`  // from the sides that gravity leads to, in pixels
	Opacity *float64 `json:"opacity,omitempty"` // from 0 to 1
	Blend   string   `json:"blend,omitempty"`   // as CSS's mix-blend-mode; "over" is the default
	Tile    bool     `json:"tile,omitempty"`    // again and again, all over
	Scale   float64  `json:"scale,omitempty"`   // its width, as a part of this picture's; 0 leaves it as it is
}

func (o *Overlay) check() error {
	if (o.Left == nil) != (o.Top == nil) {
		return fmt.Errorf("left and top belong together")
	}
	if o.Opacity != nil {
		if err := within("opacity", *o.Opacity, 0, 1); err != nil {
			return err
		}
	}
	for _, problem := range []error{
		within("scale", o.Scale, 0, 8), within("margin", float64(o.Margin), 0, maxSide), checkPosition(o.Left, o.Top),
		oneOf("blend", o.Blend, "over", "multiply", "screen", "overlay", "darken", "lighten", "colour-dodge", "colour-burn", "hard-light", "soft-light", "difference", "exclusion", "add", "atop", "in", "out", "dest-in", "dest-out"),
		o.Anchor.check(),
	} {
		if problem != nil {
			return problem
		}
	}
	if o.isLooking() || o.Focus != nil {
		return fmt.Errorf("gravity: something is put at a side, at a corner or in the center")
	}
	return nil
}

func checkPosition(left, top *int) error {
	for _, at := range []*int{left, top} {
		if at != nil {
			if err := within("a position", float64(*at), -maxSide, maxSide); err != nil {
				return err
			}
		}
	}
	return nil
}

// files checks the overlay's own pipeline.
func (o *Overlay) files(steps *int, inputs, depth int) error {
	return o.Image.check(inputs, steps, depth+1)
}

func (o *Overlay) apply(c *canvas) error {
	if err := c.prepare(); err != nil {
		return err
	}
	over := &canvas{lib: c.lib, scope: c.scope, limits: c.limits, inputs: c.inputs}
	source := o.Image
	if o.Scale > 0 {
		width := max(int(o.Scale*float64(c.width())), 1)
		source.Steps = append(source.Steps[:len(source.Steps):len(source.Steps)], NewStep("resize", &Resize{Width: width, Enlarge: true}))
	}
	err := over.take(&source)
	if err == nil {
		err = over.settle() // frames and later steps read it in any order
	}
	if err != nil {
		return fmt.Errorf("the overlay: %w", err)
	}
	return c.compose(over.frames[0], o)
}

// compose puts an image onto all frames, as an overlay has it.
func (c *canvas) compose(image *vips.Image, o *Overlay) error {
	image, err := c.inRGBA(image)
	if err != nil {
		return err
	}
	if o.Opacity != nil {
		factors := []float64{1, 1, 1, *o.Opacity}
		if image, err = c.run("linear", image, vips.Args{"a": factors, "b": []float64{0, 0, 0, 0}, "uchar": true}); err != nil {
			return err
		}
	}
	left, top := o.position(image.Width(), image.Height(), c.width(), c.height())
	if o.Tile {
		if image, err = c.tiled(image, o.Margin); err != nil {
			return err
		}
		left, top = 0, 0
	}
	blend := o.Blend
	if blend == "" {
		blend = "over"
	}
	return c.put(image, left, top, blend)
}

// put blends an image of four bands with all frames.
func (c *canvas) put(image *vips.Image, left, top int, blend string) error {
	return c.eachBy(func(frame *vips.Image) (*vips.Image, error) {
		opaque := !frame.HasAlpha()
		frame, err := c.inColors(frame)
		if err == nil {
			frame, err = c.scope.Image("composite2", vips.Args{
				"base": frame, "overlay": image, "mode": blend, "x": left, "y": top, "compositing_space": "srgb",
			})
		}
		if err == nil && opaque {
			frame, err = c.run("extract_band", frame, vips.Args{"band": 0, "n": 3})
		}
		if err != nil {
			return nil, err
		}
		return c.run("cast", frame, vips.Args{"format": "uchar"})
	})
}

// inRGBA gives an image four bands.
func (c *canvas) inRGBA(image *vips.Image) (*vips.Image, error) {
	image, err := c.inColors(image)
	if err != nil || image.HasAlpha() {
		return image, err
	}
	return c.run("bandjoin_const", image, vips.Args{"c": []float64{255}})
}

// inColors makes a gray image one of red, green and blue.
func (c *canvas) inColors(image *vips.Image) (*vips.Image, error) {
	if image.Bands() >= 3 {
		return image, nil
	}
	return c.run("colourspace", image, vips.Args{"space": "srgb"})
}

// position is where an overlay of a size goes.
func (o *Overlay) position(width, height, baseWidth, baseHeight int) (left, top int) {
	if o.Left != nil {
		left, top = *o.Left, *o.Top
		if left < 0 {
			left += baseWidth - width
		}
		if top < 0 {
			top += baseHeight - height
		}
		return left, top
	}
	left, top = o.place(width+2*o.Margin, height+2*o.Margin, baseWidth, baseHeight)
	return left + o.Margin, top + o.Margin
}

// tiled repeats an image, with space between, until it covers the canvas.
func (c *canvas) tiled(image *vips.Image, space int) (_ *vips.Image, err error) {
	if space > 0 {
		image, err = c.run("embed", image, vips.Args{"x": space, "y": space, "width": image.Width() + 2*space, "height": image.Height() + 2*space})
		if err != nil {
			return nil, err
		}
	}
	if image, err = image.Compute(); err != nil {
		return nil, err
	}
	across, down := c.width()/image.Width()+1, c.height()/image.Height()+1
	if image, err = c.run("replicate", image, vips.Args{"across": across, "down": down}); err != nil {
		return nil, err
	}
	return c.run("extract_area", image, vips.Args{"left": 0, "top": 0, "width": c.width(), "height": c.height()})
}
