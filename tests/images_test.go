package tests

import (
	"image"
	"image/color"
	"os"
	"testing"

	"golang.org/x/image/draw"

	"hedge/image/imagetest"
)

// devWithImages serves an example that changes pictures, or skips the test.
func devWithImages(t *testing.T, folder string) *process {
	t.Helper()
	return startIn(t, []string{"HEDGE_LIBVIPS=" + imagetest.Library(t)}, "dev", "--listen", "127.0.0.1:0", "--json", folder)
}

// hills is the examples' photo in a size, as Go's own code makes it.
func hills(t *testing.T, width, height int) image.Image {
	t.Helper()
	file, err := os.ReadFile("../examples/image-resize/photos/hills.jpg")
	must(t, err)
	small := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.CatmullRom.Scale(small, small.Bounds(), imagetest.Decode(t, file), image.Rect(0, 0, 1600, 1000), draw.Src, nil)
	return small
}

func imageResize(t *testing.T) {
	at := devWithImages(t, "../examples/image-resize").addr()
	for accept, format := range map[string]string{"image/webp,*/*": "image/webp", "*/*": "image/jpeg"} {
		got := get(t, at, "/img/w=320,format=auto/hills.jpg", "Accept", accept)
		if got.status != 200 || got.header.Get("Content-Type") != format || got.header.Get("Vary") != "Accept" {
			t.Fatalf("%s: %d %v", accept, got.status, got.header)
		}
		if d := imagetest.Difference(imagetest.Decode(t, []byte(got.body)), hills(t, 320, 200)); d > 12 {
			t.Errorf("%s: the picture differs by %.1f", accept, d)
		}
		again := get(t, at, "/img/format=auto,w=320/hills.jpg", "Accept", accept)
		if again.body != got.body || again.header.Get("Age") == "" {
			t.Errorf("%s: the second answer is not from the cache: %v", accept, again.header)
		}
	}
	if got := get(t, at, "/img/w=321/hills.jpg"); got.status != 403 {
		t.Errorf("a size that is not listed: %d", got.status)
	}
	if page := get(t, at, "/"); page.status != 200 {
		t.Errorf("the page: %d", page.status)
	}
}

func watermark(t *testing.T) {
	at := devWithImages(t, "../examples/watermark").addr()
	plain := hills(t, 800, 500)
	for _, c := range []struct {
		fields []string
		marked bool
	}{
		{[]string{"Sec-Fetch-Site", "same-origin"}, false},
		{[]string{"Sec-Fetch-Site", "same-site", "Referer", "https://www.example.com/"}, false},
		{[]string{"Sec-Fetch-Site", "cross-site", "Referer", "https://thief.example/"}, true},
		{[]string{"Sec-Fetch-Site", "cross-site", "Referer", "https://partner.example/"}, false},
		{[]string{"Sec-Fetch-Site", "cross-site", "Referer", "http://" + at + "/"}, true},
		{[]string{"Referer", "http://" + at + "/page"}, false},
		{[]string{"Referer", "https://thief.example/"}, true},
		{nil, true},
	} {
		got := get(t, at, "/hills.jpg", c.fields...)
		if got.status != 200 || got.header.Get("Vary") != "Sec-Fetch-Site, Referer" {
			t.Fatalf("%q: %d %v %.200s", c.fields, got.status, got.header, got.body)
		}
		picture := imagetest.Decode(t, []byte(got.body))
		corner, rest := brighter(picture, plain, image.Rect(584, 400, 784, 484)), brighter(picture, plain, image.Rect(0, 0, 500, 400))
		if corner > 20 != c.marked || rest > 3 {
			t.Errorf("%q: the corner is lighter by %.1f and the rest by %.1f; a logo: %v", c.fields, corner, rest, c.marked)
		}
		if again := get(t, at, "/hills.jpg", c.fields...); again.body != got.body || again.header.Get("Age") == "" {
			t.Errorf("%q: the second answer is not from the cache: %v", c.fields, again.header)
		}
	}
}

// brighter is how much lighter a part of a picture is than another's, at the mean.
func brighter(a, b image.Image, part image.Rectangle) float64 {
	sum := 0.0
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			sum += float64(color.GrayModel.Convert(a.At(x, y)).(color.Gray).Y) - float64(color.GrayModel.Convert(b.At(x, y)).(color.Gray).Y)
		}
	}
	return sum / float64(part.Dx()*part.Dy())
}

func socialCard(t *testing.T) {
	at := devWithImages(t, "../examples/social-card").addr()
	short := get(t, at, "/?title=Hedges")
	long := get(t, at, "/?title=Hedges%20and%20how%20to%20plant%20them%20where%20nothing%20else%20grows")
	if short.status != 200 || long.status != 200 || short.header.Get("Content-Type") != "image/jpeg" {
		t.Fatalf("%d %d %v %.200s", short.status, long.status, short.header, short.body)
	}
	white := func(body string) (n int) {
		picture := imagetest.Decode(t, []byte(body))
		if picture.Bounds().Size() != image.Pt(1200, 630) {
			t.Fatalf("the card has %v pixels", picture.Bounds().Size())
		}
		for y := range 630 {
			for x := range 1200 {
				if color.GrayModel.Convert(picture.At(x, y)).(color.Gray).Y > 235 {
					n++
				}
			}
		}
		return n
	}
	if s, l := white(short.body), white(long.body); s < 3000 || l < 4*s {
		t.Errorf("a short title has %d light pixels, and a long one %d", s, l)
	}
}
