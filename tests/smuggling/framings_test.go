package smuggling

const (
	post = "POST /a HTTP/1.1\r\nHost: HOST\r\n"
	get  = "GET /a HTTP/1.1\r\nHost: HOST\r\n"
	// inner is what an attacker wants to be taken for a request of its own.
	inner = "GET /smuggled HTTP/1.1\r\nHost: HOST\r\n\r\n"
	// empty ends content in chunks, and hello are five bytes in one.
	empty = "0\r\n\r\n"
	hello = "5\r\nhello\r\n" + empty
)

// refused is a request that is answered with 400 and the end.
func refused(name, send string) dialogue {
	return dialogue{name: name, send: send, answers: []string{"400"}}
}

// framings are about where the content of a request ends: two fields that say so, or one
// that does not say it plainly. What follows is never taken for a request.
var framings = []dialogue{
	refused("CL.TE", post+"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n"+empty+inner),
	refused("TE.CL", post+"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n2b\r\n"+inner+"\r\n"+empty),
	refused("CL.TE without content", post+"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n"+empty+inner),
	refused("CL.CL", post+"Content-Length: 0\r\nContent-Length: 44\r\n\r\n"+inner),
	refused("CL.CL that agree", post+"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"+inner),
	refused("a list of lengths", post+"Content-Length: 5, 5\r\n\r\nhello"+inner),
	refused("lengths in two cases", post+"content-length: 0\r\nCONTENT-LENGTH: 44\r\n\r\n"+inner),
	refused("a signed length", post+"Content-Length: +5\r\n\r\nhello"+inner),
	refused("a negative length", post+"Content-Length: -1\r\n\r\n"+inner),
	refused("a hexadecimal length", post+"Content-Length: 0x5\r\n\r\nhello"+inner),
	refused("a length with a fraction", post+"Content-Length: 5.0\r\n\r\nhello"+inner),
	refused("a length in words", post+"Content-Length: 5 5\r\n\r\nhello"+inner),
	refused("a length with an underscore", post+"Content-Length: 1_0\r\n\r\nhello"+inner),
	refused("a length beyond all numbers", post+"Content-Length: 18446744073709551621\r\n\r\nhello"+inner),
	refused("an empty length", post+"Content-Length:\r\n\r\n"+inner),
	refused("a length in other digits", post+"Content-Length: \xEF\xBC\x95\r\n\r\nhello"+inner),
	refused("a length behind a form feed", post+"Content-Length: \f5\r\n\r\nhello"+inner),
	{name: "a length with zeros in front", send: post + "Content-Length: 0005\r\n\r\nhello", answers: []string{"200 POST /a hello"}, stays: true, seen: []string{"POST /a hello"}},

	{name: "TE.TE: another coding", send: post + "Transfer-Encoding: xchunked\r\n\r\n" + empty + inner, answers: []string{"400"}},
	{name: "TE.TE: a coding before", send: post + "Transfer-Encoding: gzip, chunked\r\n\r\n" + empty + inner, answers: []string{"501"}},
	{name: "TE.TE: identity before", send: post + "Transfer-Encoding: identity, chunked\r\n\r\n" + empty + inner, answers: []string{"501"}},
	refused("TE.TE: identity alone", post+"Transfer-Encoding: identity\r\n\r\n"+inner),
	refused("TE.TE: chunked twice", post+"Transfer-Encoding: chunked, chunked\r\n\r\n"+empty+inner),
	refused("TE.TE: chunked and another field", post+"Transfer-Encoding: chunked\r\nTransfer-Encoding: cow\r\n\r\n"+empty+inner),
	refused("TE.TE: another field and chunked", post+"Transfer-Encoding: cow\r\nTransfer-Encoding: chunked\r\n\r\n"+empty+inner),
	refused("TE.TE: an empty field and chunked", post+"Transfer-Encoding:\r\nTransfer-Encoding: chunked\r\n\r\n"+empty+inner),
	refused("TE.TE: an empty field", post+"Transfer-Encoding:\r\n\r\n"+empty+inner),
	refused("TE.TE: a comma behind", post+"Transfer-Encoding: chunked,\r\n\r\n"+empty+inner),
	refused("TE.TE: a comma before", post+"Transfer-Encoding: ,chunked\r\n\r\n"+empty+inner),
	refused("TE.TE: in quotation marks", post+"Transfer-Encoding: \"chunked\"\r\n\r\n"+empty+inner),
	refused("TE.TE: a parameter", post+"Transfer-Encoding: chunked;q=1\r\n\r\n"+empty+inner),
	refused("TE.TE: a space before the colon", post+"Transfer-Encoding : chunked\r\n\r\n"+empty+inner),
	refused("TE.TE: a tab before the colon", post+"Content-Length: 5\r\nTransfer-Encoding\t: chunked\r\n\r\n"+empty+inner),
	refused("TE.TE: a vertical tab", post+"Transfer-Encoding: \vchunked\r\n\r\n"+empty+inner),
	refused("TE.TE: a vertical tab behind", post+"Transfer-Encoding: chunked\v\r\n\r\n"+empty+inner),
	refused("TE.TE: a NUL", post+"Transfer-Encoding: chunked\x00\r\n\r\n"+empty+inner),
	refused("TE.TE: a byte beyond ASCII", post+"Transfer-Encoding: \xFFchunked\r\n\r\n"+empty+inner),
	refused("TE.TE: a space without a break", post+"Transfer-Encoding:\xA0chunked\r\n\r\n"+empty+inner),
	refused("TE.TE: in a folded line", post+"X-A: b\r\n Transfer-Encoding: chunked\r\n\r\n"+empty+inner),
	refused("TE.TE: folded", post+"Content-Length: 5\r\nTransfer-Encoding:\r\n chunked\r\n\r\n"+empty+inner),
	refused("TE.TE: behind a bare LF", post+"Content-Length: 5\r\nX-A: b\nTransfer-Encoding: chunked\r\n\r\n"+empty+inner),
	refused("TE.TE: behind a bare CR", post+"Content-Length: 5\r\nX-A: b\rTransfer-Encoding: chunked\r\n\r\n"+empty+inner),
	refused("TE.TE: in the first line", "POST /a HTTP/1.1\r\n Transfer-Encoding: chunked\r\nHost: HOST\r\n\r\n"+empty+inner),
	refused("TE.TE: of HTTP/1.0", "POST /a HTTP/1.0\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n"+empty+inner),
	{name: "TE.TE: an underscore", send: post + "Content-Length: 5\r\nTransfer_Encoding: chunked\r\n\r\nhello", answers: []string{"200 POST /a hello"}, stays: true, seen: []string{"POST /a hello"}},
	{name: "TE.TE: a dot", send: post + "Content-Length: 5\r\nTransfer.Encoding: chunked\r\n\r\nhello", answers: []string{"200 POST /a hello"}, stays: true, seen: []string{"POST /a hello"}},
	{name: "TE.TE: in capitals", send: post + "TRANSFER-ENCODING: CHUNKED\r\n\r\n" + hello, answers: []string{"200 POST /a hello"}, stays: true, seen: []string{"POST /a hello"}},
	{name: "TE.TE: behind a tab", send: post + "Transfer-Encoding:\tchunked \r\n\r\n" + hello, answers: []string{"200 POST /a hello"}, stays: true, seen: []string{"POST /a hello"}},
	{name: "a length in an alias", send: get + "Content_Length: 44\r\n\r\n", answers: []string{"200 GET /a"}, stays: true, seen: []string{"GET /a"}},
	{name: "a length in an alias, and another one", send: post + "Content_Length: 44\r\nContent-Length: 5\r\n\r\nhello", answers: []string{"200 POST /a hello"}, stays: true, seen: []string{"POST /a hello"}},
	{name: "Content-Encoding is no framing", send: post + "Content-Length: 5\r\nContent-Encoding: chunked\r\n\r\nhello", answers: []string{"200 POST /a hello"}, stays: true, seen: []string{"POST /a hello"}},
}
