package cli

import (
	"context"
	"errors"
	"net"
	"time"

	"hedge"
	"hedge/httpmsg"
	"hedge/jsapi"
	"hedge/jsapi/route"
	"hedge/node"
	"hedge/upstream"
	"hedge/worker"
)

// edge is the whole of it: apps that run in a runtime and answer through a node.
type edge struct {
	*node.Node
	runtime *worker.Runtime
	client  *node.Client
}

// openEdge puts the parts together. It is the one place that does. What happens is
// told to the journal. The edge is to be closed.
func openEdge(j *journal, dev bool) (*edge, error) {
	e := &edge{client: node.NewClient(node.DefaultClientConfig())}
	origins := &origins{config: upstream.Config{Client: e.client}}
	cfg := worker.DefaultConfig()
	cfg.Script, cfg.Modules, cfg.Console = jsapi.Script, jsapi.All(e.client, origins), j.console
	var err error
	if e.runtime, err = worker.New(cfg); err != nil {
		return nil, err
	}
	e.Node, err = node.New(node.Config{Runtime: e.runtime, Client: e.client, Dev: dev, Access: j.request})
	if err != nil {
		e.runtime.Close()
		return nil, err
	}
	origins.node = e.Node // before there is an app that could ask
	return e, nil
}

// close ends what is left when the node has been shut down.
func (e *edge) close() {
	e.runtime.Close()
	e.client.Close()
}

// origins tells hedge:route what answers for a target.
type origins struct {
	node   *node.Node
	config upstream.Config
}

var _ route.Origins = (*origins)(nil)

// Upstream returns the pool that the app's configuration declares.
func (o *origins) Upstream(app *hedge.Release, name string) (httpmsg.RoundTripper, error) {
	pool, ok := o.node.Upstream(app, name)
	if !ok {
		return nil, hedge.Errorf(hedge.OutcomeException, "the app %s has no upstream %q: declare it in hedge.toml as [upstream.%s]", app.Name, name, name)
	}
	return pool, nil
}

// Origin returns a pool of one target.
func (o *origins) Origin(_ *hedge.Release, url string) (httpmsg.RoundTripper, error) {
	pool, err := upstream.New(url, hedge.Upstream{Targets: []string{url}}, o.config)
	if err != nil {
		return nil, err
	}
	return pool, nil
}

// Mounted returns rt under a prefix of the path.
func (o *origins) Mounted(prefix string, rt httpmsg.RoundTripper) httpmsg.RoundTripper {
	return upstream.Mount(prefix, rt)
}

// run serves until a signal comes, lets the requests under way end, and closes the
// edge. beside runs meanwhile; its context ends with the first signal. The second
// signal, or the end of the patience, breaks off what is still under way.
func (e *edge) run(w World, j *journal, ln net.Listener, patience time.Duration, beside func(context.Context)) error {
	defer ln.Close() // in case the end comes before the beginning
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	served := make(chan error, 1)
	go func() { served <- e.Serve(context.Background(), ln) }() // until Shutdown
	besides := make(chan struct{})
	go func() { // until ctx ends
		defer close(besides)
		beside(ctx)
	}()
	var err error
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
