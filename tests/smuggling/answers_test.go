package smuggling

// reply is one case from the origin's side: what it says, and what the client gets.
type reply struct {
	name   string
	method string // GET if it is empty
	script
	// want is the status and the content that the client gets; "HEAD " before it means
	// that it has asked by HEAD, and "broken" behind it that the client sees the content
	// break off.
	want string
}

const (
	ok200 = "HTTP/1.1 200 OK\r\n"
	// forged is an answer that nobody has asked for.
	forged = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged"
)

func malformed(name, says string) reply {
	return reply{name: name, script: script{says: says}, want: "502"}
}

var replies = []reply{
	malformed("two lengths", ok200+"Content-Length: 5\r\nContent-Length: 0\r\n\r\nhello"),
	malformed("two lengths that agree", ok200+"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"),
	malformed("a list of lengths", ok200+"Content-Length: 5, 5\r\n\r\nhello"),
	malformed("a length and chunks", ok200+"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"+hello),
	malformed("a signed length", ok200+"Content-Length: +5\r\n\r\nhello"),
	malformed("a negative length", ok200+"Content-Length: -5\r\n\r\nhello"),
	malformed("an empty length", ok200+"Content-Length:\r\n\r\nhello"),
	malformed("another coding", ok200+"Transfer-Encoding: gzip, chunked\r\n\r\n"+hello),
	malformed("chunked twice", ok200+"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"+hello),
	malformed("chunks of HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"+hello),
	malformed("a bare LF", ok200+"X-A: b\nContent-Length: 5\r\n\r\nhello"),
	malformed("a bare CR", ok200+"X-A: b\rContent-Length: 0\r\nContent-Length: 5\r\n\r\nhello"),
	malformed("LF alone throughout", "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello"),
	malformed("a NUL", ok200+"X-A: b\x00c\r\nContent-Length: 5\r\n\r\nhello"),
	malformed("a fold", ok200+"X-A: b\r\n c\r\nContent-Length: 5\r\n\r\nhello"),
	malformed("a space before a colon", ok200+"Content-Length : 5\r\n\r\nhello"),
	malformed("no colon", ok200+"hello\r\n\r\n"),
	malformed("a status of two digits", "HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n"),
	malformed("a status of four digits", "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n"),
	malformed("a status that is none", "HTTP/1.1 700 OK\r\nContent-Length: 0\r\n\r\n"),
	malformed("another protocol", "ICY 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
	malformed("HTTP/2.0", "HTTP/2.0 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
	malformed("a request", "GET /smuggled HTTP/1.1\r\nHost: a.example\r\n\r\n"),
	malformed("a head without end", ok200+manyFields(10000)),
	malformed("too many fields", ok200+manyFields(500)+"\r\n"),
	malformed("a field too large", ok200+"X-A: "+kilobytes(100)+"\r\n\r\n"),
	malformed("a flood of interim answers", interims(100)+ok200+"Content-Length: 5\r\n\r\nhello"),
	malformed("an interim answer with content", "HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\nhello"+forged),
	malformed("101 that nobody has asked for", "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"+forged),
	malformed("101 to a WebSocket that nobody has asked for", "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"+forged),
	{name: "interim answers", script: script{says: interims(3) + ok200 + "Content-Length: 5\r\n\r\nhello"}, want: "200 hello"},
	{name: "a second answer at once", script: script{says: ok200 + "Content-Length: 5\r\n\r\nhello" + forged}, want: "200 hello"},
	{name: "a second answer to chunks", script: script{says: ok200 + "Transfer-Encoding: chunked\r\n\r\n" + hello + forged}, want: "200 hello"},
	{name: "a second answer, later", script: script{says: ok200 + "Content-Length: 5\r\n\r\nhello", later: forged}, want: "200 hello"},
	{name: "half of a second answer, later", script: script{says: ok200 + "Content-Length: 5\r\n\r\nhello", later: "HTTP/1.1 200"}, want: "200 hello"},
	{name: "a byte, later", script: script{says: ok200 + "Content-Length: 5\r\n\r\nhello", later: "\n"}, want: "200 hello"},
	{name: "an interim answer, later", script: script{says: ok200 + "Content-Length: 5\r\n\r\nhello", later: "HTTP/1.1 103 Early Hints\r\n\r\n"}, want: "200 hello"},
	{name: "more than its length", script: script{says: ok200 + "Content-Length: 5\r\n\r\nhello, world"}, want: "200 hello"},
	{name: "less than its length", script: script{says: ok200 + "Content-Length: 10\r\n\r\nhello", ends: true}, want: "200 broken"},
	{name: "chunks that break off", script: script{says: ok200 + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", ends: true}, want: "200 broken"},
	{name: "chunks that break off in a size", script: script{says: ok200 + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5", ends: true}, want: "200 broken"},
	{name: "chunks that are malformed", script: script{says: ok200 + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n+5\r\nworld\r\n" + empty}, want: "200 broken"},
	{name: "chunks that end in LF alone", script: script{says: ok200 + "Transfer-Encoding: chunked\r\n\r\n5\nhello\n0\n\n"}, want: "200 broken"},
	{name: "a chunk that is longer than its size", script: script{says: ok200 + "Transfer-Encoding: chunked\r\n\r\n4\r\nhello\r\n" + empty}, want: "200 broken"},
	{name: "a chunk beyond all numbers", script: script{says: ok200 + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nhello\r\n" + empty}, want: "200 broken"},
	{name: "a trailer with a length", script: script{says: ok200 + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nContent-Length: 44\r\nSet-Cookie: a=b\r\n\r\n"}, want: "200 hello"},
	{name: "a trailer that is malformed", script: script{says: ok200 + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX A: b\r\n\r\n"}, want: "200 broken"},
	{name: "content to HEAD", method: "HEAD", script: script{says: forged + forged}, want: "HEAD 200"},
	{name: "chunks to HEAD", method: "HEAD", script: script{says: ok200 + "Transfer-Encoding: chunked\r\n\r\n" + hello}, want: "HEAD 200"},
	{name: "content with 204", script: script{says: "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello" + forged}, want: "204"},
	{name: "chunks with 204", script: script{says: "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n" + hello + forged}, want: "204"},
	{name: "content with 304", script: script{says: "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nhello" + forged}, want: "304"},
	{name: "content with 205", script: script{says: "HTTP/1.1 205 Reset Content\r\nContent-Length: 5\r\n\r\nhello"}, want: "205"},
	{name: "no length", script: script{says: ok200 + "\r\nhello" + forged, ends: true}, want: "200 hello" + forged},
	{name: "HTTP/1.0", script: script{says: "HTTP/1.0 200 OK\r\n\r\nhello", ends: true}, want: "200 hello"},
	{name: "Connection names the length", script: script{says: ok200 + "Connection: content-length\r\nContent-Length: 5\r\n\r\nhello"}, want: "200 hello"},
	{name: "Connection: close, and more", script: script{says: ok200 + "Connection: close\r\nContent-Length: 5\r\n\r\nhello" + forged}, want: "200 hello"},
	{name: "a name in disguise", script: script{says: ok200 + "Content_Length: 1\r\nContent-Length: 5\r\n\r\nhello"}, want: "200 hello"},
	{name: "a reason that reorders text", script: script{says: "HTTP/1.1 200 \xE2\x80\xAEKO\r\nContent-Length: 5\r\n\r\nhello"}, want: "200 hello"},
	{name: "an early answer to content", method: "POST", script: script{says: ok200 + "Content-Length: 5\r\n\r\nhello" + forged, ends: true}, want: "200 hello"},
	{name: "an early refusal of content", method: "POST", script: script{says: "HTTP/1.1 413 Content Too Large\r\nContent-Length: 5\r\n\r\nhello"}, want: "413 hello"},
}
