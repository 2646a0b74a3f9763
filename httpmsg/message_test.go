package httpmsg

import (
	"bytes"
	"errors"
	"io"
	"testing"
)

func TestRequestTarget(t *testing.T) {
	for _, tt := range []struct{ target, path, query, url string }{
		{"/", "/", "", "https://a.example:8443/"},
		{"/a?b=c?d", "/a", "b=c?d", "https://a.example:8443/a?b=c?d"},
		{"/a?", "/a", "", "https://a.example:8443/a?"},
		{"*", "*", "", "https://a.example:8443"},
	} {
		r := Request{Scheme: "https", Authority: "a.example:8443", Target: tt.target}
		if r.Path() != tt.path || r.Query() != tt.query || r.URL() != tt.url {
			t.Errorf("%q: path %q, query %q, URL %q", tt.target, r.Path(), r.Query(), r.URL())
		}
	}
}

func TestCloneSharesNoHeader(t *testing.T) {
	req := &Request{Method: "GET", Header: NewHeader("A", "1")}
	clone := req.Clone()
	clone.Header.Set("A", "2")
	clone.Header.Add("B", "3")
	clone.Method = "PUT"
	if req.Method != "GET" || req.Header.Get("A") != "1" || req.Header.Len() != 1 {
		t.Errorf("the original changed: %+v", req)
	}
	res := Text(200, "x")
	other := res.Clone()
	other.Header.Del("Content-Type")
	if other.Body != res.Body || !res.Header.Has("Content-Type") {
		t.Error("the clone of a response shares the wrong things")
	}
}

func TestText(t *testing.T) {
	res := Text(404, "gone\n")
	body, err := io.ReadAll(res.Body)
	if err != nil || string(body) != "gone\n" || res.ContentLength != 5 || res.Status != 404 ||
		res.Header.Get("content-type") != "text/plain; charset=utf-8" {
		t.Errorf("%+v with body %q, %v", res, body, err)
	}
	empty := Bytes(204, "", nil)
	if empty.Body != nil || empty.ContentLength != 0 || empty.Header.Len() != 0 {
		t.Errorf("%+v", empty)
	}
	empty.CloseBody()
}

func TestBytesBody(t *testing.T) {
	b := NewBytesBody([]byte("hello"))
	head := make([]byte, 2)
	if n, err := b.Read(head); n != 2 || err != nil || string(b.Bytes()) != "llo" {
		t.Fatalf("read %d, %v; left %q", n, err, b.Bytes())
	}
	var out bytes.Buffer
	if n, err := b.WriteTo(&out); n != 3 || err != nil || out.String() != "llo" {
		t.Errorf("wrote %d, %v: %q", n, err, out.String())
	}
	if _, err := b.Read(head); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
	if err := errors.Join(b.Close(), b.Close()); err != nil {
		t.Error(err)
	}
	if _, err := b.Read(head); err != ErrBodyClosed {
		t.Errorf("after Close: %v", err)
	}
	if _, err := b.WriteTo(&out); err != ErrBodyClosed {
		t.Errorf("after Close: %v", err)
	}
}

type shortWriter struct{}

func (shortWriter) Write(p []byte) (int, error) { return len(p) / 2, nil }

func TestBytesBodyShortWrite(t *testing.T) {
	if n, err := NewBytesBody([]byte("four")).WriteTo(shortWriter{}); n != 2 || err != io.ErrShortWrite {
		t.Errorf("%d, %v", n, err)
	}
}

func TestStatusText(t *testing.T) {
	for code, want := range map[int]string{200: "OK", 511: "Network Authentication Required", 299: "", -1: "", 512: "", 999: ""} {
		if got := StatusText(code); got != want {
			t.Errorf("StatusText(%d) = %q, want %q", code, got, want)
		}
	}
}
