package bundle

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hedge"
)

// numbersOf are all numbers of a release.
func numbersOf(r *hedge.Release, u *hedge.Upstream, l *hedge.RateLimit, ramp *hedge.Ramp) []number {
	return slices.Concat(limitNumbers(&r.Limits), cacheNumbers(&r.Cache), routeNumbers(&r.Routes[0]), upstreamNumbers(u), rateLimitNumbers(l), rampNumbers(ramp))
}

// set sets a number, and returns what it was.
func (n number) set(to int64) (was int64) {
	switch field := n.field.(type) {
	case *time.Duration:
		was, *field = int64(*field), time.Duration(to)
	case *int64:
		was, *field = *field, to
	case *int:
		was, *field = int64(*field), int(to)
	}
	return was
}

// What a release may say of a number is what hedge.toml may say, and what the
// documentation of the key does.
func TestNumbersHaveBounds(t *testing.T) {
	r := sampleRelease(t)
	u, l, ramp := r.Upstreams["a"], r.RateLimits["slow"], hedge.Ramp{To: "a", Steps: []float64{1}, Every: time.Second}
	r.Upstreams["b"] = u
	r.Splits = map[string]hedge.Split{"s": {Sides: []hedge.Side{{Upstream: "a", Weight: 1}, {Upstream: "b"}}, Ramp: &ramp}}
	try := func() error {
		r.Upstreams["a"], r.RateLimits["slow"] = u, l
		return validate(r)
	}
	if err := try(); err != nil {
		t.Fatal(err)
	}
	for _, n := range numbersOf(r, &u, &l, &ramp) {
		t.Run(n.section+"."+n.key, func(t *testing.T) {
			before := n.set(n.most)
			defer n.set(before)
			for _, ok := range []int64{n.least, n.most} {
				if n.set(ok); ok != 0 && try() != nil {
					t.Errorf("%d is refused: %v", ok, try())
				}
			}
			for _, wrong := range []int64{n.most + 1, min(n.least-1, -1) - 1, 1 << 56, -1 << 56} {
				if n.set(wrong); try() == nil || !strings.Contains(try().Error(), n.key) {
					t.Errorf("%d: %v", wrong, try())
				}
			}
			_, least, most, _ := n.check()
			i := slices.IndexFunc(Keys(), func(k Key) bool { return k.Section == n.section && k.Name == n.key })
			if doc := Keys()[i].Doc; n.least > 0 && !strings.Contains(doc, "from "+least+" to "+most) {
				t.Errorf("the bounds are %s and %s, and documented is: %s", least, most, doc)
			}
		})
	}
}

func TestReleaseSaysNoMoreThanTheConfiguration(t *testing.T) {
	for _, c := range []struct {
		name, want string
		change     func(*hedge.Release, *hedge.Upstream)
	}{
		{"mirror to nobody", `mirrored to "x"`, func(_ *hedge.Release, u *hedge.Upstream) { u.Mirror.To = "x" }},
		{"mirror to itself", `mirrored to "a"`, func(_ *hedge.Release, u *hedge.Upstream) { u.Mirror.To = "a" }},
		{"health path of two lines", "at no path", func(_ *hedge.Release, u *hedge.Upstream) { u.Health.Path = "/a\r\nX: 1" }},
		{"health query of two lines", "at no path", func(_ *hedge.Release, u *hedge.Upstream) { u.Health.Path = "/a?b\r\nX: 1" }},
		{"quantile", "quantile", func(_ *hedge.Release, u *hedge.Upstream) { u.Hedging.Quantile = 1 }},
		{"key by no field", "by what there is none of", func(r *hedge.Release, _ *hedge.Upstream) { r.Cache.Key.Headers = []string{"a\nb"} }},
		{"key by the host", "by what there is none of", func(r *hedge.Release, _ *hedge.Upstream) { r.Cache.Key.Headers = []string{"Host"} }},
		{"key by no cookie", "by what there is none of", func(r *hedge.Release, _ *hedge.Upstream) { r.Cache.Key.Cookies = []string{""} }},
		{"key by no parameter", "by what there is none of", func(r *hedge.Release, _ *hedge.Upstream) { r.Cache.Key.KeepQuery = []string{"a*b"} }},
		{"side twice", "makes no sense", func(r *hedge.Release, _ *hedge.Upstream) {
			r.Splits = map[string]hedge.Split{"s": {Sides: []hedge.Side{{Upstream: "a", Weight: 1}, {Upstream: "a"}}}}
		}},
		{"ramp without a time", "makes no sense", func(r *hedge.Release, u *hedge.Upstream) {
			r.Upstreams["b"] = *u
			r.Splits = map[string]hedge.Split{"s": {Sides: []hedge.Side{{Upstream: "a", Weight: 1}, {Upstream: "b"}}, Ramp: &hedge.Ramp{To: "b", Steps: []float64{1}}}}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := sampleRelease(t)
			u := r.Upstreams["a"]
			c.change(r, &u)
			r.Upstreams["a"] = u
			if err := validate(r); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}
