package http1

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"hedge/httpmsg"
)

// FuzzRequests reads all the requests on a connection, one behind the other, as net/http
// does it: as long as both take them, they begin and end in the same places, and have the
// same content.
func FuzzRequests(f *testing.F) {
	for _, c := range requests {
		if len(c.raw) < 1000 {
			f.Add(c.raw + "2\r\nhi\r\n0\r\nX-T: u\r\n\r\n" + get("Content-Length: 2") + "hi" + get())
		}
	}
	f.Add("0 http://%800000000 HTTP/1.0\r\n\r\n")
	f.Fuzz(func(t *testing.T, raw string) {
		ours, theirs := ourRequests(raw), theirRequests(raw)
		for i := range min(len(ours), len(theirs)) {
			if ours[i] != theirs[i] {
				t.Fatalf("the request %d is %q, and %q to net/http", i, ours[i], theirs[i])
			}
		}
	})
}

// ourRequests lists the requests up to the first that is refused.
func ourRequests(raw string) (list []string) {
	limits := DefaultLimits()
	in := reader{from: strings.NewReader(raw)}
	for {
		text, err := in.head(limits.HeadBytes)
		if err != nil {
			return list
		}
		req, frame, err := parseHead(text, &limits)
		if err != nil || req.Method == "CONNECT" { // whose content net/http takes for a tunnel's
			return list
		}
		content := contentOf(&in, frame, limits.HeadBytes)
		body, err := io.ReadAll(readerFunc(content.read))
		if err != nil {
			return list
		}
		list = append(list, fmt.Sprintf("%s %s %q", req.Method, comparableHost(req.Authority), body))
	}
}

// theirRequests is the same by net/http.
func theirRequests(raw string) (list []string) {
	in := bufio.NewReader(strings.NewReader(raw))
	for {
		req, err := http.ReadRequest(in)
		if err != nil || req.Method == "CONNECT" {
			return list
		}
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return list
		}
		list = append(list, fmt.Sprintf("%s %s %q", req.Method, comparableHost(req.Host), body))
	}
}

// comparableHost is a host as both have it: net/http decodes one that stands in the target,
// and here httpmsg.NormalHost refuses it later.
func comparableHost(host string) string {
	if decoded, err := url.PathUnescape(host); err == nil {
		host = decoded
	}
	return httpmsg.Lower(host)
}
