// Package bench measures the edge from outside: requests per second, latency and
// memory of servers that run in processes of their own, each on a core that the
// driver leaves alone. `make bench` runs it; docs/PERFORMANCE.md says what the
// figures mean. Everything stands in its tests, because the servers are the test
// binary, run once more.
package bench
