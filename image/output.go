package image

import (
	"fmt"
	"slices"

	"hedge/vips"
)

// Output is what is to come out of a job: a file, or what Ask wants to know.
type Output struct {
	Format string `json:"format,omitempty"` // one of those that are read, or "auto"; "" is the format of the source
	// Accepts are the formats that the client names, for "auto", which takes the first of
	// AVIF and WebP among them, and else what all clients know.
	Accepts     []string `json:"accepts,omitempty"`
	Quality     int      `json:"quality,omitempty"`     // from 1 to 100; 0 is the format's default
	Lossless    bool     `json:"lossless,omitempty"`    // WebP and AVIF
	Effort      *int     `json:"effort,omitempty"`      // from 0, fast, to 9, small
	Progressive bool     `json:"progressive,omitempty"` // JPEG and PNG
	MaxBytes    int      `json:"maxBytes,omitempty"`    // the quality goes down until the file is no larger
	Metadata    string   `json:"metadata,omitempty"`    // "strip", which is the default, or "keep"
	// Ask is "metadata", "blurhash" or "color", whose answer is JSON.
	Ask        string  `json:"ask,omitempty"`
	Components *[2]int `json:"components,omitempty"` // of the blurhash, across and down, from 1 to 9
}

func (o *Output) check() error {
	if o.Effort != nil {
		if err := within("effort", float64(*o.Effort), 0, 9); err != nil {
			return err
		}
	}
	if o.Components != nil {
		for _, n := range o.Components {
			if err := within("components", float64(n), 1, 9); err != nil {
				return err
			}
		}
	}
	for _, problem := range []error{
		oneOf("format", o.Format, jpeg, png, webp, gif, avif, "auto"), within("quality", float64(o.Quality), 0, 100),
		within("maxBytes", float64(o.MaxBytes), 0, 1<<30), oneOf("metadata", o.Metadata, "strip", "keep"),
		oneOf("ask", o.Ask, askMetadata, askBlurhash, askColor),
	} {
		if problem != nil {
			return problem
		}
	}
	return nil
}

// choose settles the format, once it is known what the picture needs.
func (o *Output) choose(c *canvas) string {
	moves, format := len(c.frames) > 1, o.Format
	if format == "auto" {
		format = ""
		for _, f := range []string{avif, webp} {
			if slices.Contains(o.Accepts, f) && !(moves && f == avif) && format == "" && c.canWrite(f) {
				format = f
			}
		}
	}
	switch {
	case format != "":
		return format
	case o.Format == "" && (c.format != avif || c.canWrite(avif)):
		return c.format
	case moves:
		return gif
	case c.frames[0].HasAlpha():
		return png
	}
	return jpeg
}

func (c *canvas) canWrite(format string) bool { return c.lib.Has(saver(format)) }

func saver(format string) string {
	if format == avif {
		return "heifsave_buffer"
	}
	return format + "save_buffer"
}

// MediaType is that of a format.
func MediaType(format string) string { return "image/" + format }

// save makes the file.
func (c *canvas) save(o *Output) (*Result, error) {
	if err := c.upright(); err != nil {
		return nil, err
	}
	if err := c.toSRGB(); err != nil {
		return nil, err
	}
	format := o.choose(c)
	if !c.canWrite(format) {
		return nil, fmt.Errorf("this libvips cannot write %s: see `hedge doctor`", format)
	}
	if format == jpeg {
		if err := c.flatten([]uint8{255, 255, 255}); err != nil {
			return nil, err
		}
	}
	image, err := c.joined(format)
	if err != nil {
		return nil, err
	}
	quality := o.Quality
	if quality == 0 {
		quality = map[string]int{jpeg: 80, webp: 80, avif: 50}[format]
	}
	if o.MaxBytes > 0 {
		if image, err = image.Compute(); err != nil { // it is read several times
			return nil, err
		}
	}
	if o.Metadata == "keep" {
		if image, err = c.run("copy", image, nil); err != nil {
			return nil, err
		}
		image.Drop("orientation") // it stands upright
		image.Drop("exif-ifd0-Orientation")
	}
	file, err := c.encode(image, format, quality, o)
	if err != nil {
		return nil, err
	}
	if o.MaxBytes > 0 && len(file) > o.MaxBytes {
		if file, err = c.squeeze(image, format, quality, o); err != nil {
			return nil, err
		}
	}
	return &Result{Format: format, Width: c.width(), Height: c.height(), Frames: len(c.frames), File: file}, nil
}

// joined is one image of all frames, as files have them.
func (c *canvas) joined(format string) (*vips.Image, error) {
	if len(c.frames) == 1 || format != gif && format != webp {
		return c.frames[0], nil
	}
	all, err := c.scope.Image("arrayjoin", vips.Args{"in": c.frames, "across": 1})
	if err == nil {
		all, err = all.Compute()
	}
	if err != nil {
		return nil, err
	}
	all.PutInt("page-height", c.height())
	all.PutInts("delay", c.delays)
	all.PutInt("loop", c.loop)
	return all, nil
}

// squeeze finds the best quality whose file is small enough.
func (c *canvas) squeeze(image *vips.Image, format string, quality int, o *Output) ([]byte, error) {
	var best []byte
	if format == png || format == gif || o.Lossless {
		return nil, fmt.Errorf("maxBytes: a lossless %s of this picture is larger than %d bytes, and has no quality that could be less", format, o.MaxBytes)
	}
	for low, high := 1, quality-1; low <= high; {
		middle := (low + high) / 2
		file, err := c.encode(image, format, middle, o)
		if err != nil {
			return nil, err
		}
		if len(file) <= o.MaxBytes {
			best, low = file, middle+1
		} else {
			high = middle - 1
		}
	}
	if best == nil {
		return nil, fmt.Errorf("maxBytes: even the lowest quality of a %s of %d×%d pixels is larger than %d bytes; make the picture smaller", format, c.width(), c.height(), o.MaxBytes)
	}
	return best, nil
}

// encode makes a file of a format and a quality.
func (c *canvas) encode(image *vips.Image, format string, quality int, o *Output) ([]byte, error) {
	args := vips.Args{"in": image}
	effort := func(fallback, most int) int { // from 0 to 9, as the encoder counts it
		if o.Effort == nil {
			return fallback
		}
		return (*o.Effort*most + 4) / 9
	}
	switch format {
	case jpeg:
		args["Q"], args["optimize_coding"], args["interlace"] = quality, true, o.Progressive
	case png:
		args["compression"], args["interlace"] = effort(6, 9), o.Progressive
	case webp:
		args["Q"], args["lossless"], args["effort"] = quality, o.Lossless, effort(4, 6)
	case avif:
		args["Q"], args["lossless"], args["compression"], args["effort"] = quality, o.Lossless, "av1", effort(3, 9)
	case gif:
		args["effort"] = max(effort(4, 10), 1)
	}
	if c.lib.HasArgument(saver(format), "keep") {
		args["keep"] = map[bool]string{true: "all", false: "none"}[o.Metadata == "keep"]
	} else {
		args["strip"] = o.Metadata != "keep"
	}
	return c.scope.Bytes(saver(format), args)
}
