// Package proxyproto reads and writes the header of the PROXY protocol, versions 1 and
// 2: what a load balancer that only carries bytes says about the client, before the
// first of them (https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt).
//
// It reads exactly the header and no byte behind it, so that the connection can be used
// as it is afterwards. It is strict: what is not well-formed is an error, and the
// connection not to be trusted.
package proxyproto
