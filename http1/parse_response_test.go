package http1

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"hedge/httpmsg"
)

// ok makes an answer with these fields.
func ok(fields ...string) string { return head(append([]string{"HTTP/1.1 200 OK"}, fields...)...) }

// What is made of an answer: "malformed" if it is refused; else status, reason, length as
// the message has it, where the content ends, and the fields.
var answers = []struct{ name, method, raw, want string }{
	{"plain", "GET", ok("Content-Length: 5"), "200  5 [Content-Length=5]"},
	{"own reason", "GET", head("HTTP/1.1 200 Fine, thanks", "Content-Length: 0"), "200 Fine, thanks 0 [Content-Length=0]"},
	{"empty reason", "GET", head("HTTP/1.1 200 ", "Content-Length: 0"), "200  0 [Content-Length=0]"},
	{"no reason, and no space", "GET", head("HTTP/1.1 200", "Content-Length: 0"), "200  0 [Content-Length=0]"},
	{"reason beyond ASCII", "GET", head("HTTP/1.1 200 \xFCber", "Content-Length: 0"), "200 \xFCber 0 [Content-Length=0]"},
	{"fields in order", "GET", ok("x-b: 2", "Content-Length: 0", "X-A: 1", "X-B: 3"), "200  0 [x-b=2] [Content-Length=0] [X-A=1] [X-B=3]"},
	{"chunked", "GET", ok("Transfer-Encoding: Chunked"), "200  -1 chunked"},
	{"no framing", "GET", ok(), "200  -1 to the end, close"},
	{"close", "GET", ok("Content-Length: 0", "Connection: x, Close"), "200  0 close [Content-Length=0] [Connection=x, Close]"},
	{"HTTP/1.0", "GET", head("HTTP/1.0 200 OK", "Content-Length: 5"), "200  5 close [Content-Length=5]"},
	{"HTTP/1.0 keep-alive", "GET", head("HTTP/1.0 200 OK", "Content-Length: 5", "Connection: keep-alive"), "200  5 [Content-Length=5] [Connection=keep-alive]"},
	{"HEAD", "HEAD", ok("Content-Length: 5"), "200  5 nothing [Content-Length=5]"},
	{"HEAD, chunked", "HEAD", ok("Transfer-Encoding: chunked"), "200  -1 nothing"},
	{"HEAD without framing", "HEAD", ok(), "200  -1 nothing"},
	{"304", "GET", head("HTTP/1.1 304 Not Modified", "Content-Length: 5"), "304  5 nothing [Content-Length=5]"},
	{"304 without framing", "GET", head("HTTP/1.1 304 Not Modified"), "304  -1 nothing"},
	{"204", "GET", head("HTTP/1.1 204 No Content"), "204  0"},
	{"204 with a length of zero", "GET", head("HTTP/1.1 204 No Content", "Content-Length: 0"), "204  0 [Content-Length=0]"},
	{"204 that announces content", "GET", head("HTTP/1.1 204 No Content", "Content-Length: 5"), "204  0 close [Content-Length=5]"},
	{"204 that announces chunks", "GET", head("HTTP/1.1 204 No Content", "Transfer-Encoding: chunked"), "204  0 close"},
	{"interim", "GET", head("HTTP/1.1 103 Early Hints", "Link: </a>"), "103  0 [Link=</a>]"},
	{"interim that announces content", "GET", head("HTTP/1.1 103 Early Hints", "Content-Length: 5"), "103  0 close [Content-Length=5]"},

	{"empty line before", "GET", "\r\n" + ok("Content-Length: 0"), "malformed"},
	{"bare LF", "GET", "HTTP/1.1 200 OK\nContent-Length: 0\n\n", "malformed"},
	{"bare LF behind the status line", "GET", "HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n", "malformed"},
	{"bare LF behind a field", "GET", "HTTP/1.1 200 OK\r\nX: y\nContent-Length: 0\r\n\r\n", "malformed"},
	{"bare LF at the end", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\n", "malformed"},
	{"bare CR in the reason", "GET", head("HTTP/1.1 200 O\rK"), "malformed"},
	{"bare CR in a field", "GET", ok("X-A: 1\rX-B: 2"), "malformed"},
	{"NUL in a field", "GET", ok("X-A: 1\x002"), "malformed"},
	{"NUL in the reason", "GET", head("HTTP/1.1 200 O\x00K"), "malformed"},
	{"HTTP/2.0", "GET", head("HTTP/2.0 200 OK"), "malformed"},
	{"HTTP/1.2", "GET", head("HTTP/1.2 200 OK"), "malformed"},
	{"HTTP/0.9", "GET", "hello", "malformed"},
	{"version in lower case", "GET", head("http/1.1 200 OK"), "malformed"},
	{"another protocol", "GET", "SSH-2.0-OpenSSH_9.2\r\n", "malformed"},
	{"ICY", "GET", head("ICY 200 OK"), "malformed"},
	{"TLS", "GET", "\x15\x03\x01\x00\x02\x02\x46", "malformed"},
	{"no status", "GET", head("HTTP/1.1"), "malformed"},
	{"empty status", "GET", head("HTTP/1.1  OK"), "malformed"},
	{"two spaces", "GET", head("HTTP/1.1  200 OK"), "malformed"},
	{"tab", "GET", head("HTTP/1.1\t200 OK"), "malformed"},
	{"status of two digits", "GET", head("HTTP/1.1 20 OK"), "malformed"},
	{"status of four digits", "GET", head("HTTP/1.1 2000 OK"), "malformed"},
	{"status with a sign", "GET", head("HTTP/1.1 +20 OK"), "malformed"},
	{"status that begins with 0", "GET", head("HTTP/1.1 020 OK"), "malformed"},
	{"status of letters", "GET", head("HTTP/1.1 2xx OK"), "malformed"},
	{"folded field", "GET", ok("X-A: 1", " 2"), "malformed"},
	{"folded first field", "GET", ok(" X-A: 1"), "malformed"},
	{"space before the colon", "GET", ok("Content-Length : 5"), "malformed"},
	{"no colon", "GET", ok("no colon"), "malformed"},
	{"empty name", "GET", ok(": 1"), "malformed"},
	{"name that is no token", "GET", ok("X(A): 1"), "malformed"},
	{"both framings", "GET", ok("Content-Length: 5", "Transfer-Encoding: chunked"), "malformed"},
	{"both framings, the other way round", "GET", ok("Transfer-Encoding: chunked", "Content-Length: 5"), "malformed"},
	{"both framings of a HEAD", "HEAD", ok("Transfer-Encoding: chunked", "Content-Length: 5"), "malformed"},
	{"length twice", "GET", ok("Content-Length: 5", "Content-Length: 5"), "malformed"},
	{"two lengths", "GET", ok("Content-Length: 5", "Content-Length: 6"), "malformed"},
	{"list of lengths", "GET", ok("Content-Length: 5, 6"), "malformed"},
	{"length with a sign", "GET", ok("Content-Length: +5"), "malformed"},
	{"negative length", "GET", ok("Content-Length: -1"), "malformed"},
	{"empty length", "GET", ok("Content-Length:"), "malformed"},
	{"length beyond 64 bits", "GET", ok("Content-Length: 18446744073709551621"), "malformed"},
	{"gzip", "GET", ok("Transfer-Encoding: gzip"), "malformed"},
	{"identity", "GET", ok("Transfer-Encoding: identity"), "malformed"},
	{"gzip, chunked", "GET", ok("Transfer-Encoding: gzip, chunked"), "malformed"},
	{"chunked, chunked", "GET", ok("Transfer-Encoding: chunked, chunked"), "malformed"},
	{"chunked twice", "GET", ok("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"), "malformed"},
	{"xchunked", "GET", ok("Transfer-Encoding: xchunked"), "malformed"},
	{"chunked in HTTP/1.0", "GET", head("HTTP/1.0 200 OK", "Transfer-Encoding: chunked"), "malformed"},
	{"too many fields", "GET", ok(strings.Split(strings.Repeat("X: y\n", testFields)+"X: y", "\n")...), "malformed"},
	{"huge head", "GET", ok("X-A: " + strings.Repeat("x", 70<<10)), "malformed"},
	{"endless status line", "GET", "HTTP/1.1 200 " + strings.Repeat("x", 70<<10), "malformed"},
}

// testFields is how many fields the clients of the tests allow.
const testFields = 100

// answerTo reads and parses one answer.
func answerTo(method string, from io.Reader) string {
	conn := &originConn{client: NewClient(ClientConfig{HeadBytes: 64 << 10}), in: reader{from: from}}
	raw, err := conn.head()
	var res *httpmsg.Response
	var f framing
	if err == nil {
		res, f, err = parseResponse(raw, method, testFields)
	}
	var refused *refusal
	switch {
	case errors.As(err, &refused):
		return "malformed"
	case err != nil:
		return err.Error()
	}
	return describeAnswer(res, f)
}

func describeAnswer(res *httpmsg.Response, f framing) string {
	s := fmt.Sprintf("%d %s %d", res.Status, res.Reason, res.ContentLength)
	switch {
	case f.length == lengthChunked:
		s += " chunked"
	case f.length == lengthToEnd:
		s += " to the end,"
	case f.length != res.ContentLength:
		s += " nothing"
	}
	if f.close {
		s += " close"
	}
	for _, field := range res.Header.Fields() {
		s += " [" + field.Name + "=" + field.Value + "]"
	}
	return s
}

func TestParseResponse(t *testing.T) {
	for _, c := range answers {
		t.Run(c.name, func(t *testing.T) {
			if got := answerTo(c.method, strings.NewReader(c.raw)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if got := answerTo(c.method, iotest.OneByteReader(strings.NewReader(c.raw))); got != c.want {
				t.Errorf("byte by byte: got %q, want %q", got, c.want)
			}
		})
	}
}

func TestAnswerThatBreaksOff(t *testing.T) {
	raw := ok("Content-Length: 5")
	for i := range len(raw) {
		want := io.ErrUnexpectedEOF.Error()
		if i == 0 {
			want = io.EOF.Error()
		}
		if got := answerTo("GET", strings.NewReader(raw[:i])); got != want {
			t.Errorf("after %q: %s", raw[:i], got)
		}
	}
}

// Answers do not panic; what is accepted is what net/http understands, content and all.
func FuzzParseResponse(f *testing.F) {
	for _, c := range answers {
		if len(c.raw) < 1000 {
			f.Add(c.method == "HEAD", c.raw+"3\r\nhi \r\n0\r\nX-T: u\r\n\r\nHTTP/1.1 200 OK\r\n")
		}
	}
	f.Fuzz(func(t *testing.T, isHead bool, raw string) {
		method := map[bool]string{true: "HEAD", false: "GET"}[isHead]
		in := reader{from: strings.NewReader(raw)}
		text, err := in.head(64 << 10)
		if err != nil || strings.HasPrefix(raw, "\r\n") {
			return
		}
		res, frame, err := parseResponse(text, method, testFields)
		if err != nil || res.Status < 200 {
			return
		}
		content := contentOf(&in, frame, 64<<10)
		ours, ourErr := []byte(nil), error(nil)
		if whole, there := content.arrived(); there {
			ours = whole
		} else {
			ours, ourErr = io.ReadAll(readerFunc(content.read))
		}
		theirIn := bufio.NewReader(strings.NewReader(raw))
		theirs, err := http.ReadResponse(theirIn, &http.Request{Method: method})
		if err != nil {
			return // net/http refuses more, in trailers and field names
		}
		body, theirErr := io.ReadAll(theirs.Body)
		if theirs.StatusCode != res.Status || theirs.ContentLength != res.ContentLength && method != "HEAD" && res.Status != 304 && res.Status != 204 {
			t.Errorf("net/http has %d with %d bytes, and we have %s", theirs.StatusCode, theirs.ContentLength, describeAnswer(res, frame))
		}
		if ourErr != nil || theirErr != nil {
			return
		}
		if string(ours) != string(body) {
			t.Errorf("net/http reads %q, and we read %q of %s", body, ours, describeAnswer(res, frame))
		}
		if theirRest, _ := io.ReadAll(theirIn); !frame.close && string(theirRest) != in.rest() {
			t.Errorf("net/http leaves %q, and we leave %q", theirRest, in.rest())
		}
	})
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// rest is everything that has not been read.
func (b *reader) rest() string {
	later, _ := io.ReadAll(b.from)
	b.buf = append(b.buf[:b.w], later...)
	b.w = len(b.buf)
	return string(b.buf[b.r:])
}

func BenchmarkParseResponse(b *testing.B) {
	raw := ok("Date: Thu, 26 Nov 2026 12:00:00 GMT", "Server: nginx", "Content-Type: text/html; charset=utf-8", "Content-Length: 1024", "Connection: keep-alive",
		"ETag: \"abc\"", "Cache-Control: max-age=60", "Vary: Accept-Encoding", "Set-Cookie: a=b; Path=/")
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := parseResponse(raw, "GET", testFields); err != nil {
			b.Fatal(err)
		}
	}
}
