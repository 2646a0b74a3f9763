package main

// figure is a row of the table.
type figure struct {
	what string
	// benchmark is its name, without "Benchmark" and the number of cores. Those
	// beneath it count as well, and the worst of them is shown.
	benchmark string
	// metric is the unit in the output of `go test -bench`.
	metric string
	// unit is that of the table, and scale makes it of the metric's.
	unit  string
	scale float64
	// want is what is wanted, in unit: at least that much if atLeast is set, at most
	// that much otherwise. 0: it is for information.
	want    float64
	atLeast bool
}

// figures is the table.
func figures() []figure {
	return []figure{
		{"one turn, hello world with the full Request and Response classes", "Hello", "turn-ns", "µs", 1e-3, 2, false},
		{"a cold app, from a warm spare to the first response", "ColdStart/spare", "ns/op", "ms", 1e-6, 0.5, false},
		{"a cold app, from nothing to the first response", "ColdStart/nothing", "ns/op", "ms", 1e-6, 2, false},
		{"memory of an idle app, at 1,000 in one process", "IdleApps", "MiB/app", "MiB", 1, 1.5, false},
		{"isolates alive at the end of it", "IdleApps", "isolates", "", 1, 1000, true},
		{"hello world through HTTP/1.1, requests per second against net/http", "HelloHTTP", "ratio", "×", 1, 0.75, true},
		{"the same per second on the processor", "HelloHTTP", "ratio-by-cpu", "×", 1, 0, true},
		{"hello world, Hedge", "HelloHTTP", "hedge-req/s", "req/s", 1, 0, true},
		{"hello world, net/http without JavaScript", "HelloHTTP", "nethttp-req/s", "req/s", 1, 0, true},
		{"of the core, Hedge used", "HelloHTTP", "hedge-core-%", "%", 1, 0, true},
		{"of the core, net/http used", "HelloHTTP", "nethttp-core-%", "%", 1, 0, true},
		{"a fixed answer over TLS 1.3 with HTTP/2, requests per second against net/http", "HelloHTTP2", "ratio", "×", 1, 1.5, true},
		{"the same per second on the processor", "HelloHTTP2", "ratio-by-cpu", "×", 1, 0, true},
		{"the same against Deno", "HelloHTTP2", "of-deno", "×", 1, 1.2, true},
		{"the same per second on the processor", "HelloHTTP2", "of-deno-by-cpu", "×", 1, 0, true},
		{"a fixed answer, our server, per second on the processor", "HelloHTTP2", "http2-req/cpu-s", "req/s", 1, 0, true},
		{"hello world over it, per second on the processor", "HelloHTTP2", "hedge-tls-req/cpu-s", "req/s", 1, 0, true},
		{"passing a body of 1 GiB through: memory growth", "PassThrough", "grown-MiB", "MiB", 1, 16, false},
		{"the same: speed, by an app", "PassThrough/app", "MB/s", "MB/s", 1, 0, true},
		{"the same: speed, by a route", "PassThrough/route", "MB/s", "MB/s", 1, 0, true},
		{"fetch 1 KiB and pass it on, by an app", "Fetch", "app-req/s", "req/s", 1, 0, true},
		{"the same by a route", "Fetch", "route-req/s", "req/s", 1, 0, true},
		{"latency added to net/http's at 1,000 req/s, median", "Latency", "added-p50-µs", "µs", 1, 0, false},
		{"the same, 99th percentile", "Latency", "added-p99-µs", "µs", 1, 0, false},
		{"hello world in a cordon, requests per second against in the process", "Cordon", "ratio", "×", 1, 0.6, true},
		{"latency that the cordon adds at 1,000 req/s, median", "Cordon", "added-p50-µs", "µs", 1, 60, false},
		{"the same, 99th percentile", "Cordon", "added-p99-µs", "µs", 1, 0, false},
		{"hello world in a cordon, requests per second against workerd", "PeersCode/cordon", "of-workerd", "×", 1, 2.2, true},
		{"the same in the server's process", "PeersCode/hedge", "of-workerd", "×", 1, 0, true},
		{"fetch 1 KiB in code and pass it on, requests per second against workerd", "PeersFetch", "of-workerd", "×", 1, 5, true},
		{"the same per second on the processor", "PeersFetch", "of-workerd-by-cpu", "×", 1, 0, true},
		{"the same against Bun", "PeersFetch", "of-bun", "×", 1, 1, true},
		{"the same per second on the processor", "PeersFetch", "of-bun-by-cpu", "×", 1, 0, true},
		{"reverse proxy to a fast origin, 1 KiB, requests per second against HAProxy", "PeersProxy", "of-haproxy", "×", 1, 0.8, true},
		{"99th percentile of its latency at 1,000 req/s, as a multiple of HAProxy's", "PeersProxy", "p99-of-haproxy", "×", 1, 1.5, false},
		{"the same against nginx", "PeersProxy", "of-nginx", "×", 1, 0, true},
		{"latency that the proxy adds to its origin's at 1,000 req/s, median", "AddedLatency", "hedge-p50-µs", "µs", 1, 150, false},
		{"the same, 99th percentile", "AddedLatency", "hedge-p99-µs", "µs", 1, 1000, false},
		{"the same of nginx, median", "AddedLatency", "nginx-p50-µs", "µs", 1, 0, false},
		{"a fixed answer of a route, requests per second against nginx", "PeersHello", "of-nginx", "×", 1, 0.9, true},
		{"the same per second on the processor", "PeersHello", "of-nginx-by-cpu", "×", 1, 0, true},
		{"a body of 100 MiB passed through by a route, speed against nginx", "PeersPassThrough", "of-nginx", "×", 1, 0.9, true},
		{"the same: time on the processor", "PeersPassThrough", "hedge-cpu-ms", "ms", 1, 0, false},
		{"the same of nginx", "PeersPassThrough", "nginx-cpu-ms", "ms", 1, 0, false},
		{"10,000 idle connections: memory of each", "PeersIdle", "hedge-B/connection", "B", 1, 12 << 10, false},
		{"a fixed answer over HTTP/3, per second on the processor against quic-go's own server", "HelloHTTP3", "ratio-by-cpu", "×", 1, 0, true},
		{"what no limit stops, until its client is told, beyond the limit; the longest of six tries", "Kill", "over-limit-ms", "ms", 1, 1000, false},
		{"the same, from then until its app answers again", "Kill", "back-ms", "ms", 1, 500, false},
		{"finding a route among 10,000 hosts and routes, against among ten", "Routes", "ratio", "×", 1, 1.2, false},
		{"the same, going round all of them, so that the caches are cold", "Routes", "spread-10000-ns/find", "ns", 1, 2000, false},
		{"requests per second with 10,000 hosts and routes, against ten", "ManyRoutes", "ratio", "×", 1, 0.95, true},
		{"hits of the cache on disk on a Zipf trace with scans, with room for a hundredth of the keys, more than the least recently used", "HitRate", "points", "points", 1, 5, true},
		{"99th percentile of a hit from memory at 1,000 req/s while misses fill another core, as a multiple of what it is otherwise", "HitBesideMisses", "ratio", "×", 1, 2, false},
		{"the same while they go through another server, on the same cores", "HitBesideMisses", "ratio-apart", "×", 1, 0, false},
		{"opening a cache on disk with a million entries", "Reopen", "s/open", "s", 1, 2, false},
		{"the same, on the processor", "Reopen", "cpu-s/open", "s", 1, 0, false},
		{"memory of its index for each of them", "Reopen", "B/entry", "B", 1, 128, false},
		{"from save to served, an app of 100 modules", "Reload100", "ns/op", "ms", 1e-6, 150, false},
		{"`new URL()` of a URL in normal form, time as a multiple of Node's", "WebAPI/URL", "of-node", "×", 1, 2, false},
		{"`new URL()` of one that has to be changed, time as a multiple of Node's", "WebAPI/unusualURL", "of-node", "×", 1, 2, false},
		{"`new Headers()` of three fields, time as a multiple of Node's", "WebAPI/Headers", "of-node", "×", 1, 2, false},
		{"`TextDecoder.decode` of 1 KiB, time as a multiple of Node's", "WebAPI/TextDecoder", "of-node", "×", 1, 2, false},
		{"`crypto.subtle.digest` of 1 KiB, time as a multiple of Node's", "WebAPI/digest", "of-node", "×", 1, 2, false},
		{"1 GiB through a `TransformStream`, time as a multiple of Node's", "WebAPI/TransformStream", "of-node", "×", 1, 2, false},
	}
}
