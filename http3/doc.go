// Package http3 speaks HTTP/3 (RFC 9114) with clients: a server on the QUIC of quic-go,
// with its static table of QPACK (RFC 9204).
//
// Requests are held to the same rules as those of the other versions, so that whatever
// comes in can be sent on as HTTP/1.1: what is malformed is reset, and what is too large
// is refused. Nothing is kept in a table that the client could fill, and early data, which
// somebody else may have replayed, is not taken.
//
// A connection has a goroutine that takes the client's streams, and one for each of them.
//
//	listen.go    handshakes and the settings of QUIC
//	port.go      a socket that one process has after another
//	handover.go  how it goes from one to the next
//	relay.go     what they say to each other meanwhile
//	conn.go      the connection: its streams, its timeouts, its end
//	control.go   what the client says beside its requests
//	frame.go     frames and codes
//	request.go   a stream: from HEADERS to a request, and what becomes of it
//	body.go      the content of a request
//	response.go  from an answer to frames
//	switch.go    streams that go on as WebSockets
//	fields.go    fields in QPACK
package http3
