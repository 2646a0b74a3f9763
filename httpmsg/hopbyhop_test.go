package httpmsg

import (
	"slices"
	"testing"
)

func TestRemoveHopByHop(t *testing.T) {
	tests := []struct {
		name  string
		in    Header
		owned func(string) bool
		want  []string
	}{
		{"nothing to remove", NewHeader("A", "1", "Cookie", "x"), nil, []string{"A: 1", "Cookie: x"}},
		{"the known ones", NewHeader("Connection", "close", "keep-alive", "timeout=5", "Proxy-Connection", "x", "TE", "gzip",
			"Transfer-Encoding", "chunked", "UPGRADE", "h2c", "HTTP2-Settings", "x",
			"Proxy-Authenticate", "Basic", "Proxy-Authorization", "Basic x", "A", "1"), nil, []string{"A: 1"}},
		{"trailers", NewHeader("TE", "gzip;q=0.5, Trailers", "Connection", "te", "A", "1"), nil, []string{"A: 1", "TE: trailers"}},
		{"an announced trailer", NewHeader("trailer", "Digest, Cookie,, X_Forwarded_For", "Trailer", "a b, X-Sum", "A", "1"), nil, []string{"Trailer: Digest, X-Sum", "A: 1"}},
		{"an announced trailer that means nothing", NewHeader("Trailer", "Content-Length, Trailer", "A", "1"), nil, []string{"A: 1"}},
		{"named ones", NewHeader("X-Hop", "1", "Connection", "close, x-hop", "A", "1", "connection", "X-Other", "x-other", "2"), nil, []string{"A: 1"}},
		{
			"not what is for all",
			NewHeader("Connection", "x-forwarded-for, Cookie, authorization,Host, content-length, X-Real-IP, via", "X-Forwarded-For", "1.2.3.4",
				"Cookie", "a", "Authorization", "b", "Content-Length", "3", "X-Real-IP", "4", "Via", "1.1 x"),
			nil,
			[]string{"X-Forwarded-For: 1.2.3.4", "Cookie: a", "Authorization: b", "Content-Length: 3", "X-Real-IP: 4", "Via: 1.1 x"},
		},
		{
			"not what is owned",
			NewHeader("Connection", "X-Edge, X-Hop", "X-Edge", "1", "X-Hop", "2"),
			func(name string) bool { return EqualFold(name, "x-edge") },
			[]string{"X-Edge: 1"},
		},
		{
			"more names than fit on the stack",
			NewHeader("Connection", "a,b,c,d,e,f,g,h,i,j", "J", "1", "K", "2"),
			nil,
			[]string{"K: 2"},
		},
	}
	for _, tt := range tests {
		RemoveHopByHop(&tt.in, tt.owned)
		if got := fieldsOf(&tt.in); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}
