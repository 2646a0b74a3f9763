package telemetry

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"hedge"
)

func TestMetricsTable(t *testing.T) {
	name := regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	for i, m := range Metrics() {
		if m.ID != ID(i) {
			t.Errorf("%s stands in row %d and has the ID %d", m.Name, i, m.ID)
		}
		if !name.MatchString(m.Name) || m.Help == "" {
			t.Errorf("the row %+v lacks a name or a text", m)
		}
		total := len(m.Name) > 6 && m.Name[len(m.Name)-6:] == "_total"
		if total != (m.Kind == KindCounter) {
			t.Errorf("%s is a %s: counters, and they alone, end in _total", m.Name, m.Kind)
		}
	}
	if len(Metrics()) != int(numMetrics) {
		t.Errorf("there are %d rows for %d metrics", len(Metrics()), numMetrics)
	}
}

// Every outcome and every reason that the code has stands in the tables.
func TestWords(t *testing.T) {
	for file, words := range map[string][]Word{"../outcome.go": OutcomeWords(), "../reason.go": ReasonWords(), "../cache/reason.go": CacheWords()} {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range parsed.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok || gen.Tok != token.CONST {
				continue
			}
			for _, spec := range gen.Specs {
				value, ok := spec.(*ast.ValueSpec)
				if !ok || len(value.Values) == 0 {
					continue
				}
				literal, ok := value.Values[0].(*ast.BasicLit)
				if !ok || literal.Kind != token.STRING {
					continue
				}
				text, err := strconv.Unquote(literal.Value)
				if err != nil {
					t.Fatal(err)
				}
				if !slices.ContainsFunc(words, func(w Word) bool { return w.Name == text && w.Help != "" }) {
					t.Errorf("%q of %s is in no table of words.go", text, file)
				}
			}
		}
	}
}

func TestQuantiles(t *testing.T) {
	h := &Histogram{}
	for us := 1; us <= 10_000; us++ {
		h.Observe(time.Duration(us) * time.Microsecond)
	}
	c := h.Counts()
	if c.Count != 10_000 || c.Sum != 50_005*time.Millisecond {
		t.Errorf("%d times, %v in all", c.Count, c.Sum)
	}
	for q, want := range map[float64]time.Duration{0.5: 5 * time.Millisecond, 0.9: 9 * time.Millisecond, 0.99: 9900 * time.Microsecond} {
		if got := c.Quantile(q); got > want || float64(got) < float64(want)*15/16 {
			t.Errorf("quantile %v: %v, want %v to within 1/16", q, got, want)
		}
	}
	before := h.Counts()
	h.Observe(time.Hour)
	h.Observe(-time.Second)
	c = h.Counts()
	c.Without(before)
	if c.Count != 2 || c.Quantile(0.5) != 0 || c.Quantile(1) < 50*time.Minute {
		t.Errorf("since then: %d times, %v and %v", c.Count, c.Quantile(0.5), c.Quantile(1))
	}
	var none *Histogram
	none.Observe(time.Second)
	if none.Counts().Count != 0 || (&Counts{}).Quantile(0.5) != 0 {
		t.Error("something was counted by nobody")
	}
}

// Each bucket begins where the one before it ends.
func TestBuckets(t *testing.T) {
	for i := range Buckets - 1 {
		floor := time.Duration(floorOf(i)) * time.Microsecond
		next := time.Duration(floorOf(i+1)) * time.Microsecond
		if bucketOf(floor) != i || bucketOf(next-time.Microsecond) != i || next <= floor {
			t.Fatalf("bucket %d is from %v to %v, which fall into %d and %d", i, floor, next, bucketOf(floor), bucketOf(next-time.Microsecond))
		}
	}
	if got := bucketOf(1<<63 - 1); got != Buckets-1 {
		t.Errorf("the longest time falls into %d", got)
	}
}

// shown reads the values of a metric, by labels.
func shown(r *Registry, id ID) map[string]uint64 {
	all := map[string]uint64{}
	r.Each(id, func(labels []string, count uint64, times *Counts) {
		if times != nil {
			count = times.Count
		}
		all[strings.Join(labels, " ")] = count
	})
	return all
}

// A release has no more series than it may, and loses no count for it: not the codes of
// routes that are shown by themselves no more than those of the others.
func TestSeriesAreBounded(t *testing.T) {
	r := NewRegistry()
	scope, again := r.Scope("shop"), r.Scope("shop")
	const routes = 5000
	for i := range routes {
		route := "/r" + strconv.Itoa(i)
		for range 2 { // routes may have the same pattern
			scope.Codes(Requests, route).Count(503)
			scope.Histogram(RequestDuration, route).Observe(time.Millisecond)
		}
	}
	scope.Counter(Outcomes, "exception").Inc()
	scope.Counter(UpstreamHedges, "blog", "first").Inc()
	codes, times := shown(r, Requests), shown(r, RequestDuration)
	if len(codes) != maxCounters+1 || codes["shop other 5xx"] != 2*(routes-maxCounters) || codes["shop /r499 5xx"] != 2 {
		t.Errorf("%d routes have counted, and the others %v", len(codes), codes["shop other 5xx"])
	}
	if len(times) != maxHistograms+1 || times["shop other"] != 2*(routes-maxHistograms) {
		t.Errorf("%d routes have times, and the others %v", len(times), times["shop other"])
	}
	if shown(r, Outcomes)["shop exception"] != 1 || shown(r, UpstreamHedges)["shop other first"] != 1 {
		t.Error("what stands in tables has no room")
	}
	refused := shown(r, Overflows)["shop"]
	if want := uint64(2*routes - maxCounters - maxHistograms + 1); refused != want {
		t.Errorf("%d sets of labels were refused, want %d", refused, want)
	}
	for i := range routes {
		again.Codes(Requests, "/r"+strconv.Itoa(i))
	}
	if n := shown(r, Overflows)["shop"]; n != refused {
		t.Errorf("a release like the last one was refused %d", n-refused)
	}
}

