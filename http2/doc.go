// Package http2 speaks HTTP/2 (RFC 9113) with clients and with origins: a server and a
// client on the frames and the HPACK decoder of golang.org/x/net/http2.
//
// Requests are held to the same rules as those of HTTP/1.1, so that whatever comes in
// can be sent on as HTTP/1.1: what is malformed is reset, and what is too large is
// refused. Everything that a client makes the server do without asking for anything is
// counted; a client that does too much of it loses its connection at a bounded cost.
//
// A connection with a client has one goroutine that reads. Handlers run on goroutines that are kept
// for the next request, and whatever many of them write meanwhile leaves in one write.
//
//	conn.go      the connection: reading, ending, timeouts
//	frames.go    what each frame does
//	block.go     header blocks: from HEADERS to a request or its trailer
//	stream.go    a request under way, its context and its content
//	unread.go    content that has come and nobody has read, of requests and of answers
//	output.go    what is to be written, windows and room for it
//	response.go  from an answer to frames
//	encoder.go   frames of header blocks, of requests and of answers
//	switch.go    streams that go on as WebSockets
//	budget.go    what a client may make the server do
//
// A connection with an origin has a goroutine that reads and one that writes, so that
// nobody waits for the system but for its own answer. It is shared by as many requests as
// the origin allows.
//
//	origin.go         the client: its connections, and when a request is sent again
//	origin_conn.go    a connection: beginning, writing, ending
//	origin_idle.go    connections that carry nothing, and how many are kept
//	origin_frames.go  what each frame does
//	origin_head.go    heads of requests, and header blocks of answers
//	origin_call.go    a request under way, and the content of its answer
//	origin_upload.go  the content of a request, windows and room for it
package http2
