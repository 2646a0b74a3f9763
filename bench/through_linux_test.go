package bench_test

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"testing"
	"time"
)

// throughApp sends requests on to an origin and its answers back.
const throughApp = `export default { fetch: (request, env) => fetch(env.ORIGIN + new URL(request.url).pathname) };`

// BenchmarkPassThrough sends a body of 1 GiB through an app, and through a route
// without code, three times each. The metric grown-MiB is the most memory that the
// server had meanwhile, less what it had before.
func BenchmarkPassThrough(b *testing.B) {
	for _, by := range []string{"app", "route"} {
		for _, framing := range []string{"/length", "/chunked"} {
			b.Run(by+framing, func(b *testing.B) {
				s := setStage(b)
				url := s.startOrigin()
				for b.Loop() {
					srv := s.startThrough(by, url)
					srv.fetch("/length/", 1<<10) // so that it has done it once
					srv.pass(framing+"/", 1<<30)
				}
			})
		}
	}
}

// pass fetches a body three times and reports how that went.
func (s *server) pass(path string, size int64) {
	s.Helper()
	if err := s.ResetPeak(); err != nil {
		s.Fatal(err)
	}
	before := s.memory().Resident
	var speed, busy []float64
	for range 3 {
		cpu, start := s.cpu(), time.Now()
		s.fetch(path, size)
		seconds := time.Since(start).Seconds()
		speed = append(speed, float64(size)/1e6/seconds)
		busy = append(busy, (s.cpu()-cpu).Seconds()/seconds)
	}
	s.metric(float64(s.memory().Peak-before)/(1<<20), "grown-MiB")
	s.metric(median(speed), "MB/s")
	s.metric(100*median(busy), "core-%")
}

// BenchmarkFetch has small answers of an origin, which shares the driver's core,
// passed through by an app and by a route.
func BenchmarkFetch(b *testing.B) {
	s := setStage(b)
	url := s.startOrigin()
	for b.Loop() {
		c := &contest{stage: s}
		for _, by := range []string{"app", "route"} {
			c.enter(by, s.startThrough(by, url)).Sleeps = true
		}
		c.run(get("through.example", "/length/1024"))
	}
}

// startThrough starts an edge that sends requests on to an origin, by code or not.
func (s *stage) startThrough(by, origin string) *server {
	s.Helper()
	srv := s.start("hedge")
	if by == "app" {
		srv.deploy(app("through", throughApp, map[string]string{"ORIGIN": origin}))
	} else {
		srv.deploy(routes("through", origin))
	}
	return srv
}

// fetch asks for an answer of a given size, whose number ends the path, and reads it.
func (s *server) fetch(path string, want int64) {
	s.Helper()
	transport := &http.Transport{ReadBufferSize: blockData}
	defer transport.CloseIdleConnections()
	req, err := http.NewRequestWithContext(s.Context(), http.MethodGet, "http://"+s.addr+path+strconv.FormatInt(want, 10), nil)
	if err != nil {
		s.Fatal(err)
	}
	res, err := transport.RoundTrip(req)
	if err != nil {
		s.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	got, err := count(res.Body)
	if err != nil || got != want || res.StatusCode != http.StatusOK {
		s.Fatalf("%s: status %d with %d bytes, want 200 with %d: %v", path, res.StatusCode, got, want, err)
	}
}

// count returns how many bytes there are to read.
func count(r io.Reader) (sum int64, err error) {
	buf := make([]byte, blockData)
	for {
		n, err := r.Read(buf)
		sum += int64(n)
		if errors.Is(err, io.EOF) {
			return sum, nil
		}
		if err != nil {
			return sum, err
		}
	}
}
