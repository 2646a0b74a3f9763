package httpmsg

import "testing"

func TestHosts(t *testing.T) {
	h := NewHosts(map[string]string{"a.b.c": "1", "*.b.c": "2", "*.c": "3", "": "4", "*.a.b.c": "5", "[::1]": "6"})
	for name, want := range map[string]string{
		"a.b.c": "1234", "x.b.c": "234", "b.c": "34", "c": "4", "d": "4", "x.a.b.c": "5234", "y.x.a.b.c": "5234", "x.xb.c": "34", "[::1]": "64", "127.0.0.1": "4", "": "4",
	} {
		got := ""
		for at := h.Find(name); at != nil; at = at.Next {
			got += at.Value
		}
		if got != want {
			t.Errorf("%s leads to %s, want %s", name, got, want)
		}
	}
	if got := NewHosts[int](nil).Find("a"); got != nil {
		t.Errorf("no host leads to %v", got)
	}
}
