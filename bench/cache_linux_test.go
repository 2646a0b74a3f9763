package bench_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hedge/cache"
	"hedge/cache/disk"
	"hedge/cache/mem"
	"hedge/cache/tier"
)

// cacheMemory is what caches may take, in bytes, and what peers are told.
const cacheMemory = 512 << 20

// openStore opens what a server of a kind keeps its cache in; nil: it has none. Its folder
// is removed by who made it.
func openStore(kind string) (cache.Store, error) {
	if !strings.HasPrefix(kind, "caching") {
		return nil, nil
	}
	memory, onDisk := int64(cacheMemory), int64(4<<30)
	if strings.HasSuffix(kind, "-small") {
		memory, onDisk = 32<<20, 128<<20
	}
	hot, err := mem.New(mem.Config{Bytes: memory})
	if err != nil || !strings.HasPrefix(kind, "caching-disk") {
		return hot, err
	}
	both := tier.New(tier.Config{Hot: hot, HotBytes: 256 << 10})
	return both, both.Attach(context.Background(), func(bool) (cache.Store, func(), error) {
		cold, err := disk.Open(disk.Config{Files: disk.Folder(os.Getenv(cacheDir)), Bytes: onDisk})
		return cold, func() {}, err
	})
}

// cacheDir is the variable that tells a server where its cache is.
const cacheDir = "HEDGE_BENCH_CACHE"

// nginxCache is nginx with a cache, in files: it has no other.
func nginxCache() peer {
	p := nginx()
	p.config = func(dir, addr, origin string) string {
		return fmt.Sprintf(`daemon off; master_process off; worker_processes 1; pid %[1]s/pid; error_log stderr crit;
events { worker_connections 16384; }
http {
  access_log off; keepalive_requests 1000000000; keepalive_timeout 1h; sendfile on; tcp_nopush on;
  client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/fastcgi; uwsgi_temp_path %[1]s/uwsgi; scgi_temp_path %[1]s/scgi;
  proxy_cache_path %[1]s/cache keys_zone=kept:64m max_size=4g use_temp_path=off;
  open_file_cache max=65536 inactive=1h; open_file_cache_valid 1h;
  upstream origin { server %[3]s; keepalive 128; keepalive_requests 1000000000; }
  server {
    listen %[2]s;
    location / { proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_cache kept; proxy_cache_lock on; }
  }
}
`, dir, addr, origin)
	}
	return p
}

// varnish has its cache in memory.
func varnish() peer {
	return peer{
		program: "varnishd", variable: "HEDGE_BENCH_VARNISH",
		config: func(_, _, origin string) string {
			host, port, _ := strings.Cut(origin, ":")
			return fmt.Sprintf("vcl 4.1;\nbackend default { .host = %q; .port = %q; }\n", host, port)
		},
		args: func(config, addr string) []string {
			return []string{
				"-F", "-j", "none", "-f", config, "-a", addr, "-n", filepath.Dir(config) + "/varnish", "-s", fmt.Sprintf("malloc,%d", cacheMemory), "-T", "none",
				"-p", "thread_pools=1", "-p", "timeout_idle=3600",
			}
		},
	}
}

// trafficServer has its cache in a file, and what is hot of it in memory.
func trafficServer() peer {
	return peer{
		program: "traffic_server", variable: "HEDGE_BENCH_TRAFFICSERVER",
		config: func(dir, addr, origin string) string {
			_, port, _ := strings.Cut(addr, ":")
			files := map[string]string{
				"etc/records.config": fmt.Sprintf(`CONFIG proxy.config.http.server_ports STRING %s
CONFIG proxy.config.admin.user_id STRING #-1
CONFIG proxy.config.exec_thread.autoconfig INT 0
CONFIG proxy.config.exec_thread.limit INT 1
CONFIG proxy.config.cache.ram_cache.size INT %d
CONFIG proxy.config.log.logging_enabled INT 0
CONFIG proxy.config.http.keep_alive_no_activity_timeout_in INT 3600
`, port, cacheMemory),
				"etc/remap.config": "map / http://" + origin + "/\n", "etc/storage.config": dir + "/cache 1G\n",
				"etc/plugin.config": "", "etc/ip_allow.yaml": "ip_allow:\n  - {apply: in, ip_addrs: 0/0, action: allow, methods: ALL}\n",
				"cache/none": "", "run/none": "", "log/none": "",
			}
			for name, text := range files {
				path := filepath.Join(dir, name)
				if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
					return err.Error() // it will not like it
				}
			}
			return fmt.Sprintf("prefix: %[1]s\nexec_prefix: /usr\nbindir: /usr/bin\nsbindir: /usr/sbin\nsysconfdir: %[1]s/etc\ndatadir: %[1]s/cache\nlibexecdir: /usr/lib/trafficserver/modules\nlocalstatedir: %[1]s\nruntimedir: %[1]s/run\nlogdir: %[1]s/log\ncachedir: %[1]s/cache\n", dir)
		},
		args: func(config, _ string) []string { return []string{"--run-root=" + config} },
	}
}

// startCaching starts an edge with a cache before an origin.
func (s *stage) startCaching(kind, origin string) *server {
	s.Helper()
	s.Setenv(cacheDir, s.TempDir())
	srv := s.start(kind)
	srv.deploy(routes("cached", origin))
	return srv
}

// warmed starts an edge and its peers, each of which has answered what is asked for.
func (s *stage) warmed(kind string, request []byte) (hedge *server, peers map[string]*server) {
	s.Helper()
	origin := s.startOrigin()
	hedge = s.startCaching(kind, origin)
	peers = map[string]*server{"nginx": s.startPeer(nginxCache(), origin), "varnish": s.startPeer(varnish(), origin), "trafficserver": s.startPeer(trafficServer(), origin)}
	for name, srv := range peers {
		if srv == nil {
			continue
		}
		for range 3 {
			if _, err := srv.connect(1).Ask(request); err != nil {
				s.Fatalf("%s: %v", name, err)
			}
		}
	}
	return hedge, peers
}

// BenchmarkPeersHit is 1 KiB from a cache that has it in memory.
func BenchmarkPeersHit(b *testing.B) {
	s := setStage(b)
	for b.Loop() {
		request := get("cached.example", "/cached/1024")
		hedge, peers := s.warmed("caching", request)
		s.against(hedge, peers, request)
	}
}

// BenchmarkPeersDiskHit is 1 MiB from a cache that has it on a disk, which the system has
// in memory.
func BenchmarkPeersDiskHit(b *testing.B) {
	s := setStage(b)
	for b.Loop() {
		request := get("cached.example", "/cached/1048576")
		hedge, peers := s.warmed("caching-disk", request)
		delete(peers, "varnish") // which has it in memory
		s.against(hedge, peers, request)
	}
}
