package httpmsg

import "context"

// Handler answers one request that a server has read: it calls out.Deliver once, or
// not at all if the exchange is to be broken off. refusal is not nil for a head that
// cannot be trusted; then req holds what is known of it, and only an error may be
// delivered. ctx ends when the client goes away.
type Handler func(ctx context.Context, req *Request, refusal *Refusal, out Outlet)

// Refusal is why a request is not to be served.
type Refusal struct {
	Status int // of the answer that it deserves
	Why    string
}

// Outlet is where the answer to one request goes. It is for one goroutine at a time.
type Outlet interface {
	// Interim writes an interim answer, before Deliver is called. One that the client
	// cannot take is dropped.
	Interim(status int, h *Header)
	// Deliver writes an answer and returns how many bytes of its body were sent. It
	// closes the body on every path, at the latest when ctx ends. After an error the
	// client has at most a part, and knows it.
	Deliver(ctx context.Context, req *Request, res *Response) (bytes int64, err error)
}
