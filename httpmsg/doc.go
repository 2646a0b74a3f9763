// Package httpmsg is what every part behind the door speaks: a request, a response,
// an ordered list of header fields, and the semantics of HTTP that need no
// connection.
//
// Three things come over a connection and have to agree on the meaning of a
// message: the server in front, the client behind, and the cache between them. The
// meaning is here, in pure functions; the bytes are in http1 and http2.
//
//   - messages: Request, Response, RoundTripper, Header, BytesBody, StatusText
//   - syntax: tokens, field values, lists, parameters, dates (RFC 9110 §5)
//   - a proxy's duties: RemoveHopByHop, Forwarding, NormalPath, Readings, NormalHost, Hosts,
//     RewriteLocation, RewriteSetCookiePath
//   - a cache's and a server's rules: CachingOf, Storable, Vary, ETag and preconditions,
//     ranges, content negotiation (RFC 9110, RFC 9111)
//   - cookies (RFC 6265bis)
//
// Everything parses hostile input: no function panics on any string, and each says
// what it does with input that breaks the grammar. No function keeps state, and all
// of them may be called from many goroutines at once.
package httpmsg
