package http2

import (
	"context"
	"net"
	"testing"
	"time"

	"hedge/httpmsg"
)

// patience ends a test that would hang; nothing is measured by it.
const patience = 20 * time.Second

// running is a server on a real socket.
type running struct {
	*Server
	addr string
}

// start serves until the test ends.
func start(t testing.TB, handler httpmsg.Handler) *running {
	t.Helper()
	return serve(t, &Server{Handler: handler, Limits: DefaultLimits()})
}

func serve(t testing.TB, s *Server) *running {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	s.start()
	go func() { // ends with the listener
		defer close(served)
		for nc, err := ln.Accept(); err == nil; nc, err = ln.Accept() {
			s.ServeConn(nc, nil)
		}
	}()
	t.Cleanup(func() {
		_ = ln.Close()
		<-served
		_ = s.Close()
		<-s.conns.Drained()
	})
	return &running{s, ln.Addr().String()}
}

// echo answers with what it sees, and refusals with their status.
func echo(ctx context.Context, req *httpmsg.Request, refusal *httpmsg.Refusal, out httpmsg.Outlet) {
	res := httpmsg.Bytes(200, "", []byte(req.Method+" "+req.Target))
	if refusal != nil {
		res = httpmsg.Bytes(refusal.Status, "", []byte(refusal.Why))
	}
	_, _ = out.Deliver(ctx, req, res)
}
