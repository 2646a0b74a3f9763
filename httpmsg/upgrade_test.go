package httpmsg

import (
	"io"
	"testing"
)

func TestAsksForWebSocket(t *testing.T) {
	const key = "dGhlIHNhbXBsZSBub25jZQ=="
	handshake := func(change ...string) Header {
		h := NewHeader("Upgrade", "websocket", "Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", key)
		for i := 0; i < len(change); i += 2 {
			h.Set(change[i], change[i+1])
		}
		return h
	}
	twice := handshake()
	twice.Add("Sec-WebSocket-Key", key)
	for _, tt := range []struct {
		name, method string
		header       Header
		want         bool
	}{
		{"a whole handshake", "GET", handshake(), true},
		{"one of several, in another case", "GET", handshake("Upgrade", "h2c, WebSocket"), true},
		{"POST", "POST", handshake(), false},
		{"h2c", "GET", handshake("Upgrade", "h2c"), false},
		{"a name that contains it", "GET", handshake("Upgrade", "xwebsocket"), false},
		{"another version", "GET", handshake("Sec-WebSocket-Version", "8"), false},
		{"no version", "GET", handshake("Sec-WebSocket-Version", ""), false},
		{"no key", "GET", handshake("Sec-WebSocket-Key", ""), false},
		{"a short key", "GET", handshake("Sec-WebSocket-Key", "AAAA"), false},
		{"a key that is no base64", "GET", handshake("Sec-WebSocket-Key", "not base64 at all!=="), false},
		{"two keys", "GET", twice, false},
		{"nothing", "GET", Header{}, false},
	} {
		if got := AsksForWebSocket(&Request{Method: tt.method, Header: tt.header}); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

// The example of RFC 6455 §1.3.
func TestWebSocketAccept(t *testing.T) {
	if got := WebSocketAccept("dGhlIHNhbXBsZSBub25jZQ=="); got != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		t.Error(got)
	}
	if key := NewWebSocketKey(); !validKey(key) || key == NewWebSocketKey() {
		t.Errorf("the key %q is no key, or not new", key)
	}
}

type talk struct{ io.ReadCloser }

func (talk) Join(Duplex) (int64, int64, error) { return 0, 0, nil }

type wrapped struct{ io.ReadCloser }

func (w wrapped) Unwrap() io.ReadCloser { return w.ReadCloser }

func TestSwitchedBody(t *testing.T) {
	for name, tt := range map[string]struct {
		body io.ReadCloser
		want bool
	}{
		"bare":          {talk{}, true},
		"wrapped twice": {wrapped{wrapped{talk{}}}, true},
		"content":       {NewBytesBody(nil), false},
		"nothing":       {nil, false},
	} {
		if got := SwitchedBody(&Response{Status: 101, Body: tt.body}); (got != nil) != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
