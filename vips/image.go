package vips

// #include <stdlib.h>
// #include "binding.h"
import "C"

import (
	"fmt"
	"unsafe"
)

// Image is a picture, or the way to compute it. It belongs to its scope.
type Image struct {
	scope *Scope
	c     unsafe.Pointer
}

// adopt makes an image of C's the scope's.
func (s *Scope) adopt(c unsafe.Pointer, operation string) (*Image, error) {
	if c == nil {
		return nil, fmt.Errorf("%s: %w", operation, lastError())
	}
	i := &Image{s, c}
	s.images = append(s.images, i)
	return i, nil
}

// FromPixels makes an image of a row-by-row copy of pixels, which have 8 bits for each
// of the bands.
func (s *Scope) FromPixels(pixels []byte, width, height, bands int) (*Image, error) {
	if width <= 0 || height <= 0 || bands <= 0 || len(pixels) != width*height*bands {
		return nil, fmt.Errorf("%d bytes are not %d×%d pixels of %d bands", len(pixels), width, height, bands)
	}
	return s.adopt(C.hvips_from_pixels(unsafe.Pointer(&pixels[0]), C.size_t(len(pixels)), C.int(width), C.int(height), C.int(bands)), "pixels")
}

// Pixels computes the image.
func (i *Image) Pixels() ([]byte, error) {
	var n C.size_t
	return copied(C.hvips_pixels(i.c, &n), n, "pixels")
}

// Compute computes the image once, for those who look at its pixels several times. The
// result's metadata may be changed.
func (i *Image) Compute() (*Image, error) {
	return i.scope.adopt(C.hvips_copy_in_memory(i.c), "copy")
}

// Width is in pixels.
func (i *Image) Width() int { return int(C.hvips_width(i.c)) }

// Height is in pixels; that of an animation is of all its frames, one above the other.
func (i *Image) Height() int { return int(C.hvips_height(i.c)) }

// Bands is the number of values of a pixel.
func (i *Image) Bands() int { return int(C.hvips_bands(i.c)) }

// HasAlpha reports whether the last band is how opaque a pixel is.
func (i *Image) HasAlpha() bool { return C.hvips_has_alpha(i.c) != 0 }

// Has reports whether the image has a field of metadata.
func (i *Image) Has(field string) bool {
	c := C.CString(field)
	defer C.free(unsafe.Pointer(c))
	return C.hvips_has_field(i.c, c) != 0
}

// Int is a field of metadata, or otherwise if there is none.
func (i *Image) Int(field string, otherwise int) int {
	c := C.CString(field)
	defer C.free(unsafe.Pointer(c))
	var v C.int
	if C.hvips_field_int(i.c, c, &v) != 0 {
		return otherwise
	}
	return int(v)
}

// Ints are a field of metadata, at most as many as most.
func (i *Image) Ints(field string, most int) []int {
	c := C.CString(field)
	defer C.free(unsafe.Pointer(c))
	if most <= 0 {
		return nil
	}
	values := make([]C.int, most)
	list := make([]int, C.hvips_field_ints(i.c, c, &values[0], C.int(most)))
	for at := range list {
		list[at] = int(values[at])
	}
	return list
}

// Space is libvips' word for the colour space that pixels are in, as "srgb" or "b-w";
// "other" for those that files of the web do not have.
func (i *Image) Space() string {
	switch C.hvips_interpretation(i.c) { // VipsInterpretation
	case 1:
		return "b-w"
	case 13:
		return "lab"
	case 15:
		return "cmyk"
	case 22:
		return "srgb"
	case 25:
		return "rgb16"
	case 26:
		return "grey16"
	case 28:
		return "scrgb"
	}
	return "other"
}

// IsBytes reports whether each value of a pixel has 8 bits.
func (i *Image) IsBytes() bool { return C.hvips_format(i.c) == 0 }

// PutInt sets a field of metadata. The image is to be one that nobody else uses: see
// Compute.
func (i *Image) PutInt(field string, value int) {
	c := C.CString(field)
	defer C.free(unsafe.Pointer(c))
	C.hvips_put_int(i.c, c, C.int(value))
}

// PutInts sets a field of metadata, as PutInt does.
func (i *Image) PutInts(field string, values []int) {
	c := C.CString(field)
	defer C.free(unsafe.Pointer(c))
	list := make([]C.int, len(values))
	for at, v := range values {
		list[at] = C.int(v)
	}
	if len(list) > 0 {
		C.hvips_put_ints(i.c, c, &list[0], C.int(len(list)))
	}
}

// Drop removes a field of metadata, as PutInt sets one.
func (i *Image) Drop(field string) {
	c := C.CString(field)
	defer C.free(unsafe.Pointer(c))
	C.hvips_drop_field(i.c, c)
}
