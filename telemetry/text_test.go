package telemetry

import (
	"bytes"
	"encoding/json"
	"math"
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"hedge"
)

// parse reads the text as Prometheus does.
func parse(t *testing.T, text []byte) map[string]*dto.MetricFamily {
	t.Helper()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return families
}

func labelsOf(m *dto.Metric) map[string]string {
	labels := map[string]string{}
	for _, pair := range m.GetLabel() {
		labels[pair.GetName()] = pair.GetValue()
	}
	return labels
}

func TestText(t *testing.T) {
	r := NewRegistry()
	nasty := "a\"b\\c\nd\xffä{}"
	shop := r.Scope("shop")
	shop.Codes(Requests, nasty).Count(404)
	shop.Counter(CPU).Add(uint64(1500 * time.Millisecond))
	h := shop.Histogram(RequestDuration, "/*")
	for _, d := range []time.Duration{0, time.Millisecond, time.Second, time.Hour} {
		h.Observe(d)
	}
	r.Collect(func(s *Sample) { s.Set(SplitShare, 0.25, "shop", "home", "new") })
	r.Collect(Process)
	families := parse(t, r.Text())
	requests := families["hedge_requests_total"].GetMetric()[0]
	if got := labelsOf(requests); got["route"] != strings.ToValidUTF8(nasty, "\uFFFD") || got["code"] != "4xx" || requests.GetCounter().GetValue() != 1 {
		t.Errorf("%q counted %v", got, requests.GetCounter().GetValue())
	}
	if got := families["hedge_cpu_seconds_total"].GetMetric()[0].GetCounter().GetValue(); math.Abs(got-1.5) > 1e-9 {
		t.Errorf("1.5 s are %v", got)
	}
	if got := families["hedge_split_share"].GetMetric()[0].GetGauge().GetValue(); got != 0.25 {
		t.Errorf("a quarter is %v", got)
	}
	times := families["hedge_request_duration_seconds"].GetMetric()[0].GetHistogram()
	if times.GetSampleCount() != 4 || times.GetSampleSum() != 3601.001 {
		t.Errorf("%d times, %v s in all", times.GetSampleCount(), times.GetSampleSum())
	}
	for _, b := range times.GetBucket() {
		want := uint64(0)
		for _, d := range []float64{0, 0.001, 1, 3600} {
			if d <= b.GetUpperBound() {
				want++
			}
		}
		if b.GetCumulativeCount() != want {
			t.Errorf("up to %v s there are %d, want %d", b.GetUpperBound(), b.GetCumulativeCount(), want)
		}
	}
	for name, family := range families {
		if family.GetHelp() == "" || family.GetType() == dto.MetricType_UNTYPED {
			t.Errorf("%s has no text or no type", name)
		}
	}
	if families["go_goroutines"] == nil {
		t.Error("the process tells nothing of itself")
	}
}

func TestLine(t *testing.T) {
	a := &Access{
		Time: time.Date(2026, 1, 2, 3, 4, 5, 6_000_000, time.UTC), Duration: 1500 * time.Microsecond, FirstByte: time.Millisecond,
		Method: "GET", URL: "https://shop.example.com/a?b=c", Host: "shop.example.com", Path: "/a", Route: "/*", Proto: "HTTP/2.0",
		Remote: netip.MustParseAddrPort("[2001:db8::1]:443"), TLSVersion: 0x0304, Status: 502, Bytes: 10, BytesIn: 20, Broken: true,
		Entry: hedge.Entry{
			App: "shop", Step: "code", Outcome: hedge.OutcomeException, CPU: 250 * time.Microsecond, Fetches: 2, Cold: true,
			Side: "split:home/new", Target: "http://10.0.0.1", Upstream: 2 * time.Millisecond, Retries: 1,
			Decisions: []hedge.Decision{{Part: "upstream:blog", Reason: hedge.ReasonRetried, Detail: "503 from http://10.0.0.1"}},
			Err: &hedge.Error{Outcome: hedge.OutcomeException, Message: "it threw", Exception: &hedge.Exception{
				Name: "TypeError", Message: "no", Frames: []hedge.Frame{{File: "main.js", Line: 1, Column: 2}}, Cause: &hedge.Exception{Message: "why"},
			}},
		},
	}
	const want = `{"event":"request","time":"2026-01-02T03:04:05.006Z","app":"shop","route":"/*","method":"GET","url":"https://shop.example.com/a?b=c",` +
		`"host":"shop.example.com","path":"/a","status":502,"outcome":"exception","reasons":["upstream:blog: retried, 503 from http://10.0.0.1"],` +
		`"bytes_in":20,"bytes":10,"broken":true,"ms":1.5,"first_byte_ms":1,"upstream_ms":2,"cpu_ms":0.25,"step":"code","target":"http://10.0.0.1",` +
		`"side":"split:home/new","retries":1,"fetches":2,"cold":true,"protocol":"HTTP/2.0","tls":"1.3","client":"[2001:db8::1]:443","error":"it threw",` +
		`"exception":{"name":"TypeError","message":"no","stack":["main.js:1:2"],"cause":{"message":"why","stack":[]}}}` + "\n"
	if got := string(NewLine().Append(nil, a)); got != want {
		t.Errorf("%s, want\n%s", got, want)
	}
	if got := string(NewLine().Append(nil, &Access{})); !json.Valid([]byte(got)) {
		t.Errorf("the line of an empty record is %s", got)
	}
}

// Whatever clients send stays one line of JSON that steers no terminal.
func FuzzAppendString(f *testing.F) {
	for _, seed := range []string{"", "plain", "a\r\nb", "\x1b[2J", "\u202e", "\u2028", "\x9b", "\xff\xfe", `"\`, "\x00\x7f", "ä€𝄞", "\ufffd"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		marshalled, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, out := range [][]byte{AppendString(nil, text), AppendJSON(nil, marshalled)} {
			for _, r := range string(out) {
				if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
					t.Fatalf("%q becomes %q, which has %U", text, out, r)
				}
			}
			var back string
			if err := json.Unmarshal(out, &back); err != nil || back != strings.ToValidUTF8(each(text), "\uFFFD") {
				t.Fatalf("%q becomes %q, which says %q: %v", text, out, back, err)
			}
		}
	})
}

// each replaces what is not UTF-8 byte by byte, where ToValidUTF8 makes one of a run.
func each(text string) string {
	var b strings.Builder
	for _, r := range text {
		b.WriteRune(r)
	}
	return b.String()
}
