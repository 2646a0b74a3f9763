package smuggling

// downgrade is one request over HTTP/2, which becomes one over HTTP/1.1 behind the edge.
type downgrade struct {
	name string
	// fields are those of the head, each "name: value"; "+" stands for the usual ones of a
	// POST to HOST. trailer follows the content; nil: there is none.
	fields  []string
	content string
	trailer []string
	// want is "reset", or the status and the content of the answer; inCode is that of the
	// app that is code, where it is another.
	want, inCode string
	// seen is the request that the origin gets; empty: none.
	seen string
}

// reset is a request that ends with its stream, and gets to nobody.
func reset(name string, fields ...string) downgrade {
	return downgrade{name: name, fields: fields, content: inner, want: "reset"}
}

// passed is a request whose content is nothing but content.
func passed(name string, fields ...string) downgrade {
	return downgrade{name: name, fields: fields, content: "hello", want: "200 POST /a hello", seen: "POST /a hello"}
}

var downgrades = []downgrade{
	passed("H2.CL: the right length", "+", "content-length: 5"),
	reset("H2.CL: too short", "+", "content-length: 0"),
	reset("H2.CL: too long", "+", "content-length: 4000"),
	reset("H2.CL: twice", "+", "content-length: 5", "content-length: 5"),
	reset("H2.CL: a list", "+", "content-length: 5, 5"),
	reset("H2.CL: signed", "+", "content-length: +5"),
	reset("H2.CL: CRLF", "+", "content-length: 0\r\n\r\nGET /smuggled HTTP/1.1"),
	reset("H2.TE", "+", "transfer-encoding: chunked"),
	reset("H2.TE: in capitals", "+", "Transfer-Encoding: chunked"),
	reset("H2.TE: CRLF in another value", "+", "x-a: b\r\ntransfer-encoding: chunked"),
	reset("H2.TE: LF in another value", "+", "x-a: b\ntransfer-encoding: chunked"),
	reset("H2.TE: CR in another value", "+", "x-a: b\rtransfer-encoding: chunked"),
	reset("H2.TE: CRLF in a name", "+", "x-a: b\r\ntransfer-encoding", "chunked"),
	reset("H2.TE: a colon in a name", "+", "transfer-encoding: chunked\r\nx:"),
	passed("H2.TE: an underscore", "+", "transfer_encoding: chunked"),
	reset("NUL in a value", "+", "x-a: b\x00c"),
	reset("white space before a value", "+", "x-a:  b"),
	reset("white space behind a value", "+", "x-a: b "),
	reset("an empty name", "+", ": b"),
	reset("a space in a name", "+", "x a: b"),
	reset("connection", "+", "connection: content-length"),
	reset("upgrade", "+", "upgrade: h2c"),
	reset("proxy-connection", "+", "proxy-connection: keep-alive"),
	reset("keep-alive", "+", "keep-alive: timeout=5"),
	reset("te", "+", "te: chunked"),
	passed("te: trailers", "+", "te: trailers"),
	reset("path: a request in it", ":method: POST", ":scheme: http", ":authority: HOST", ":path: /a HTTP/1.1\r\nHost: HOST\r\n\r\nGET /smuggled"),
	reset("path: a space", ":method: POST", ":scheme: http", ":authority: HOST", ":path: /a b"),
	reset("path: a version", ":method: POST", ":scheme: http", ":authority: HOST", ":path: /a HTTP/1.1"),
	reset("path: LF", ":method: POST", ":scheme: http", ":authority: HOST", ":path: /a\nb"),
	reset("path: a fragment", ":method: POST", ":scheme: http", ":authority: HOST", ":path: /a#b"),
	reset("path: no slash", ":method: POST", ":scheme: http", ":authority: HOST", ":path: a"),
	reset("path: a URL", ":method: POST", ":scheme: http", ":authority: HOST", ":path: http://other.example/a"),
	reset("path: empty", ":method: POST", ":scheme: http", ":authority: HOST", ":path: "),
	reset("path: none", ":method: POST", ":scheme: http", ":authority: HOST"),
	reset("path: two", ":method: POST", ":scheme: http", ":authority: HOST", ":path: /a", ":path: /b"),
	reset("method: a request in it", ":method: GET /smuggled HTTP/1.1\r\nHost: HOST\r\n\r\nPOST", ":scheme: http", ":authority: HOST", ":path: /a"),
	reset("method: a space", ":method: GET /smuggled", ":scheme: http", ":authority: HOST", ":path: /a"),
	reset("method: two", ":method: POST", ":method: GET", ":scheme: http", ":authority: HOST", ":path: /a"),
	reset("method: none", ":scheme: http", ":authority: HOST", ":path: /a"),
	reset("scheme: a URL in it", ":method: POST", ":scheme: http://other.example/?", ":authority: HOST", ":path: /a"),
	reset("scheme: CRLF", ":method: POST", ":scheme: http\r\nx: y", ":authority: HOST", ":path: /a"),
	reset("authority: CRLF", ":method: POST", ":scheme: http", ":authority: HOST\r\nx-a: b", ":path: /a"),
	reset("authority: a path", ":method: POST", ":scheme: http", ":authority: HOST/b", ":path: /a"),
	reset("authority: a user", ":method: POST", ":scheme: http", ":authority: a@HOST", ":path: /a"),
	reset("authority: another host", "+", "host: other.example"),
	reset("authority: two hosts", ":method: POST", ":scheme: http", ":path: /a", "host: HOST", "host: HOST"),
	reset("authority: none", ":method: POST", ":scheme: http", ":path: /a"),
	passed("authority: by host", ":method: POST", ":scheme: http", ":path: /a", "host: HOST"),
	passed("authority: twice the same", "+", "host: HOST"),
	reset("a pseudo-field behind the others", ":method: POST", ":scheme: http", ":authority: HOST", "x-a: b", ":path: /a"),
	reset("a pseudo-field of answers", "+", ":status: 200"),
	reset("a pseudo-field that is none", "+", ":host: other.example"),
	reset("CONNECT to a path", ":method: CONNECT", ":scheme: http", ":authority: HOST", ":path: /a"),
	{name: "CONNECT", fields: []string{":method: CONNECT", ":authority: HOST:80"}, content: inner, want: "405"},
	{name: "content that is a request", fields: []string{"+"}, content: letter, want: "200 POST /a " + letter, seen: "POST /a " + letter},
	{name: "content that is chunks", fields: []string{"+"}, content: empty + letter, want: "200 POST /a " + empty + letter, seen: "POST /a " + empty + letter},
	{name: "a trailer", fields: []string{"+"}, content: "hello", trailer: []string{"x-a: b"}, want: "200 POST /a hello trailer X-A", inCode: "200 POST /a hello", seen: "POST /a hello"},
	{name: "a trailer with a length", fields: []string{"+"}, content: "hello", trailer: []string{"content-length: 44", "transfer_encoding: chunked", "x-forwarded-for: 10.0.0.1"}, want: "200 POST /a hello", seen: "POST /a hello"},
	{name: "a trailer with a coding", fields: []string{"+"}, content: "hello", trailer: []string{"transfer-encoding: chunked"}, want: "200 POST /a hello", seen: "POST /a hello"},
	{name: "a trailer with CRLF", fields: []string{"+"}, content: "hello", trailer: []string{"x-a: b\r\n\r\n" + inner}, want: "reset"},
	{name: "a trailer with a pseudo-field", fields: []string{"+"}, content: "hello", trailer: []string{":path: /smuggled"}, want: "reset"},
	{name: "Expect", fields: []string{"+", "expect: 100-continue"}, content: "hello", want: "200 POST /a hello", seen: "POST /a hello"},
}
