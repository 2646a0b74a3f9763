package tests

import (
	"sync"
	"testing"
	"time"

	"hedge"
	"hedge/jsapi"
	"hedge/jsapi/websocket"
	"hedge/node"
	"hedge/telemetry"
	"hedge/worker"
)

// edge is a node with a runtime in the test's own process, for what only that can
// see or change. Set the fields before open.
type edge struct {
	client node.ClientConfig // of what code names
	limits hedge.Limits
	// socketDrain is how long sockets go on with a release that was replaced.
	socketDrain time.Duration

	node    *node.Node
	at      string // where it listens
	mu      sync.Mutex
	lines   []worker.Line
	answers []telemetry.Access
}

func newEdge() *edge {
	limits := hedge.DefaultLimits()
	limits.CPU = limits.StartupCPU // these tests are about other limits, on busy machines
	return &edge{client: node.DefaultClientConfig(), limits: limits}
}

// open serves apps of one module each, which are told apart by their hosts.
func (e *edge) open(t testing.TB, apps ...app) *edge {
	t.Helper()
	loops := node.NewLoops(nil)
	clients := node.NewClients(e.client, loops, nil)
	origins := node.NewOrigins(node.OriginsConfig{Client: node.DefaultClientConfig(), Loops: loops, Clients: clients})
	t.Cleanup(origins.Close)
	cfg := worker.DefaultConfig()
	cfg.Script, cfg.Console = jsapi.Script, e.printed
	cfg.Modules = jsapi.All(jsapi.Services{Clients: clients, Origins: origins, Caches: origins, Sockets: websocket.DefaultConfig()})
	rt, err := worker.New(cfg)
	must(t, err)
	t.Cleanup(rt.Close)
	var releases []*hedge.Release
	for _, a := range apps {
		releases = append(releases, e.release(a))
	}
	e.node, e.at = serveNode(t, node.Config{Runtime: rt, Origins: origins, Loops: loops, SocketDrain: e.socketDrain, Access: e.answered}, releases...)
	return e
}

func (e *edge) release(a app) *hedge.Release {
	return &hedge.Release{
		Name: a.name, Hosts: a.hosts, Main: "main.js", Limits: e.limits, Egress: a.egress,
		Modules: []hedge.Module{{Name: "main.js", Kind: hedge.ModuleJS, Source: []byte(a.main)}},
	}
}

func (e *edge) printed(line worker.Line) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.lines = append(e.lines, line)
}

func (e *edge) answered(a telemetry.Access) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.answers = append(e.answers, a)
}

// count counts the requests that ended with an outcome.
func (e *edge) count(outcome hedge.Outcome) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := 0
	for _, a := range e.answers {
		if a.Outcome == outcome {
			n++
		}
	}
	return n
}
