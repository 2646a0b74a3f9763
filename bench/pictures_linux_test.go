package bench_test

import (
	"context"
	"testing"

	"hedge"
	"hedge/image"
)

// asTheyAre stands for the workers that change pictures, and leaves them as they are: what
// is measured is what comes after.
type asTheyAre struct{}

func (asTheyAre) Do(_ context.Context, _ string, _ []byte, inputs [][]byte) (*image.Result, error) {
	return &image.Result{Format: "webp", File: inputs[0]}, nil
}

func (asTheyAre) Hold(context.Context, string, int) (*image.Held, error) { return nil, nil }
func (asTheyAre) Limits() image.Limits                                   { return image.DefaultLimits() }

// BenchmarkVariantHit compares a variant of a picture that the cache has with another entry
// of the same size: 1 KiB, listed and by the client's Accept, as browsers send it.
func BenchmarkVariantHit(b *testing.B) {
	s := setStage(b)
	for b.Loop() {
		origin := s.startOrigin()
		c := &contest{stage: s}
		paths := map[string]string{"plain": "/cached/1024", "variant": "/cached/w=640,format=auto/1024"}
		for name, images := range map[string]*hedge.Images{"plain": nil, "variant": {Variants: []string{"w=640,format=auto"}}} {
			srv := s.start("caching")
			release := routes("cached", origin)
			release.Routes = append(release.Routes, hedge.Route{Path: "/cached/", Upstream: "origin", Images: images})
			srv.deploy(release)
			c.enter(name, srv).Sleeps = true
		}
		c.runEach(func(name string) []byte { return asBrowser(paths[name]) })
		s.metric(median(c.scores["variant"].perSecond)/median(c.scores["plain"].perSecond), "ratio")
		s.metric(median(c.scores["variant"].perCPU)/median(c.scores["plain"].perCPU), "ratio-by-cpu")
	}
}

// asBrowser is a request as a browser's for a picture, as far as Accept goes.
func asBrowser(path string) []byte {
	return []byte("GET " + path + " HTTP/1.1\r\nHost: cached.example\r\nAccept: image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8\r\n\r\n")
}
