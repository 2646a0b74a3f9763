package http2

import (
	"context"
	"testing"

	"golang.org/x/net/http2"

	"hedge/httpmsg"
)

// sizeOfNothing is what says in a header block that the table is empty (RFC 7541 §6.3).
const sizeOfNothing = 0x20

// A client whose table is smaller than usual is told once that nothing is in it, by the first
// block that it gets.
func TestClientsWithASmallTable(t *testing.T) {
	r := start(t, func(ctx context.Context, req *httpmsg.Request, _ *httpmsg.Refusal, out httpmsg.Outlet) {
		h := httpmsg.NewHeader("Link", "</a.css>; rel=preload")
		out.Interim(103, &h)
		_, _ = out.Deliver(ctx, req, httpmsg.Text(200, "hi"))
	})
	for _, c := range []struct {
		name     string
		settings []http2.Setting
		want     bool
	}{
		{"as usual", nil, false},
		{"larger", []http2.Setting{{ID: http2.SettingHeaderTableSize, Val: 8192}}, false},
		{"smaller", []http2.Setting{{ID: http2.SettingHeaderTableSize, Val: 100}}, true},
		{"none", []http2.Setting{{ID: http2.SettingHeaderTableSize, Val: 0}}, true},
		{"for a moment", []http2.Setting{{ID: http2.SettingHeaderTableSize, Val: 0}, {ID: http2.SettingHeaderTableSize, Val: 4096}}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := r.connect(t, c.settings...)
			want := c.want
			for id := uint32(1); id < 9; id += 2 {
				client.headers(id, true, get()...)
				for ended := false; !ended; {
					f := client.next()
					ended = f.Header().Flags.Has(http2.FlagDataEndStream)
					head, ok := f.(*http2.HeadersFrame)
					if !ok {
						continue
					}
					if got := head.HeaderBlockFragment()[0] == sizeOfNothing; got != want {
						t.Errorf("stream %d: told %v", id, got)
					}
					want = false
					if _, err := client.dec.DecodeFull(head.HeaderBlockFragment()); err != nil {
						t.Error(err)
					}
				}
				client.must(client.WriteSettings(c.settings...))
			}
		})
	}
}

// That an answer cannot be sent does not keep it from the next.
func TestBrokenAnswersToClientsWithASmallTable(t *testing.T) {
	r := start(t, func(ctx context.Context, req *httpmsg.Request, _ *httpmsg.Refusal, out httpmsg.Outlet) {
		res := &httpmsg.Response{Status: 204}
		if req.Method == "POST" {
			res.Header.Set("X-A", "a\r\nb")
		}
		_, _ = out.Deliver(ctx, req, res)
	})
	c := r.connect(t, http2.Setting{ID: http2.SettingHeaderTableSize, Val: 0})
	c.headers(1, true, post()...)
	if _, _, reset := c.answer(1); reset != http2.ErrCodeInternal {
		t.Fatalf("reset with %v", reset)
	}
	c.headers(3, true, get()...)
	if head, ok := c.next().(*http2.HeadersFrame); !ok || head.HeaderBlockFragment()[0] != sizeOfNothing {
		t.Errorf("got %v", head)
	}
}

// So is an origin, by the request that follows its settings.
func TestOriginsWithASmallTable(t *testing.T) {
	told := make(chan bool, 4)
	origin := script(t, func(s *scripted, _ int) {
		for {
			f, err := s.ReadFrame()
			if err != nil {
				return
			}
			head, ok := f.(*http2.HeadersFrame)
			if !ok {
				continue
			}
			told <- head.HeaderBlockFragment()[0] == sizeOfNothing
			if len(told) == 1 {
				_ = s.WriteSettings(http2.Setting{ID: http2.SettingHeaderTableSize, Val: 2048})
			}
			s.head(head.StreamID, true, ":status", "204")
		}
	})
	c, _ := newTestClient(t, nil)
	for range 3 {
		if res, _, err := fetch(t, c, to(origin, "GET", "/", "")); err != nil || res.Status != 204 {
			t.Fatal(res, err)
		}
	}
	for i, want := range []bool{false, true, false} {
		if got := <-told; got != want {
			t.Errorf("request %d: told %v", i, got)
		}
	}
}
