package image

import (
	"fmt"
	"math"

	"hedge/vips"
)

// loaders are libvips' operations that read a format from memory. No other is ever called.
func loader(format string) string {
	switch format {
	case jpeg:
		return "jpegload_buffer"
	case png:
		return "pngload_buffer"
	case webp:
		return "webpload_buffer"
	case gif:
		return "gifload_buffer"
	default:
		return "heifload_buffer"
	}
}

// open reads a source's header, and makes ready to decode it.
func (c *canvas) open(s *Source) error {
	file := c.inputs[s.Input]
	var err error
	if c.format, err = sniff(file); err != nil {
		return err
	}
	// Half a picture would be stored, and shown, as if it were the whole.
	args := vips.Args{"buffer": vips.Lent(file), "access": "sequential", "fail_on": "error"}
	frames := min(max(s.Frames, 1), c.limits.Frames)
	moves := c.format == gif || c.format == webp
	if moves {
		args["n"] = 1
	}
	image, err := c.load(args)
	if err != nil {
		return err
	}
	if moves && frames > 1 {
		frames = min(frames, image.Int("n-pages", 1))
	} else {
		frames = 1
	}
	if c.turned = image.Int("orientation", 1); c.format == avif {
		c.turned = 1 // its own way to say so is applied by the decoder
	}
	c.streamed, c.profiled = true, true
	c.loop = image.Int("loop", 0)
	if frames == 1 {
		c.frames = []*vips.Image{image}
		if err := c.checkSize(image.Width(), image.Height()); err != nil {
			return err
		}
		return c.shrinkOnLoad(args, s.Steps)
	}
	return c.openFrames(args, image, frames)
}

func (c *canvas) load(args vips.Args) (*vips.Image, error) {
	image, err := c.scope.Image(loader(c.format), args)
	if err != nil {
		return nil, fmt.Errorf("the file begins as a %s, and cannot be read: %w", c.format, err)
	}
	return image, nil
}

// openFrames decodes an animation, of which first is the first frame.
func (c *canvas) openFrames(args vips.Args, first *vips.Image, n int) error {
	c.frames = make([]*vips.Image, n)
	if err := c.checkSize(first.Width(), first.Height()); err != nil {
		return err
	}
	args["n"] = n
	all, err := c.load(args)
	if err == nil {
		all, err = all.Compute()
	}
	if err != nil {
		return err
	}
	c.streamed = false
	c.delays = all.Ints("delay", n)
	height := all.Int("page-height", first.Height())
	for i := range c.frames {
		if c.frames[i], err = c.run("extract_area", all, vips.Args{"left": 0, "top": i * height, "width": all.Width(), "height": height}); err != nil {
			return err
		}
	}
	return nil
}

// shrinkOnLoad reads the picture in a smaller size, where the first step makes it small
// anyway and its format can do so: less than decoding it all, and no worse.
func (c *canvas) shrinkOnLoad(args vips.Args, steps []Step) error {
	if len(steps) == 0 || c.format != jpeg && c.format != webp {
		return nil
	}
	resize, ok := steps[0].do.(*Resize)
	if !ok {
		return nil
	}
	width, height := c.uprightSize()
	plan := resize.plan(width, height)
	shrink := 1 / max(plan.xScale, plan.yScale)
	switch {
	case shrink < 2, math.IsInf(shrink, 0):
		return nil
	case c.format == webp:
		args["scale"] = 1 / math.Floor(shrink)
	case shrink >= 8:
		args["shrink"] = 8
	case shrink >= 4:
		args["shrink"] = 4
	default:
		args["shrink"] = 2
	}
	image, err := c.load(args)
	if err == nil {
		c.frames[0], c.whole = image, &[2]int{width, height}
	}
	return err
}

// uprightSize is the size that the picture has once it stands upright.
func (c *canvas) uprightSize() (width, height int) {
	if c.turned >= 5 && c.turned <= 8 {
		return c.height(), c.width()
	}
	return c.width(), c.height()
}

// isRGB reports whether pixels have eight bits, and are red, green and blue, or gray.
func isRGB(i *vips.Image) bool {
	return (i.Space() == "srgb" || i.Space() == "b-w") && i.IsBytes()
}
