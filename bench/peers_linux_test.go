package bench_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hedge/bench/proc"
)

// peer is a server of others that Hedge is compared with, on the same core and in the
// same run. Its program is looked for in the PATH, or is what a variable says.
type peer struct {
	program  string
	variable string
	// config is the text of its configuration: it answers at addr, and sends the path
	// /length/… on to the origin, HOST:PORT. dir is where it may write.
	config func(dir, addr, origin string) string
	args   func(config, addr string) []string
}

func nginx() peer {
	return peer{
		program: "nginx", variable: "HEDGE_BENCH_NGINX",
		config: func(dir, addr, origin string) string {
			return fmt.Sprintf(`daemon off; master_process off; worker_processes 1; pid %[1]s/pid; error_log stderr crit;
events { worker_connections 16384; }
http {
  access_log off; keepalive_requests 1000000000; keepalive_timeout 1h;
  client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/fastcgi; uwsgi_temp_path %[1]s/uwsgi; scgi_temp_path %[1]s/scgi;
  upstream origin { server %[3]s; keepalive 128; keepalive_requests 1000000000; }
  server {
    listen %[2]s;
    location / { default_type "%[4]s"; return 200 "%[5]s"; }
    location /length/ { proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_max_temp_file_size 0; proxy_buffer_size 64k; proxy_buffers 16 64k; proxy_busy_buffers_size 128k; }
  }
}
`, dir, addr, origin, helloType, strings.ReplaceAll(hello, "\n", `\n`))
		},
		args: func(config, _ string) []string { return []string{"-c", config} },
	}
}

func haproxy() peer {
	return peer{
		program: "haproxy", variable: "HEDGE_BENCH_HAPROXY",
		config: func(_, addr, origin string) string {
			return fmt.Sprintf(`global
  nbthread 1
  maxconn 4096
defaults
  mode http
  timeout connect 5s
  timeout client 1h
  timeout server 1h
frontend front
  bind %s
  http-request return status 200 content-type "%s" string "%s" unless { path_beg /length/ }
  default_backend origin
backend origin
  http-reuse always
  server origin %s
`, addr, helloType, strings.ReplaceAll(hello, "\n", `\n`), origin)
		},
		args: func(config, _ string) []string { return []string{"-f", config} },
	}
}

func workerd() peer {
	return peer{
		program: "workerd", variable: "HEDGE_BENCH_WORKERD",
		config: func(dir, addr, origin string) string {
			scriptOf(dir, origin, "export default { fetch: answer };\n")
			return fmt.Sprintf(`using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [ (name = "main", worker = .app), (name = "internet", network = (allow = ["public", "private", "local"])) ],
  sockets = [ (name = "http", address = "%s", http = (), service = "main") ]
);
const app :Workerd.Worker = (modules = [ (name = "main.js", esModule = embed "main.js") ], compatibilityDate = "2025-01-01");
`, addr)
		},
		args: func(config, _ string) []string { return []string{"serve", config} },
	}
}

// throughScript is what throughApp does, and hello world at /, as a module for runtimes
// that serve its default export, or that have a function for it.
const throughScript = `const answer = (request) => {
  const { pathname } = new URL(request.url);
  return pathname === "/" ? new Response(%q) : fetch("http://%s" + pathname);
};
`

// scriptOf writes a program into dir, and returns its text, which is its configuration.
func scriptOf(dir, origin, serve string) string {
	source := fmt.Sprintf(throughScript, hello, origin) + serve
	if err := os.WriteFile(filepath.Join(dir, "main.js"), []byte(source), 0o600); err != nil {
		return err.Error() // which no runtime will like
	}
	return source
}

func bun() peer {
	return peer{
		program: "bun", variable: "HEDGE_BENCH_BUN",
		config: func(dir, addr, origin string) string {
			host, port, _ := strings.Cut(addr, ":")
			return scriptOf(dir, origin, fmt.Sprintf("Bun.serve({ hostname: %q, port: %s, fetch: answer });\n", host, port))
		},
		args: func(config, _ string) []string { return []string{filepath.Join(filepath.Dir(config), "main.js")} },
	}
}

func deno() peer {
	return peer{
		program: "deno", variable: "HEDGE_BENCH_DENO",
		config: func(dir, addr, origin string) string {
			host, port, _ := strings.Cut(addr, ":")
			return scriptOf(dir, origin, fmt.Sprintf("Deno.serve({ hostname: %q, port: %s, onListen: () => {} }, answer);\n", host, port))
		},
		args: func(config, _ string) []string {
			return []string{"run", "--allow-net", "--no-lock", filepath.Join(filepath.Dir(config), "main.js")}
		},
	}
}

