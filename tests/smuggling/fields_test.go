package smuggling

// ok is a request that is let through and seen as it came.
func ok(name, send, seen string) dialogue {
	return dialogue{name: name, send: send, answers: []string{"200 " + seen}, stays: true, seen: []string{seen}}
}

// fields are about lines that two servers take apart in two ways, and fields that one of
// them may make disappear.
var fields = []dialogue{
	refused("field: a space in a name", get+"X A: b\r\n\r\n"+inner),
	refused("field: no colon", get+"X-A\r\n\r\n"+inner),
	refused("field: no name", get+": b\r\n\r\n"+inner),
	refused("field: a NUL in a name", get+"X\x00A: b\r\n\r\n"+inner),
	refused("field: a NUL in a value", get+"X-A: b\x00c\r\n\r\n"+inner),
	refused("field: DEL in a value", get+"X-A: b\x7Fc\r\n\r\n"+inner),
	refused("field: a bell in a value", get+"X-A: b\ac\r\n\r\n"+inner),
	refused("field: a byte beyond ASCII in a name", get+"X-\xC3\xA4: b\r\n\r\n"+inner),
	refused("field: a name in brackets", get+"[Host]: b\r\n\r\n"+inner),
	refused("field: a bare CR in a value", get+"X-A: b\rGET /smuggled HTTP/1.1\r\n\r\n"+inner),
	refused("field: a bare LF ends a line", get+"X-A: b\nX-C: d\r\n\r\n"+inner),
	refused("field: a bare LF ends the head", get+"X-A: b\r\n\n"+inner),
	refused("field: bare CRs end the head", get+"X-A: b\r\r"+inner),
	refused("field: LF CR for CRLF", "GET /a HTTP/1.1\n\rHost: HOST\n\r\n\r"+inner),
	refused("field: a line of white space", get+"X-A: b\r\n \r\n\r\n"+inner),
	refused("field: a fold", get+"X-A: b\r\n\tc\r\n\r\n"+inner),
	refused("field: a fold in front of all", "GET /a HTTP/1.1\r\n X-A: b\r\nHost: HOST\r\n\r\n"+inner),
	refused("field: a name in front of nothing", get+"\tX-A: b\r\n\r\n"+inner),
	refused("line: two spaces", "GET  /a HTTP/1.1\r\nHost: HOST\r\n\r\n"+inner),
	refused("line: a tab", "GET\t/a\tHTTP/1.1\r\nHost: HOST\r\n\r\n"+inner),
	refused("line: a space behind", "GET /a HTTP/1.1 \r\nHost: HOST\r\n\r\n"+inner),
	refused("line: a space in front", " GET /a HTTP/1.1\r\nHost: HOST\r\n\r\n"+inner),
	refused("line: a NUL in the method", "GE\x00T /a HTTP/1.1\r\nHost: HOST\r\n\r\n"+inner),
	refused("line: a colon in the method", "GET: /a HTTP/1.1\r\nHost: HOST\r\n\r\n"+inner),
	refused("line: a version in small letters", "GET /a http/1.1\r\nHost: HOST\r\n\r\n"+inner),
	refused("line: a version of three parts", "GET /a HTTP/1.1.1\r\nHost: HOST\r\n\r\n"+inner),
	refused("line: a version with zeros", "GET /a HTTP/01.1\r\nHost: HOST\r\n\r\n"+inner),
	refused("line: HTTP/0.9", "GET /a\r\n\r\n"+inner),
	{name: "line: HTTP/2.0", send: "GET /a HTTP/2.0\r\nHost: HOST\r\n\r\n" + inner, answers: []string{"505"}},
	{name: "line: HTTP/1.2", send: "GET /a HTTP/1.2\r\nHost: HOST\r\n\r\n" + inner, answers: []string{"505"}},
	refused("line: two empty ones in front", "\r\n\r\n"+get+"\r\n"+inner),
	ok("line: an empty one in front", "\r\n"+get+"\r\n", "GET /a"),
	ok("Connection names Host", get+"Connection: host\r\n\r\n", "GET /a"),
	ok("Connection names the length", post+"Connection: content-length\r\nContent-Length: 5\r\n\r\nhello", "POST /a hello"),
	ok("Connection names the coding", post+"Connection: transfer-encoding\r\nTransfer-Encoding: chunked\r\n\r\n"+hello, "POST /a hello"),
	ok("Connection names an expectation", post+"Connection: expect\r\nContent-Length: 5\r\n\r\nhello", "POST /a hello"),
	ok("Connection names who the client is", get+"Connection: x-forwarded-for, via, cdn-loop, client-cert\r\n\r\n", "GET /a"),
	ok("Proxy-Connection and Keep-Alive", get+"Proxy-Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n\r\n", "GET /a"),
	{name: "the head is too large", send: get + "X-A: " + kilobytes(33) + "\r\n\r\n" + inner, answers: []string{"431"}},
	{name: "the fields are too many", send: get + manyFields(101) + "\r\n" + inner, answers: []string{"431"}},
	{name: "the target is too long", send: "GET /" + kilobytes(17) + " HTTP/1.1\r\nHost: HOST\r\n\r\n" + inner, answers: []string{"414"}},
}
