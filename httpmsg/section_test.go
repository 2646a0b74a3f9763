package httpmsg

import (
	"fmt"
	"strings"
	"testing"
)

// The crumbs of a cookie count as the one field that they are, and are bounded by their bytes
// (RFC 9113 §8.2.3).
func TestCrumbsAreOneField(t *testing.T) {
	limits := SectionLimits{HeadBytes: 32 << 10, Fields: 3, TargetBytes: 100}
	for _, c := range []struct {
		crumbs, others int
		refused        bool
	}{{0, 3, false}, {0, 4, true}, {1, 2, false}, {1, 3, true}, {500, 2, false}, {500, 3, true}, {1000, 0, true}} {
		var req Request
		s := Section{Limits: &limits}
		s.Begin(&req, nil)
		for _, f := range []string{":method: GET", ":scheme: https", ":authority: a.example", ":path: /"} {
			name, value, _ := strings.Cut(f[1:], ": ")
			s.Field(":"+name, value)
		}
		var want []string
		for i := range c.crumbs {
			want = append(want, fmt.Sprintf("c%d=%d", i, i))
			s.Field("cookie", want[i])
		}
		for range c.others {
			s.Field("x-a", "b")
		}
		s.Finish(true)
		if s.Malformed != "" || (s.Refusal != nil) != c.refused {
			t.Errorf("%d crumbs and %d others: %q, %v", c.crumbs, c.others, s.Malformed, s.Refusal)
		}
		if got := req.Header.Values("cookie"); !c.refused && c.crumbs > 0 && (len(got) != 1 || got[0] != strings.Join(want, "; ")) {
			t.Errorf("%d crumbs become %q", c.crumbs, got)
		}
	}
}
