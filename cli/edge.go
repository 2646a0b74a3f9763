package cli

import (
	"context"
	"errors"
	"net"
	"time"

	"hedge/egress"
	"hedge/jsapi"
	"hedge/node"
	"hedge/worker"
)

// edge is the whole of it: apps that run in a runtime and answer through a node.
type edge struct {
	*node.Node
	runtime *worker.Runtime
	clients []*node.Client
	journal *journal
	admin   string // of the settings
}

// settings are what an edge in production and one in development differ in.
type settings struct {
	dev    bool
	egress egress.Policy // where code may connect to
	key    []byte        // signs cookies
	admin  string        // the path of the admin socket: empty for the usual one, or "none"
}

// openEdge puts the parts together. It is the one place that does. What happens is
// told to the journal. The edge is to be closed.
//
// There are two clients, which share no connection: what the configuration declares
// is the operator's word, and may be anywhere; what code names is for the policy to
// judge.
func openEdge(j *journal, set settings) (*edge, error) {
	forCode := node.DefaultClientConfig()
	forCode.Egress = &set.egress
	named, declared := node.NewClient(forCode), node.NewClient(node.DefaultClientConfig())
	e := &edge{clients: []*node.Client{named, declared}, journal: j, admin: set.admin}
	origins := node.NewOrigins(node.OriginsConfig{Declared: declared, Named: named, Key: set.key, Notice: j.decided})
	cfg := worker.DefaultConfig()
	cfg.Script, cfg.Modules, cfg.Console = jsapi.Script, jsapi.All(named, origins), j.console
	var err error
	if e.runtime, err = worker.New(cfg); err != nil {
		return nil, err
	}
	e.Node, err = node.New(node.Config{Runtime: e.runtime, Origins: origins, Dev: set.dev, Access: j.request, Panicked: j.panicked})
	if err != nil {
		e.runtime.Close()
		return nil, err
	}
	return e, nil
}

// close ends what is left when the node has been shut down.
func (e *edge) close() {
	e.runtime.Close()
	for _, client := range e.clients {
		client.Close()
	}
}

// run serves until a signal comes, lets the requests under way end, and closes the
// edge. beside runs meanwhile; its context ends with the first signal. The second
// signal, or the end of the patience, breaks off what is still under way.
func (e *edge) run(w World, j *journal, ln net.Listener, patience time.Duration, beside func(context.Context)) error {
	defer ln.Close() // in case the end comes before the beginning
	closeAdmin, err := e.openAdmin(w, ln)
	if err != nil {
		e.close()
		return err
	}
	defer closeAdmin()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	served := make(chan error, 1)
	go func() { served <- e.Serve(context.Background(), ln) }() // until Shutdown
	besides := make(chan struct{})
	go func() { // until ctx ends
		defer close(besides)
		beside(ctx)
	}()
	select {
	case err = <-served:
	case <-w.Signals:
	}
	cancel()
	if err == nil {
		j.stopping()
	}
	waiting, breakOff := context.WithTimeout(context.Background(), patience)
	defer breakOff()
	ended := make(chan error, 1)
	go func() { // ends soon after waiting does
		<-besides
		ended <- e.drain(waiting)
	}()
	select {
	case drained := <-ended:
		return errors.Join(err, drained)
	case <-w.Signals:
		return &exitError{exitInterrupted}
	}
}

// drain lets the requests under way end until ctx does, and then closes the edge.
func (e *edge) drain(ctx context.Context) error {
	err := e.Shutdown(ctx)
	e.close()
	if ctx.Err() != nil {
		return nil // who asked for the end does not care for stragglers
	}
	return err
}

// untilInterrupted does some work, whose context ends with the first signal.
func untilInterrupted(w World, work func(context.Context) error) error {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- work(ctx) }() // ends soon after ctx
	defer cancel()
	select {
	case err := <-done:
		return err
	case <-w.Signals:
		cancel()
		<-done
		return &exitError{exitInterrupted}
	}
}
