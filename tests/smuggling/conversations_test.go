package smuggling

// letter is inner with a length of 43.
const letter = "GET /smuggled HTTP/1.1\r\nHost: a.example\r\n\r\n"

const upgrade = get + "Connection: Upgrade\r\nUpgrade: "

// conversations are about more than one request on a connection, and about what one
// side says before the other has finished.
var conversations = []dialogue{
	{name: "pipelined", send: get + "\r\n" + post + "Content-Length: 5\r\n\r\nhello" + get + "\r\n", answers: []string{"200 GET /a", "200 POST /a hello", "200 GET /a"}, stays: true, seen: []string{"GET /a", "POST /a hello", "GET /a"}},
	{name: "pipelined behind a head that is refused", send: get + "\r\n" + get + "X A: b\r\n\r\n" + inner, answers: []string{"200 GET /a", "400"}, seen: []string{"GET /a"}},
	{name: "pipelined behind Connection: close", send: get + "Connection: close\r\n\r\n" + inner, answers: []string{"200 GET /a"}, seen: []string{"GET /a"}},
	{name: "pipelined behind HTTP/1.0", send: "GET /a HTTP/1.0\r\nHost: HOST\r\n\r\n" + inner, answers: []string{"200 GET /a"}, seen: []string{"GET /a"}},
	{name: "content that looks like a request", send: post + "Content-Length: 43\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a.example\r\n\r\n", answers: []string{"200 POST /a GET /smuggled HTTP/1.1\r\nHost: a.example\r\n\r\n"}, stays: true, seen: []string{"POST /a GET /smuggled HTTP/1.1\r\nHost: a.example\r\n\r\n"}},
	{name: "content of GET", send: get + "Connection: close\r\nContent-Length: 5\r\n\r\nhello", answers: []string{"200 GET /a hello"}, inCode: []string{"500"}, seen: []string{"GET /a hello"}},
	{name: "content of GET in chunks", send: get + "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n" + hello, answers: []string{"200 GET /a hello"}, inCode: []string{"500"}, seen: []string{"GET /a hello"}},
	{name: "0.CL: content that never comes", send: post + "Content-Length: 5\r\n\r\n", hangUp: true},
	{name: "CL.0: a refused request with content", send: "POST /a%00 HTTP/1.1\r\nHost: HOST\r\nContent-Length: 43\r\n\r\n" + letter, answers: []string{"400"}, stays: true},
	{name: "CL.0: a path that needs no content", send: "TRACE /a HTTP/1.1\r\nHost: HOST\r\nContent-Length: 43\r\n\r\n" + letter, answers: []string{"405"}, stays: true},
	{name: "Expect: another one", send: post + "Expect: 200-ok\r\nContent-Length: 43\r\n\r\n" + letter, answers: []string{"417"}},
	{name: "Expect: a list", send: post + "Expect: 100-continue, 100-continue\r\nContent-Length: 5\r\n\r\nhello", answers: []string{"417"}},
	{name: "Expect: met", send: post + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n", answers: []string{"100"}, more: "hello" + get + "Connection: close\r\n\r\n", rest: []string{"200 POST /a hello", "200 GET /a"}, seen: []string{"POST /a hello", "GET /a"}},
	{name: "Expect: without waiting", send: post + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello", answers: []string{"100", "200 POST /a hello"}, stays: true, seen: []string{"POST /a hello"}},
	{name: "Expect: without content", send: get + "Expect: 100-continue\r\n\r\n", answers: []string{"200 GET /a"}, stays: true, seen: []string{"GET /a"}},
	{name: "Expect: refused", send: "POST /a%00 HTTP/1.1\r\nHost: HOST\r\nExpect: 100-continue\r\nContent-Length: 43\r\n\r\n" + letter, answers: []string{"400"}},
	{name: "HEAD", send: "HEAD /a HTTP/1.1\r\nHost: HOST\r\n\r\n", answers: []string{"HEAD 200"}, stays: true, seen: []string{"HEAD /a"}},
	{name: "HEAD with content", send: "HEAD /a HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello", answers: []string{"HEAD 200"}, inCode: []string{"HEAD 500"}, seen: []string{"HEAD /a hello"}},
	{name: "Upgrade: h2c", send: upgrade + "h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n", answers: []string{"200 GET /a"}, stays: true, seen: []string{"GET /a"}},
	{name: "Upgrade: another protocol", send: upgrade + "spdy/3\r\n\r\n", answers: []string{"200 GET /a"}, stays: true, seen: []string{"GET /a"}},
	{name: "Upgrade: WebSocket with content", send: upgrade + "websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nContent-Length: 5\r\n\r\nhello", answers: []string{"200 GET /a hello"}, inCode: []string{"500"}, stays: true, seen: []string{"GET /a hello"}},
	{name: "Upgrade: WebSocket that is declined", send: upgrade + "websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", answers: []string{"200 GET /a"}, stays: true, seen: []string{"GET /a"}},
	{name: "Upgrade: half a WebSocket", send: upgrade + "websocket\r\nSec-WebSocket-Version: 777\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", answers: []string{"200 GET /a"}, stays: true, seen: []string{"GET /a"}},
	{name: "HTTP/2's preface in the midst", send: get + "\r\nPRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", answers: []string{"200 GET /a", "505"}, seen: []string{"GET /a"}},
	{name: "half of HTTP/2's preface", send: "PRI * HTTP/1.1\r\nHost: HOST\r\n\r\n", answers: []string{"400"}, stays: true},
}
