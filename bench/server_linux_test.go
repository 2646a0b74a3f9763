package bench_test

import (
	"encoding/json"
	"runtime"
	"testing"
	"time"

	"hedge"
	"hedge/bench/load"
	"hedge/bench/proc"
	"hedge/worker"
)

// stage is the machine with its cores given out: the driver and origins have the
// first, the servers have the last. With one core they share it, and nothing can be
// concluded.
type stage struct {
	*testing.B
	driverCore, serverCore int
}

// setStage binds the driver to its core until the benchmark ends.
func setStage(b *testing.B) *stage {
	b.Helper()
	cores, err := proc.Cores()
	if err == nil {
		err = proc.Bind(cores[0])
	}
	if err != nil {
		b.Fatal(err)
	}
	procs := runtime.GOMAXPROCS(1)
	b.Cleanup(func() {
		runtime.GOMAXPROCS(procs)
		if err := proc.Bind(cores...); err != nil {
			b.Error(err)
		}
	})
	if len(cores) == 1 {
		b.Log("the driver shares the only core with the server: all figures are too low")
	}
	return &stage{b, cores[0], cores[len(cores)-1]}
}

// metric reports a value, and not how long the experiment has taken.
func (s *stage) metric(value float64, unit string) {
	s.ReportMetric(0, "ns/op")
	s.ReportMetric(value, unit)
}

// server is a process that serves.
type server struct {
	*stage
	*proc.Process
	addr    string
	orders  *json.Encoder
	reports *json.Decoder
}

// start starts a server of a kind. It ends with the benchmark.
func (s *stage) start(kind string) *server {
	s.Helper()
	return s.startOn(kind, s.serverCore)
}

func (s *stage) startOn(kind string, cores ...int) *server {
	s.Helper()
	p, err := proc.Start(cores, "serve", kind)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(p.Stop)
	srv := &server{stage: s, Process: p, orders: json.NewEncoder(p.In), reports: json.NewDecoder(p.Out)}
	srv.addr = srv.report().Addr
	return srv
}

func (s *server) report() report {
	s.Helper()
	var r report
	if err := s.reports.Decode(&r); err != nil {
		s.Fatalf("the server does not report: %v", err)
	}
	if r.Error != "" {
		s.Fatal(r.Error)
	}
	return r
}

func (s *server) order(o order) report {
	s.Helper()
	if err := s.orders.Encode(o); err != nil {
		s.Fatalf("the server takes no orders: %v", err)
	}
	return s.report()
}

func (s *server) deploy(r *hedge.Release) { s.Helper(); s.order(order{Deploy: r}) }

func (s *server) stats() worker.Stats { s.Helper(); return s.order(order{}).Stats }

// app is a release of one module.
func app(name, source string, vars map[string]string, hosts ...string) *hedge.Release {
	return &hedge.Release{
		Name: name, Main: "main.js", Hosts: hosts, Vars: vars, Limits: hedge.DefaultLimits(),
		Modules: []hedge.Module{{Name: "main.js", Kind: hedge.ModuleJS, Source: []byte(source)}},
	}
}

// routes is a release without code that sends everything to an origin.
func routes(name, origin string) *hedge.Release {
	return &hedge.Release{
		Name: name, Limits: hedge.DefaultLimits(),
		Routes:    []hedge.Route{{Path: "/", Upstream: "origin"}},
		Upstreams: map[string]hedge.Upstream{"origin": {Targets: []string{origin}, Host: hedge.HostOrigin}},
	}
}

// connect opens connections that end with the benchmark.
func (s *server) connect(n int) *load.Load {
	s.Helper()
	l, err := load.Open(s.Context(), s.addr, n)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { _ = l.Close() })
	return l
}

// get is a request for a path, as short as it can be.
func get(host, path string) []byte {
	return []byte("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n")
}

// cpu returns the time on the processor so far.
func (s *server) cpu() time.Duration {
	s.Helper()
	cpu, err := s.CPU()
	if err != nil {
		s.Fatal(err)
	}
	return cpu
}

func (s *server) memory() proc.Memory {
	s.Helper()
	m, err := s.Memory()
	if err != nil {
		s.Fatal(err)
	}
	return m
}
