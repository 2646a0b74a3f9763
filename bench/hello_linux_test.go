package bench_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hedge/bench/load"
)

// BenchmarkHelloHTTP compares the app hello world with a handler of net/http that
// answers with the same bytes, each on one core. The metric ratio is that of the
// requests per second.
func BenchmarkHelloHTTP(b *testing.B) {
	s := setStage(b)
	for b.Loop() {
		c := &contest{stage: s}
		plain, hedge := s.startHello()
		c.enter("nethttp", plain)
		c.enter("hedge", hedge)
		c.run(get("hello.example", "/"))
		s.metric(median(c.scores["hedge"].perSecond)/median(c.scores["nethttp"].perSecond), "ratio")
		s.metric(median(c.scores["hedge"].perCPU)/median(c.scores["nethttp"].perCPU), "ratio-by-cpu")
	}
}

// startHello starts the two servers, which must not differ in what they answer.
func (s *stage) startHello() (plain, hedge *server) {
	s.Helper()
	plain, hedge = s.start("nethttp"), s.start("hedge")
	hedge.deploy(app("hello", helloApp, nil))
	var answers []string
	for _, srv := range []*server{plain, hedge} {
		answer, err := srv.connect(1).Ask(get("hello.example", "/"))
		if err != nil {
			s.Fatal(err)
		}
		answers = append(answers, comparable(answer))
	}
	if answers[0] != answers[1] {
		s.Fatalf("the answers differ:\n%s\n%s", answers[0], answers[1])
	}
	return plain, hedge
}

// comparable puts the fields of an answer in order, in lower case, and leaves out
// what they say of the time: neither means anything to a client.
func comparable(answer string) string {
	head, content, _ := strings.Cut(answer, "\r\n\r\n")
	lines := strings.Split(strings.ToLower(head), "\r\n")
	lines = slices.DeleteFunc(lines, func(line string) bool { return strings.HasPrefix(line, "date:") })
	slices.Sort(lines[1:])
	return strings.Join(lines, "\n") + "\n\n" + content
}

// BenchmarkLatency compares how long a request takes while the servers are far from
// busy: 1,000 requests per second, whether or not they are answered. The values are
// medians of rounds.
func BenchmarkLatency(b *testing.B) {
	s := setStage(b)
	for b.Loop() {
		plain, hedge := s.startHello()
		s.compareLatency("nethttp", plain, "hedge", hedge)
	}
}

// compareLatency reports quantiles of the latency of two servers, and what the
// second adds to the first.
func (s *stage) compareLatency(first string, a *server, second string, b *server) {
	s.Helper()
	loads := []*load.Load{a.connect(connections), b.connect(connections)}
	quantiles := []struct {
		name string
		q    float64
	}{{"p50", 0.5}, {"p99", 0.99}}
	values := map[string]*[2][]float64{} // by quantile, by server, by round
	for i := range 2 * rounds {          // in turn
		result, err := loads[i%2].At(get("hello.example", "/"), 1000, round)
		if err != nil {
			s.Fatal(err)
		}
		for _, q := range quantiles {
			if values[q.name] == nil {
				values[q.name] = new([2][]float64)
			}
			of := &values[q.name][i%2]
			*of = append(*of, microseconds(result.Latency.Quantile(q.q)))
		}
	}
	for _, q := range quantiles {
		one, two := median(values[q.name][0]), median(values[q.name][1])
		s.metric(one, first+"-"+q.name+"-µs")
		s.metric(two, second+"-"+q.name+"-µs")
		s.metric(two-one, "added-"+q.name+"-µs")
	}
}

func microseconds(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
