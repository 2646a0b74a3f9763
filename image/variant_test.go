package image_test

import (
	"fmt"
	"testing"
	"time"

	"hedge/image"
)

func TestAccepted(t *testing.T) {
	for accept, want := range map[string]string{
		"":        "[]",
		"*/*":     "[]",
		"image/*": "[]",
		"image/avif,image/webp,image/*,*/*;q=0.8": "[avif webp]",
		"image/WEBP":                      "[webp]",
		"image/avif;q=0,image/webp;q=0.1": "[webp]",
	} {
		if got := fmt.Sprint(image.Accepted(accept)); got != want {
			t.Errorf("%q: got %s, want %s", accept, got, want)
		}
	}
}

func TestVariants(t *testing.T) {
	for text, want := range map[string]string{
		"w=640":                       `{"source":{"input":0,"steps":[{"resize":{"width":640}}]},"output":{}} w=640`,
		"format=auto,w=640,fit=cover": `{"source":{"input":0,"steps":[{"resize":{"width":640,"fit":"cover"}}]},"output":{"format":"auto"}} w=640,fit=cover,format=auto`,
		"h=10,background=f80,q=5":     `{"source":{"input":0,"steps":[{"resize":{"height":10,"background":[255,136,0]}}]},"output":{"quality":5}} h=10,background=f80,q=5`,
		"blur=2,exp=5,sig=x":          `{"source":{"input":0,"steps":[{"blur":{"sigma":2}}]},"output":{}} blur=2`,
		"w=0":                         "error", "w=": "error", "w=1,w=2": "error", "x=1": "error", "fit=cover": "error", "w=1,fit=around": "error",
		"sig=x,w=1": "error", "sig=x": "error", "blur=1e9": "error", "w=99999999": "error", "format=svg": "error", "": "error", "w=1,": "error",
	} {
		v, err := image.ReadVariant(text)
		got := "error"
		if err == nil {
			got = fmt.Sprintf("%s %s", v.Job(nil), v.Text)
		}
		if got != want {
			t.Errorf("%q: got %s (%v), want %s", text, got, err, want)
		}
	}
}

func TestSignatures(t *testing.T) {
	key, now := []byte("a key"), time.Unix(1000, 0)
	sig := image.Sign(key, "/img/w=640,exp=1000/a.jpg")
	for _, c := range []struct {
		segment, behind string
		want            bool
	}{
		{"w=640,exp=1000,sig=" + sig, "/a.jpg", true},
		{"w=640,exp=1000,sig=" + sig, "/b.jpg", false},
		{"w=640,exp=1000,sig=" + sig, "/a.jpg?x=1", false},
		{"w=641,exp=1000,sig=" + sig, "/a.jpg", false},
		{"w=640,exp=1001,sig=" + sig, "/a.jpg", false},
		{"w=640,exp=999,sig=" + image.Sign(key, "/img/w=640,exp=999/a.jpg"), "/a.jpg", false},
		{"w=640,sig=" + image.Sign([]byte("another"), "/img/w=640/a.jpg"), "/a.jpg", false},
		{"w=640", "/a.jpg", false},
	} {
		v, err := image.ReadVariant(c.segment)
		if err != nil || v.Verify(key, "/img/", c.behind, now) != c.want {
			t.Errorf("%s%s: want %v, %v", c.segment, c.behind, c.want, err)
		}
	}
}