// denoTLS answers hello world over TLS, with HTTP/2 for who asks for it.
func denoTLS() peer {
	return peer{
		program: "deno", variable: "HEDGE_BENCH_DENO",
		config: func(dir, addr, _ string) string {
			chain, key, err := certificatePEM()
			if err != nil {
				return err.Error()
			}
			host, port, _ := strings.Cut(addr, ":")
			source := fmt.Sprintf("Deno.serve({ hostname: %q, port: %s, cert: %q, key: %q, onListen: () => {} }, () => new Response(%q));\n", host, port, chain, key, hello)
			if err := os.WriteFile(filepath.Join(dir, "main.js"), []byte(source), 0o600); err != nil {
				return err.Error()
			}
			return source
		},
		args: deno().args,
	}
}

// startPeer starts a peer, which ends with the benchmark; nil if it is not there.
func (s *stage) startPeer(p peer, origin string) *server {
	s.Helper()
	program := os.Getenv(p.variable)
	if program == "" {
		found, err := exec.LookPath(p.program)
		if err != nil {
			s.Logf("there is no %s to compare with: install it, or name it in %s", p.program, p.variable)
			return nil
		}
		program = found
	}
	dir, addr := s.TempDir(), freeAddress(s)
	config := filepath.Join(dir, "config")
	if err := os.WriteFile(config, []byte(p.config(dir, addr, strings.TrimPrefix(origin, "http://"))), 0o600); err != nil {
		s.Fatal(err)
	}
	process, err := proc.StartProgram([]int{s.serverCore}, program, p.args(config, addr)...)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(process.Stop)
	awaitListener(s, p.program, addr)
	return &server{stage: s, Process: process, addr: addr}
}

// freeAddress is one that nobody listens on, at this moment.
func freeAddress(s *stage) string {
	s.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	return ln.Addr().String()
}

func awaitListener(s *stage, name, addr string) {
	s.Helper()
	overdue := time.After(10 * time.Second)
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		if conn, err := net.Dial("tcp", addr); err == nil {
			_ = conn.Close()
			return
		}
		select {
		case <-again.C:
		case <-overdue:
			s.Fatalf("%s does not listen on %s", name, addr)
		}
	}
}

// against has Hedge and peers answer the same request, and reports Hedge's share of
// what each peer makes.
func (s *stage) against(hedge *server, peers map[string]*server, request []byte) {
	s.Helper()
	c := &contest{stage: s}
	c.enter("hedge", hedge).Sleeps = true
	for name, peer := range peers {
		if peer != nil {
			c.enter(name, peer).Sleeps = true
		}
	}
	c.run(request)
	for name, score := range c.scores {
		if name != "hedge" {
			s.metric(median(c.scores["hedge"].perSecond)/median(score.perSecond), "of-"+name)
			s.metric(median(c.scores["hedge"].perCPU)/median(score.perCPU), "of-"+name+"-by-cpu")
		}
	}
}

// BenchmarkPeersProxy is a reverse proxy to a fast origin, which answers with 1 KiB: how
// many requests in a second, and how long they take when there are far fewer.
func BenchmarkPeersProxy(b *testing.B) {
	const rate = 1000
	s := setStage(b)
	for b.Loop() {
		origin := s.startOrigin()
		hedge, request := s.startThrough("route", origin), get("through.example", "/length/1024")
		peers := map[string]*server{"nginx": s.startPeer(nginx(), origin), "haproxy": s.startPeer(haproxy(), origin)}
		s.against(hedge, peers, request)
		peers["hedge"] = hedge
		_, p99 := s.latencies(peers, request, rate)
		for name, microseconds := range p99 {
			s.metric(microseconds, name+"-p99-µs")
			if name != "hedge" {
				s.metric(p99["hedge"]/microseconds, "p99-of-"+name)
			}
		}
	}
}

// BenchmarkPeersCode is an answer made by code, without its own process and with.
func BenchmarkPeersCode(b *testing.B) {
	for _, kind := range []string{"hedge", "cordon"} {
		b.Run(kind, func(b *testing.B) {
			s := setStage(b)
			for b.Loop() {
				srv := s.start(kind)
				srv.deploy(app("hello", helloApp, nil))
				s.against(srv, map[string]*server{"workerd": s.startPeer(workerd(), "http://127.0.0.1:9")}, get("hello.example", "/"))
			}
		})
	}
}

// BenchmarkPeersFetch is code that fetches 1 KiB from an origin and passes it through.
func BenchmarkPeersFetch(b *testing.B) {
	s := setStage(b)
	for b.Loop() {
		origin := s.startOrigin()
		peers := map[string]*server{"workerd": s.startPeer(workerd(), origin), "bun": s.startPeer(bun(), origin), "deno": s.startPeer(deno(), origin)}
		s.against(s.startThrough("app", origin), peers, get("through.example", "/length/1024"))
	}
}
