package smuggling

const chunked = post + "Transfer-Encoding: chunked\r\n\r\n"

// broken is content that turns out to be malformed behind a head that was not. The
// origin may have the head, and never the whole.
func broken(name, content string) dialogue {
	return dialogue{name: name, send: chunked + content, answers: []string{"400"}, inCode: []string{"500"}}
}

// chunks are about content in chunks: sizes that two servers read as two numbers, and
// ends that one of them does not see.
var chunks = []dialogue{
	broken("chunk: a signed size", "+5\r\nhello\r\n"+empty+inner),
	broken("chunk: a negative size", "-5\r\nhello\r\n"+empty+inner),
	broken("chunk: 0x before the size", "0x5\r\nhello\r\n"+empty+inner),
	broken("chunk: a size beyond all numbers", "10000000000000005\r\nhello\r\n"+empty+inner),
	broken("chunk: a size of 64 bits", "fffffffffffffffb\r\nhello\r\n"+empty+inner),
	broken("chunk: a space before the size", " 5\r\nhello\r\n"+empty+inner),
	broken("chunk: a space behind the size", "5 \r\nhello\r\n"+empty+inner),
	broken("chunk: an underscore in the size", "0_5\r\nhello\r\n"+empty+inner),
	broken("chunk: no size", "\r\nhello\r\n"+empty+inner),
	broken("chunk: an extension instead of a size", ";5\r\nhello\r\n"+empty+inner),
	broken("chunk: an LF in an extension", "5;a\nb\r\nhello\r\n"+empty+inner),
	broken("chunk: a CR in an extension", "5;a\rb\r\nhello\r\n"+empty+inner),
	broken("chunk: a NUL in an extension", "5;a\x00\r\nhello\r\n"+empty+inner),
	broken("chunk: a space before an extension", "5 ;a=b\r\nhello\r\n"+empty+inner),
	broken("chunk: a size that ends in LF alone", "5\nhello\r\n"+empty+inner),
	broken("chunk: a size that ends in CR alone", "5\rhello\r\n"+empty+inner),
	broken("chunk: a size behind which is CR CR LF", "5\r\r\nhello\r\n"+empty+inner),
	broken("chunk: content that ends in LF alone", "5\r\nhello\n"+empty+inner),
	broken("chunk: content that has no end", "5\r\nhello"+empty+inner),
	broken("chunk: content that is longer than its size", "4\r\nhello\r\n"+empty+inner),
	broken("chunk: content that is shorter than its size", "6\r\nhello\r\n"+empty+inner),
	broken("chunk: other bytes for CRLF", "5\r\nhelloXX"+empty+inner),
	broken("chunk: an end that ends in LF alone", "5\r\nhello\r\n0\r\n\n"+inner),
	broken("chunk: a last chunk that ends in LF alone", "5\r\nhello\r\n0\n\r\n"+inner),
	broken("chunk: a folded trailer", "5\r\nhello\r\n0\r\nX-A: b\r\n c\r\n\r\n"+inner),
	broken("chunk: a trailer without a colon", "5\r\nhello\r\n0\r\n"+inner),
	broken("chunk: a space before the colon of a trailer", "5\r\nhello\r\n0\r\nX-A : b\r\n\r\n"+inner),
	{name: "chunk: a size with zeros in front", send: chunked + "0000005\r\nhello\r\n" + "000\r\n\r\n", answers: []string{"200 POST /a hello"}, stays: true, seen: []string{"POST /a hello"}},
	{name: "chunk: an extension", send: chunked + "5;a=\"b\"\r\nhello\r\n0;c\r\n\r\n", answers: []string{"200 POST /a hello"}, stays: true, seen: []string{"POST /a hello"}},
	{name: "chunk: a request as content", send: chunked + "2b\r\nGET /smuggled HTTP/1.1\r\nHost: a.example\r\n\r\n\r\n" + empty, answers: []string{"200 POST /a GET /smuggled HTTP/1.1\r\nHost: a.example\r\n\r\n"}, stays: true, seen: []string{"POST /a GET /smuggled HTTP/1.1\r\nHost: a.example\r\n\r\n"}},
	{name: "trailer: a length and a coding", send: chunked + "5\r\nhello\r\n0\r\nContent-Length: 44\r\nTransfer-Encoding: chunked\r\n\r\n", answers: []string{"200 POST /a hello"}, stays: true, seen: []string{"POST /a hello"}},
	{name: "trailer: a host", send: chunked + "5\r\nhello\r\n0\r\nHost: other.example\r\n\r\n", answers: []string{"200 POST /a hello"}, stays: true, seen: []string{"POST /a hello"}},
	{name: "trailer: who the client is", send: chunked + "5\r\nhello\r\n0\r\nX-Forwarded-For: 10.0.0.1\r\nX_Forwarded_For: 10.0.0.1\r\nForwarded: for=10.0.0.1\r\nX-Real-IP: 10.0.0.1\r\nClient-Cert: :AAAA:\r\nCDN-Loop: a\r\nVia: 1.1 a\r\n\r\n", answers: []string{"200 POST /a hello"}, stays: true, seen: []string{"POST /a hello"}},
	{name: "trailer: what a request is judged by", send: chunked + "5\r\nhello\r\n0\r\nAuthorization: Basic QQ==\r\nCookie: a=b\r\nProxy-Authorization: c\r\nCache-Control: no-cache\r\n\r\n", answers: []string{"200 POST /a hello"}, stays: true, seen: []string{"POST /a hello"}},
}
