package bench_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"testing"

	"hedge"
	"hedge/cache"
	"hedge/cert"
	"hedge/child"
	"hedge/cli"
	"hedge/jsapi"
	"hedge/jsapi/websocket"
	"hedge/node"
	"hedge/worker"
)

// order is what a server is asked to do. An empty one asks for a report alone.
type order struct {
	Deploy *hedge.Release
}

// report answers an order. The first comes unasked, once the server listens.
type report struct {
	Addr  string
	Error string
	Stats worker.Stats
}

// TestMain is also the main of the servers: `bench.test serve KIND`.
func TestMain(m *testing.M) {
	name, role := worker.CordonRole(jsapi.Script)
	if code, ok := child.Main(os.Args, map[string]child.Role{name: role}); ok {
		os.Exit(code)
	}
	if len(os.Args) != 3 || os.Args[1] != "serve" {
		os.Exit(m.Run())
	}
	if err := serve(os.Args[2], json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// serve is a server of a kind: "hedge", whose apps live in its process, "cordon",
// whose apps do not, "caching" and "caching-disk", which have a cache, also with "-small" behind, for one that is soon full,
// or "nethttp" to compare it with, the first and the last also with "-tls" behind; "http2" and "http3", which are ours with a fixed answer; "quic-go", which
// is that of the library below our HTTP/3; or "origin".
// It ends with its orders.
func serve(kind string, orders *json.Decoder, reports *json.Encoder) error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	obey := func(order) report { return report{} }
	addr := ln.Addr()
	switch kind {
	case "http3", "quic-go":
		pc, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		addr = pc.LocalAddr()
		if err := serveHTTP3(kind, pc); err != nil {
			return err
		}
	case "hedge", "cordon", "caching", "caching-small", "caching-disk", "caching-disk-small":
		store, err := openStore(kind)
		if err != nil {
			return err
		}
		e, err := openEdge(kind == "cordon", nil, store)
		if err != nil {
			return err
		}
		go func() { _ = e.node.Serve(context.Background(), ln) }() // lives as long as the process, as do the others
		obey = e.obey
	case "hedge-tls":
		secure, err := serverTLS()
		if err != nil {
			return err
		}
		e, err := openEdge(false, secure, nil)
		if err != nil {
			return err
		}
		go func() { _ = e.node.ServeTLS(context.Background(), ln) }()
		obey = e.obey
	case "http2":
		secure, err := serverTLS()
		if err != nil {
			return err
		}
		go serveHTTP2(ln, secure)
	case "nethttp-tls":
		pair, err := certificate()
		if err != nil {
			return err
		}
		plain := &http.Server{Handler: http.HandlerFunc(sayHello), TLSConfig: &tls.Config{Certificates: []tls.Certificate{*pair}}}
		go func() { _ = plain.ServeTLS(ln, "", "") }()
	case "nethttp":
		go func() { _ = (&http.Server{Handler: http.HandlerFunc(sayHello)}).Serve(ln) }()
	case "origin":
		go func() { _ = serveOrigin(ln) }()
	}
	next := report{Addr: addr.String()}
	for {
		if err := reports.Encode(next); err != nil {
			return err
		}
		var o order
		if err := orders.Decode(&o); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		next = obey(o)
	}
}

const (
	hello     = "Hello, world!\n"
	helloType = "text/plain;charset=UTF-8" // what a Response of a string has
	helloApp  = `export default { fetch: () => new Response("Hello, world!\n") };`
)

// sayHello answers with the same bytes as helloApp.
func sayHello(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h["Content-Type"], h["Content-Length"] = []string{helloType}, []string{strconv.Itoa(len(hello))}
	_, _ = io.WriteString(w, hello)
}

// edge is an edge as `hedge serve` has it, without the log.
type edge struct {
	node    *node.Node
	runtime *worker.Runtime
}

// openEdge opens one. TLS and the store of its cache may be nil.
func openEdge(inCordons bool, secure *cert.Server, store cache.Store) (*edge, error) {
	go cli.PaceCollector() // as long as the process
	clients := node.NewClients(node.DefaultClientConfig(), nil, nil)
	var kept *cache.Cache
	if store != nil {
		kept = cache.New(cache.Config{Store: store})
	}
	origins := node.NewOrigins(node.OriginsConfig{Client: node.DefaultClientConfig(), Clients: clients, Cache: kept})
	cfg := worker.DefaultConfig()
	cfg.Script, cfg.Modules = jsapi.Script, jsapi.All(jsapi.Services{Clients: clients, Origins: origins, Caches: origins, Sockets: websocket.DefaultConfig()})
	if inCordons {
		cfg.Cordons = worker.DefaultCordons()
	}
	rt, err := worker.New(cfg)
	if err != nil {
		return nil, err
	}
	n, err := node.New(node.Config{Runtime: rt, Origins: origins, TLS: secure, Pictures: asTheyAre{}})
	if err != nil {
		return nil, err
	}
	return &edge{n, rt}, nil
}

func (e *edge) obey(o order) (r report) {
	if o.Deploy != nil {
		if err := e.node.Deploy(context.Background(), o.Deploy); err != nil {
			r.Error = err.Error()
		}
	}
	r.Stats = e.runtime.Stats()
	return r
}
