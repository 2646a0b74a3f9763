package image

import (
	"encoding/json"
	"fmt"
	"math"

	"hedge/vips"
)

// What an Output can ask.
const (
	askMetadata = "metadata"
	askBlurhash = "blurhash"
	askColor    = "color"
)

// Metadata is what is known of a picture.
type Metadata struct {
	Format      string `json:"format"`
	Width       int    `json:"width"` // as it is shown: upright
	Height      int    `json:"height"`
	Frames      int    `json:"frames"`      // in the file
	Orientation int    `json:"orientation"` // EXIF's, from 1 to 8
	HasAlpha    bool   `json:"hasAlpha"`
	Space       string `json:"space"` // libvips' name of the colour space
	HasProfile  bool   `json:"hasProfile"`
	HasEXIF     bool   `json:"hasExif"`
	Bytes       int    `json:"bytes"`
}

// inspect answers what is asked of the picture, as JSON.
func (c *canvas) inspect(o *Output, source *Source) (*Result, error) {
	var answer any
	var err error
	switch o.Ask {
	case askMetadata:
		answer = c.metadata(len(c.inputs[source.Input]))
	case askBlurhash:
		answer, err = c.blurhash(o.Components)
	case askColor:
		answer, err = c.dominantColor()
	}
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(answer)
	return &Result{File: text}, err
}

func (c *canvas) metadata(size int) Metadata {
	first := c.frames[0]
	width, height := c.uprightSize()
	if c.whole != nil {
		width, height = c.whole[0], c.whole[1]
	}
	return Metadata{
		Format: c.format, Width: width, Height: height, Frames: first.Int("n-pages", 1), Orientation: max(c.turned, 1), HasAlpha: first.HasAlpha(),
		Space: first.Space(), HasProfile: first.Has("icc-profile-data"), HasEXIF: first.Has("exif-data"), Bytes: size,
	}
}

// small returns the pixels of the first frame, red, green and blue, of a size that a
// glance needs.
func (c *canvas) small(side int) (pixels []byte, width, height int, err error) {
	if err := c.upright(); err != nil {
		return nil, 0, 0, err
	}
	if err := c.toSRGB(); err != nil {
		return nil, 0, 0, err
	}
	if err := c.flatten([]uint8{255, 255, 255}); err != nil {
		return nil, 0, 0, err
	}
	scale := min(float64(side)/float64(max(c.width(), c.height())), 1)
	image, err := c.run("resize", c.frames[0], vips.Args{"scale": scale, "kernel": "linear"})
	if err == nil {
		image, err = c.inColors(image)
	}
	if err == nil {
		image, err = c.run("cast", image, vips.Args{"format": "uchar"})
	}
	if err != nil {
		return nil, 0, 0, err
	}
	pixels, err = image.Pixels()
	return pixels, image.Width(), image.Height(), err
}

// dominantColor is the color that most of the picture has, as "#rrggbb".
func (c *canvas) dominantColor() (string, error) {
	pixels, _, _, err := c.small(64)
	if err != nil {
		return "", err
	}
	var counts [4096]int // by four bits of each value
	var sums [4096][3]int
	most := 0
	for i := 0; i+2 < len(pixels); i += 3 {
		at := int(pixels[i]>>4)<<8 | int(pixels[i+1]>>4)<<4 | int(pixels[i+2]>>4)
		counts[at]++
		for band := range 3 {
			sums[at][band] += int(pixels[i+band])
		}
		if counts[at] > counts[most] {
			most = at
		}
	}
	n := max(counts[most], 1)
	return fmt.Sprintf("#%02x%02x%02x", sums[most][0]/n, sums[most][1]/n, sums[most][2]/n), nil
}

// blurhash is a picture in some thirty characters (https://blurha.sh/).
func (c *canvas) blurhash(components *[2]int) (string, error) {
	across, down := 4, 3
	if components != nil {
		across, down = components[0], components[1]
	}
	pixels, width, height, err := c.small(64)
	if err != nil {
		return "", err
	}
	return encodeBlurhash(pixels, width, height, across, down), nil
}

const base83 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"

func encodeBlurhash(pixels []byte, width, height, across, down int) string {
	var linear [256]float64
	for i := range linear {
		v := float64(i) / 255
		if linear[i] = v / 12.92; v > 0.04045 {
			linear[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	factors := make([][3]float64, 0, across*down)
	for y := range down {
		for x := range across {
			factors = append(factors, cosineFactor(pixels, width, height, x, y, &linear))
		}
	}
	hash := in83(across-1+(down-1)*9, 1)
	most := 0.0
	for _, f := range factors[1:] {
		most = max(most, math.Abs(f[0]), math.Abs(f[1]), math.Abs(f[2]))
	}
	step := min(max(int(math.Floor(most*166-0.5)), 0), 82)
	if len(factors) == 1 {
		step = 0
	}
	hash += in83(step, 1)
	first := factors[0]
	hash += in83(toSRGBByte(first[0])<<16|toSRGBByte(first[1])<<8|toSRGBByte(first[2]), 4)
	largest := float64(step+1) / 166
	for _, f := range factors[1:] {
		code := 0
		for _, v := range f {
			root := math.Copysign(math.Sqrt(math.Abs(v/largest)), v)
			code = code*19 + min(max(int(math.Floor(root*9+9.5)), 0), 18)
		}
		hash += in83(code, 2)
	}
	return hash
}

// cosineFactor is how much of a wave the picture has, in linear light.
func cosineFactor(pixels []byte, width, height, x, y int, linear *[256]float64) (sum [3]float64) {
	for row := range height {
		vertical := math.Cos(math.Pi * float64(y) * float64(row) / float64(height))
		for column := range width {
			weight := vertical * math.Cos(math.Pi*float64(x)*float64(column)/float64(width))
			at := 3 * (row*width + column)
			for band := range 3 {
				sum[band] += weight * linear[pixels[at+band]]
			}
		}
	}
	scale := 2 / float64(width*height)
	if x == 0 && y == 0 {
		scale /= 2
	}
	for band := range 3 {
		sum[band] *= scale
	}
	return sum
}

func toSRGBByte(v float64) int {
	v = min(max(v, 0), 1)
	if v <= 0.0031308 {
		return int(math.Round(v * 12.92 * 255))
	}
	return int(math.Round((1.055*math.Pow(v, 1/2.4) - 0.055) * 255))
}

// in83 writes a number with a count of digits.
func in83(n, digits int) string {
	text := make([]byte, digits)
	for i := digits - 1; i >= 0; i-- {
		text[i] = base83[n%83]
		n /= 83
	}
	return string(text)
}
