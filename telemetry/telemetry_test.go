package telemetry

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strconv"
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

// An app has no more series than it may, and loses no count for it.
func TestSeriesAreBounded(t *testing.T) {
	r := NewRegistry()
	const routes = 5000
	for i := range routes {
		route := "/r" + strconv.Itoa(i)
		r.Codes(Requests, "shop", route).Count(200)
		r.Histogram(RequestDuration, "shop", route).Observe(time.Millisecond)
	}
	r.Counter(Outcomes, "blog", "ok").Inc()
	series, counted := 0, uint64(0)
	for id := range r.families {
		for _, s := range r.families[id] {
			if s.labels[0] != "shop" || ID(id) == Overflows {
				continue
			}
			series += r.table[id].cost()
			if ID(id) == Requests {
				counted += s.counter.Value()
			}
		}
	}
	if series > SeriesPerApp+100 || counted != routes {
		t.Errorf("%d series have counted %d of %d requests", series, counted, routes)
	}
	if r.Counter(Overflows, "shop").Value() == 0 || r.find(Outcomes, []string{"blog", "ok"}) == nil {
		t.Error("it is not told, or another app has to suffer for it")
	}
	r.Forget("shop")
	if r.used["shop"] != 0 || len(r.families[Requests]) != 0 || r.find(Outcomes, []string{"blog", "ok"}) == nil {
		t.Error("an app that has gone leaves series behind, or takes others with it")
	}
}

func TestNobodyCounts(t *testing.T) {
	var r *Registry
	r.Counter(Requests, "a", "b", "c").Inc()
	r.Codes(Requests, "a", "b").Count(200)
	r.Histogram(RequestDuration, "a", "b").Observe(1)
	r.Collect(Process)
	r.Forget("a")
	if text := r.Text(); text != nil {
		t.Errorf("nobody has counted %s", text)
	}
}

func TestCountingDoesNotAllocate(t *testing.T) {
	r := NewRegistry()
	codes, times := r.Codes(Requests, "shop", "/*"), r.Histogram(RequestDuration, "shop", "/*")
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
	r := NewRegistry()
	codes, times := r.Codes(Requests, "shop", "/*"), r.Histogram(RequestDuration, "shop", "/*")
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
