package image

import (
	"fmt"

	"hedge/vips"
)

// canvas is a picture on its way through the steps, in the worker. A picture that moves
// has several frames of one size, and each step does the same to all.
type canvas struct {
	lib    *vips.Library
	scope  *vips.Scope
	limits Limits
	inputs [][]byte

	frames   []*vips.Image
	delays   []int // of frames, in milliseconds; as many as frames, or none
	loop     int   // how often an animation is played; 0 is for ever
	format   string
	streamed bool // pixels can be read once, from top to bottom
	turned   int  // EXIF's orientation, which is still to be applied; 0 and 1 are upright
	profiled bool // colours are still those of a profile of its own
	// whole is the size that the picture has in its file, upright, if it was read in a
	// smaller one.
	whole *[2]int
	// outputOpaque says that the format to come knows nothing transparent.
	outputOpaque bool
}

func (c *canvas) width() int  { return c.frames[0].Width() }
func (c *canvas) height() int { return c.frames[0].Height() }

// each has an operation take each frame to another.
func (c *canvas) each(operation string, args vips.Args) error {
	return c.eachBy(func(frame *vips.Image) (*vips.Image, error) { return c.run(operation, frame, args) })
}

func (c *canvas) eachBy(do func(*vips.Image) (*vips.Image, error)) error {
	for i, frame := range c.frames {
		next, err := do(frame)
		if err != nil {
			return err
		}
		c.frames[i] = next
	}
	return c.checkSize(c.width(), c.height())
}

// run is an operation on one image, which is its "in" or "input".
func (c *canvas) run(operation string, in *vips.Image, args vips.Args) (*vips.Image, error) {
	all := vips.Args{inputName(operation): in}
	for name, value := range args {
		all[name] = value
	}
	return c.scope.Image(operation, all)
}

// inputName is what libvips calls the argument that the image is.
func inputName(operation string) string {
	switch operation {
	case "extract_area", "smartcrop", "zoom":
		return "input"
	}
	return "in"
}

// checkSize sees to it that a picture is no larger than it may be, before it is made.
func (c *canvas) checkSize(width, height int) error {
	if width < 1 || height < 1 {
		return fmt.Errorf("nothing is left of the picture: it would have %d×%d pixels", width, height)
	}
	if width*height*max(len(c.frames), 1) > c.limits.Pixels {
		return fmt.Errorf("a picture of %d×%d pixels and %d frame(s) has more than the %d megapixels that are allowed", width, height, max(len(c.frames), 1), c.limits.Pixels/1e6)
	}
	return nil
}

// settle computes the pixels, so that they can be read in any order and many times.
func (c *canvas) settle() error {
	if !c.streamed {
		return nil
	}
	c.streamed = false
	return c.eachBy(func(frame *vips.Image) (*vips.Image, error) { return frame.Compute() })
}

// prepare makes the picture what a step expects: upright, in sRGB, and there.
func (c *canvas) prepare() error {
	if err := c.upright(); err != nil {
		return err
	}
	if err := c.toSRGB(); err != nil {
		return err
	}
	return c.settle()
}

// upright turns the picture as EXIF says that the camera was held.
func (c *canvas) upright() error {
	turned := c.turned
	c.turned = 0
	if turned <= 1 || turned > 8 {
		return nil
	}
	if err := c.settle(); err != nil {
		return err
	}
	if turned == 2 || turned == 4 || turned == 5 || turned == 7 { // mirrored first
		if err := c.each("flip", vips.Args{"direction": "horizontal"}); err != nil {
			return err
		}
	}
	angle := map[int]string{3: "d180", 4: "d180", 5: "d270", 6: "d90", 7: "d90", 8: "d270"}[turned]
	if angle == "" {
		return nil
	}
	return c.each("rot", vips.Args{"angle": angle})
}

// toSRGB makes the colours those that all screens know.
func (c *canvas) toSRGB() error {
	if !c.profiled {
		return nil
	}
	c.profiled = false
	return c.eachBy(func(frame *vips.Image) (*vips.Image, error) {
		if frame.Has("icc-profile-data") && c.lib.Has("icc_transform") {
			next, err := c.run("icc_transform", frame, vips.Args{"output_profile": "srgb", "embedded": true, "intent": "perceptual", "depth": 8})
			if err == nil {
				return next, nil
			} // a profile that makes no sense is none
		}
		return c.run("colourspace", frame, vips.Args{"space": "srgb"})
	})
}

// withAlpha gives the picture a band that says how opaque its pixels are.
func (c *canvas) withAlpha() error {
	if c.frames[0].HasAlpha() {
		return nil
	}
	return c.each("bandjoin_const", vips.Args{"c": []float64{255}})
}

// onColors has do change the colours of each frame, and not how opaque they are.
func (c *canvas) onColors(do func(*vips.Image) (*vips.Image, error)) error {
	if err := c.prepare(); err != nil {
		return err
	}
	return c.eachBy(func(frame *vips.Image) (*vips.Image, error) {
		if !frame.HasAlpha() {
			next, err := do(frame)
			if err != nil {
				return nil, err
			}
			return c.run("cast", next, vips.Args{"format": "uchar"})
		}
		bands := frame.Bands() - 1
		colors, err := c.run("extract_band", frame, vips.Args{"band": 0, "n": bands})
		if err != nil {
			return nil, err
		}
		alpha, err := c.run("extract_band", frame, vips.Args{"band": bands, "n": 1})
		if err != nil {
			return nil, err
		}
		if colors, err = do(colors); err != nil {
			return nil, err
		}
		if colors, err = c.run("cast", colors, vips.Args{"format": "uchar"}); err != nil {
			return nil, err
		}
		return c.scope.Image("bandjoin", vips.Args{"in": []*vips.Image{colors, alpha}})
	})
}

// premultiplied has do mix pixels with their neighbours, where those that do not show
// must not shine through.
func (c *canvas) premultiplied(do func(*vips.Image) (*vips.Image, error)) error {
	return c.eachBy(func(frame *vips.Image) (*vips.Image, error) {
		if !frame.HasAlpha() {
			return do(frame)
		}
		next, err := c.run("premultiply", frame, nil)
		if err != nil {
			return nil, err
		}
		if next, err = do(next); err != nil {
			return nil, err
		}
		if next, err = c.run("unpremultiply", next, nil); err != nil {
			return nil, err
		}
		return c.run("cast", next, vips.Args{"format": "uchar"})
	})
}
