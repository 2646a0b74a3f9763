package bench_test

import (
	"slices"
	"time"

	"hedge/bench/load"
)

const (
	connections = 64
	rounds      = 5
	warmUp      = time.Second
	round       = 2 * time.Second
)

// contest has servers answer the same requests in turn, round by round, so that what
// else the machine does meets all of them.
type contest struct {
	*stage
	names  []string
	scores map[string]*score
}

// score is what one server has shown, a value for each round.
type score struct {
	server *server
	load   *load.Load
	// perSecond are requests per second; perCPU are requests per second on the
	// processor; busy is the share of the core that the server took.
	perSecond, perCPU, busy []float64
}

// enter adds a server under a name, and returns its load.
func (c *contest) enter(name string, s *server) *load.Load {
	if c.scores == nil {
		c.scores = map[string]*score{}
	}
	c.names = append(c.names, name)
	l := s.connect(connections)
	c.scores[name] = &score{server: s, load: l}
	return l
}

// run measures all servers and reports the medians, as in NAME-req/s. A server that
// has not filled its core was held up, by the driver or by other processes; then its
// requests per second are a lower bound, and those per CPU second are not.
func (c *contest) run(request []byte) {
	c.Helper()
	c.runEach(func(string) []byte { return request })
}

// runEach is run with a request for each of the names.
func (c *contest) runEach(request func(name string) []byte) {
	c.Helper()
	for _, name := range c.names {
		c.scores[name].measure(request(name), warmUp)
	}
	for range rounds {
		for _, name := range c.names {
			c.scores[name].add(request(name))
		}
	}
	for _, name := range c.names {
		s := c.scores[name]
		c.metric(median(s.perSecond), name+"-req/s")
		c.metric(median(s.perCPU), name+"-req/cpu-s")
		c.metric(100*median(s.busy), name+"-core-%")
		if median(s.busy) < 0.95 {
			c.Logf("%s used %.0f %% of its core: the driver or another process was the limit", name, 100*median(s.busy))
		}
	}
}

// measure loads the server for a time, and returns the result and the time on the
// processor that it took.
func (s *score) measure(request []byte, d time.Duration) (*load.Result, time.Duration) {
	s.server.Helper()
	before := s.server.cpu()
	result, err := s.load.Saturate(request, d)
	if err != nil {
		s.server.Fatal(err)
	}
	return result, s.server.cpu() - before
}

func (s *score) add(request []byte) {
	s.server.Helper()
	result, cpu := s.measure(request, round)
	s.perSecond = append(s.perSecond, result.PerSecond())
	s.perCPU = append(s.perCPU, float64(result.Requests)/cpu.Seconds())
	s.busy = append(s.busy, cpu.Seconds()/result.Elapsed.Seconds())
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
