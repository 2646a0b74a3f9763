package httpmsg

import (
	"crypto/rand"
	"crypto/sha1" // as RFC 6455 asks for; nothing is kept secret by it
	"encoding/base64"
	"io"

	"hedge"
)

// WebSocket is the protocol that a request may ask to go on with (RFC 9110 §7.8, RFC
// 6455). There is no other: h2c would carry requests that nobody has looked at.
const WebSocket = "websocket"

// Duplex is a connection that goes on in another protocol. One goroutine at a time
// reads and one writes, at the same time; Close and CloseWrite may come from any.
type Duplex interface {
	// Close ends both directions at once, and the Read and Write that wait.
	io.ReadWriteCloser
	// CloseWrite says that nothing more will be written. Reading goes on.
	CloseWrite() error
}

// Switched is the body of an answer with the status 101, perhaps wrapped: what the
// client goes on to talk with. Read is not for use; Close ends the conversation, from
// any goroutine, also one that has not begun.
type Switched interface {
	io.ReadCloser
	// Join has the client and whoever answered talk until both have ended, and returns
	// how many bytes the client got, and sent. It is called once, does not close
	// client, and has no hold of it afterwards.
	Join(client Duplex) (sent, received int64, err error)
}

// SwitchedBody returns what an answer with the status 101 holds; nil if it holds
// nothing to go on with.
func SwitchedBody(res *Response) Switched {
	for body := res.Body; body != nil; {
		if s, ok := body.(Switched); ok {
			return s
		}
		wrapper, ok := body.(interface{ Unwrap() io.ReadCloser })
		if !ok {
			return nil
		}
		body = wrapper.Unwrap()
	}
	return nil
}

// Switching returns what an answer with the status 101 holds, to a request that asked for
// it, without the fields that are about another hop. The error is a *hedge.Error.
func Switching(req *Request, res *Response) (Switched, error) {
	to := SwitchedBody(res)
	if to == nil || req.Upgrade != WebSocket {
		return nil, hedge.Errorf(hedge.OutcomeException, "the answer has the status 101, which nobody has asked for")
	}
	res.Header.Del("Sec-WebSocket-Accept") // to the key of another hop
	return to, nil
}

// SwitchingHead is the head that HTTP/2 and 3 say instead of a 101: the stream goes on with
// a 200 (RFC 8441 §5, RFC 9220 §3).
func SwitchingHead(res *Response) *Response {
	head := *res
	head.Status = 200
	return &head
}

// AsksForWebSocket reports whether the fields of a request without content are a
// whole handshake of a WebSocket (RFC 6455 §4.2.1). Connection is the caller's to look
// at. What is less is a request like any other, and has no upgrade.
func AsksForWebSocket(req *Request) bool {
	h := &req.Header
	return req.Method == "GET" && h.HasItem("Upgrade", WebSocket) &&
		h.Get("Sec-WebSocket-Version") == "13" && validKey(h.Joined("Sec-WebSocket-Key"))
}

// validKey reports whether a key is 16 bytes in base64.
func validKey(key string) bool {
	nonce, err := base64.StdEncoding.DecodeString(key)
	return err == nil && len(nonce) == 16
}

// NewWebSocketKey returns a value of Sec-WebSocket-Key that nobody has used.
func NewWebSocketKey() string {
	var nonce [16]byte
	_, _ = rand.Read(nonce[:]) // never fails
	return base64.StdEncoding.EncodeToString(nonce[:])
}

// WebSocketAccept returns the Sec-WebSocket-Accept that shows that a key has been read
// by somebody who speaks the protocol (RFC 6455 §4.2.2).
func WebSocketAccept(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}
