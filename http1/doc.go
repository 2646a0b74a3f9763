// Package http1 speaks HTTP/1.1 (RFC 9112): a strict parser, a server that keeps
// connections with clients alive, and a client that keeps those with origins.
//
// Strict means that a message which two implementations could read in two ways is
// refused, with 400 or origin-malformed and the end of the connection: bare LF or CR,
// obs-fold, white space before a colon, repeated Host or Content-Length, Content-Length
// with Transfer-Encoding, codings other than chunked, malformed chunks. Nothing is
// repaired.
//
// The path of a message is kept short: a head is one string whose parts the fields
// are; timeouts are looked after by one goroutine for all connections, and so, on
// Linux, are clients that go away, instead of timers and reads for every request.
package http1
