// Package websocket is the host's part of WebSockets in code (RFC 6455, WHATWG
// WebSockets): it writes and reads the frames. Code sees messages.
package websocket

import (
	"context"
	"errors"
	"io"
	"time"

	"hedge/frame"
	"hedge/httpmsg"
	"hedge/worker"
)

// The numbers of the ops, which host.ts knows too.
const (
	opServe  = 3 // a socket for the client whose request is answered with 101
	opAccept = 4 // the socket of an answer that fetch got
)

// Config is what the sockets of all apps have in common.
type Config struct {
	// Idle is how long a connection goes on of which nothing is heard, not even the
	// answer to a ping, which is sent after half of it.
	Idle time.Duration
	// Farewell is how long the other side is waited for after a Close frame.
	Farewell time.Duration
}

// DefaultConfig suits browsers.
func DefaultConfig() Config {
	return Config{Idle: time.Minute, Farewell: 5 * time.Second}
}

// Module returns the feature's ops.
func Module(cfg Config) worker.Module {
	return worker.Module{Name: "websocket", Ops: []worker.Op{
		{Code: opServe, Name: "websocket.serve", Run: func(_ context.Context, call *worker.Call) error { return serve(cfg, call) }},
		{Code: opAccept, Name: "websocket.accept", Run: func(_ context.Context, call *worker.Call) error { return accept(cfg, call) }},
	}}
}

var errMalformed = errors.New("websocket: malformed call")

// serve makes the socket that a client gets for an answer: what code says, as a body
// of the isolate's, becomes frames, and the messages that come are a body for it. The
// third body is the answer's own.
func serve(cfg Config, call *worker.Call) error {
	if call.Request() == nil {
		return errMalformed
	}
	out, _ := call.TakeBody(frame.BodyIsolate, call.Payload.Word())
	if out == nil {
		return errMalformed
	}
	s := newSocket(cfg, call.App().Limits, out, false)
	messages := call.OpenBody(worker.Body{Reader: &s.messages, Length: -1, Event: begins})
	answer := call.OpenBody(worker.Body{Reader: s, Length: -1})
	call.Reply(func(w *frame.Writer) {
		w.Word(messages)
		w.Word(answer)
	})
	return nil
}

// accept makes a socket of the connection that an answer to fetch has been switched to.
func accept(cfg Config, call *worker.Call) error {
	body, out := call.Payload.Word(), call.Payload.Word()
	if call.Request() == nil {
		return &worker.Failure{Name: "Error", Message: "A WebSocket belongs to a request; there is none while the app loads"}
	}
	conn, _ := call.TakeBody(frame.BodyHost, body)
	if conn == nil {
		return &worker.Failure{Name: "InvalidStateError", Message: "The WebSocket is gone"}
	}
	duplex, ok := httpmsg.SwitchedBody(&httpmsg.Response{Body: conn}).(httpmsg.Duplex)
	from, _ := call.TakeBody(frame.BodyIsolate, out)
	if !ok || from == nil {
		_ = conn.Close()
		return errMalformed
	}
	s := newSocket(cfg, call.App().Limits, from, true)
	messages := call.OpenBody(worker.Body{Reader: &s.messages, Length: -1, Event: begins})
	call.Reply(func(w *frame.Writer) { w.Word(messages) })
	go func() { // ends with the connection
		_, _, _ = s.Join(owned{duplex, conn})
		_ = conn.Close()
	}()
	return nil
}

// owned is a connection that is closed by what it came in.
type owned struct {
	httpmsg.Duplex
	whole io.Closer
}

// Close ends the exchange that the connection belongs to.
func (o owned) Close() error { return o.whole.Close() }