// What a release declares goes with the last one that has it, and what is the app's with
// the last release; until then no counter begins anew.
func TestScopes(t *testing.T) {
	r := NewRegistry()
	first := r.Scope("shop")
	blog := r.Scope("blog")
	blog.Codes(Requests, "/a").Count(200)
	for _, route := range []string{"/a", "/b"} {
		first.Codes(Requests, route).Count(200)
		first.Histogram(RequestDuration, route).Observe(time.Millisecond)
	}
	first.Codes(Requests, "/a").Count(503)
	first.Counter(Outcomes, "exception").Inc()
	second := r.Scope("shop")
	second.Codes(Requests, "/a")
	second.Histogram(RequestDuration, "/a")
	first.Close()
	first.Close()
	first.Counter(Outcomes, "exception").Inc()
	first.Codes(Requests, "/c").Count(200)
	if got, want := shown(r, Requests), (map[string]uint64{"blog /a 2xx": 1, "shop /a 2xx": 1, "shop /a 5xx": 1}); !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got, want := shown(r, RequestDuration), (map[string]uint64{"shop /a": 1}); !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := shown(r, Outcomes)["shop exception"]; got != 1 {
		t.Errorf("there were %d exceptions, want 1", got)
	}
	r.Forget("shop")
	second.Codes(Requests, "/a").Count(200)
	third := r.Scope("shop")
	second.Close()
	third.Counter(Outcomes, "ok").Inc()
	if got, want := shown(r, Requests), (map[string]uint64{"blog /a 2xx": 1}); !maps.Equal(got, want) || shown(r, Outcomes)["shop ok"] != 1 {
		t.Errorf("got %v, want %v, and an app that has come back", got, want)
	}
	third.Close()
	if r.Counter(Outcomes, "shop", "ok") != nil || r.Histogram(CacheFills, "shop") != nil || len(shown(r, Outcomes)) != 0 {
		t.Error("an app that has gone is counted")
	}
	blog.Close()
	if len(r.apps) != 0 {
		t.Errorf("%d apps are left", len(r.apps))
	}
}

func TestNobodyCounts(t *testing.T) {
	var r *Registry
	r.Counter(LogDropped).Inc()
	r.Histogram(CacheDiskTimes, "find").Observe(1)
	s := r.Scope("a")
	s.Counter(Outcomes, "ok").Inc()
	s.Codes(Requests, "b").Count(200)
	s.Histogram(RequestDuration, "b").Observe(1)
	s.Close()
	r.Collect(Process)
	r.Forget("a")
	if text := r.Text(); text != nil {
		t.Errorf("nobody has counted %s", text)
	}
}

func TestCountingDoesNotAllocate(t *testing.T) {
	s := NewRegistry().Scope("shop")
	codes, times := s.Codes(Requests, "/*"), s.Histogram(RequestDuration, "/*")
	codes.Count(200)
	line, a := NewLine(), &Access{Method: "GET", URL: "http://shop.example.com/", Entry: hedge.Entry{App: "shop"}}
	b := line.Append(nil, a)
	if n := testing.AllocsPerRun(100, func() {
		codes.Count(200)
		times.Observe(time.Millisecond)
		b = line.Append(b[:0], a)
	}); n > 1 { // the text of an address
		t.Errorf("a request allocates %v times", n)
	}
}

func BenchmarkCount(b *testing.B) {
	s := NewRegistry().Scope("shop")
	codes, times := s.Codes(Requests, "/*"), s.Histogram(RequestDuration, "/*")
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			codes.Count(200)
			times.Observe(1234567)
		}
	})
}

func BenchmarkLine(b *testing.B) {
	line := NewLine()
	a := &Access{
		Time: time.Now(), Duration: time.Millisecond, Method: "GET", URL: "http://shop.example.com/cart?a=1", Host: "shop.example.com", Path: "/cart",
		Route: "/*", Proto: "HTTP/1.1", Status: 200, Bytes: 1234, Entry: hedge.Entry{App: "shop", Step: "code", CPU: time.Millisecond},
	}
	var out []byte
	b.ReportAllocs()
	for b.Loop() {
		out = line.Append(out[:0], a)
	}
}
