package node

import (
	"context"
	"strings"
	"testing"

	"hedge"
	"hedge/httpmsg"
)

// What clients say under the edge's name is dropped, unless it is true.
func TestLoopFields(t *testing.T) {
	l, other := NewLoops(nil), NewLoops(nil)
	mine := l.members
	_, mac, _ := strings.Cut(mine[3], ";mac=")
	for _, c := range []struct {
		name   string
		fields []string
		depth  int
		left   string
	}{
		{"nothing", nil, 0, ""},
		{"ours", []string{mine[3]}, 3, ""},
		{"the deepest counts", []string{mine[3] + ", " + mine[9], mine[2]}, 9, ""},
		{"others stay", []string{"fred;a=\"1,2\", " + mine[3], "barney"}, 3, "fred;a=\"1,2\", barney"},
		{"no hash", []string{"hedge;depth=9"}, 0, ""},
		{"bare", []string{"HEDGE, hedge ; depth=16"}, 0, ""},
		{"hash of another depth", []string{"hedge;depth=9;mac=" + mac}, 0, ""},
		{"hash of another edge", []string{other.members[9]}, 0, ""},
		{"another name", []string{strings.Replace(mine[9], "hedge", "hedges", 1)}, 0, strings.Replace(mine[9], "hedge", "hedges", 1)},
		{"padded", []string{mine[9] + "A", mine[9] + ";x=y"}, 0, ""},
	} {
		req := &httpmsg.Request{Depth: 7}
		for _, value := range c.fields {
			req.Header.Add("cdn-loop", value)
		}
		l.admit(req)
		if req.Depth != c.depth || req.Header.Joined("CDN-Loop") != c.left {
			t.Errorf("%s: depth %d, left %q; want %d and %q", c.name, req.Depth, req.Header.Joined("CDN-Loop"), c.depth, c.left)
		}
	}
}

func TestLoopGuard(t *testing.T) {
	l := NewLoops([]byte("secret"))
	var sent []string
	client := l.Guard(httpmsg.RoundTripperFunc(func(_ context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		sent = req.Header.Values("CDN-Loop")
		return &httpmsg.Response{Status: 204}, nil
	}))
	req := &httpmsg.Request{Header: httpmsg.NewHeader("CDN-Loop", "fred"), Depth: maxDepth - 1}
	if _, err := client.RoundTrip(t.Context(), req); err != nil || len(sent) != 2 || sent[0] != "fred" || sent[1] != NewLoops([]byte("secret")).members[maxDepth] {
		t.Errorf("sent %q, %v", sent, err)
	}
	if len(req.Header.Values("CDN-Loop")) != 1 {
		t.Error("the request has been changed")
	}
	req.Depth = maxDepth
	if _, err := client.RoundTrip(t.Context(), req); hedge.OutcomeOf(err) != hedge.OutcomeLoop {
		t.Errorf("got %v", err)
	}
}
