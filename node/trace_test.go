package node

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"hedge"
	"hedge/httpmsg"
	"hedge/telemetry"
)

// spans collects what is exported.
type spans struct {
	mu  sync.Mutex // guards all
	all []*telemetry.Span
}

func (s *spans) export(one *telemetry.Span) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, one)
}

// take returns what has been exported since the last time.
func (s *spans) take() []*telemetry.Span {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.all
	s.all = nil
	return all
}

func TestTraces(t *testing.T) {
	var seen http.Header
	origin := site(t, func(w http.ResponseWriter, r *http.Request) { seen = r.Header.Clone() })
	const good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-"
	for _, test := range []struct {
		name    string
		ratio   float64
		parent  string
		goesOn  bool // the trace does
		flagged bool
		spans   int
	}{
		{"a trace goes on", 1, good + "00", true, true, 2},
		{"a trace that makes no sense", 1, "00-xyz", false, true, 2},
		{"no trace", 1, "", false, true, 2},
		{"not recorded", 0, good + "00", true, false, 0},
		{"not recorded here", 0, good + "01", true, true, 0},
	} {
		collected := &spans{}
		tracer := NewTracer(test.ratio, collected.export)
		origins := NewOrigins(OriginsConfig{Client: DefaultClientConfig(), Clients: NewClients(DefaultClientConfig(), nil, tracer), Tracer: tracer})
		t.Cleanup(origins.Close)
		n := start(t, Config{Tracer: tracer, Origins: origins}, nil, toUpstream(origin))
		req, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+n.addr+"/a?secret", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Tracestate", "vendor=1")
		if test.parent != "" {
			req.Header.Set("Traceparent", test.parent)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		a := <-n.access
		passed, ok := hedge.ParseTrace(seen.Values("Traceparent"), seen.Values("Tracestate"))
		if !ok || (seen.Get("Traceparent")[:36] == good[:36]) != test.goesOn || passed.Flagged != test.flagged || (passed.State == "vendor=1") != test.goesOn || a.Trace.ID != passed.ID ||
			test.spans == 0 && seen.Get("Traceparent") != test.parent { // a span that nobody exports is nobody's parent
			t.Errorf("%s: the origin sees %q, %q, and the log has %x", test.name, seen.Get("Traceparent"), seen.Get("Tracestate"), a.Trace.ID)
		}
		all := collected.take()
		if len(all) != test.spans {
			t.Fatalf("%s: %d spans, want %d", test.name, len(all), test.spans)
		}
		if test.spans == 0 {
			continue
		}
		outward, inward := all[0], all[1]
		if outward.Kind != telemetry.SpanClient || inward.Kind != telemetry.SpanServer || outward.Parent != inward.ID || outward.ID != passed.Span || outward.Trace != inward.Trace || inward.Name != "GET /*" {
			t.Errorf("%s: the spans are %+v and %+v", test.name, outward, inward)
		}
		if (inward.Parent != [8]byte{}) != test.goesOn {
			t.Errorf("%s: the first span has the parent %x", test.name, inward.Parent)
		}
		if text := string(telemetry.AppendSpans(nil, "hedge", all)); !json.Valid([]byte(text)) || strings.Contains(text, "secret") {
			t.Errorf("%s: exported as %s", test.name, text)
		}
	}
}

// What is not known of a request is left out of its span, an answer that is an error says
// which, and what clients call their methods is not what spans are called.
func TestSpans(t *testing.T) {
	origin := site(t, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(503) })
	strange := site(t, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(599) })
	release := toUpstream(origin)
	release.Hosts = []string{"shop.example"}
	release.Routes = append(release.Routes, hedge.Route{Path: "/strange", Upstream: "strange"})
	release.Upstreams["strange"] = hedge.Upstream{Targets: []string{strange}}
	for _, test := range []struct{ name, method, host, path, span, want, lacks string }{
		{"an error of the origin", "POST", "shop.example", "/", "POST /*", `"status":{"code":2,"message":"Service Unavailable"}`, `"ok"`},
		{"an error without a name", "POST", "shop.example", "/strange", "POST /strange/*", `"status":{"code":2,"message":"status 599"}`, `"ok"`},
		{"a method that is none", "HTTP", "shop.example", "/", "HTTP /*", `{"key":"http.request.method","value":{"stringValue":"_OTHER"}},{"key":"http.request.method_original","value":{"stringValue":"HTTP"}}`, `"name":"HTTP "`},
		{"no app", "GET", "blog.example", "/", "GET", `{"key":"http.response.status_code","value":{"intValue":"404"}}`, `"intValue":"0"`},
	} {
		collected := &spans{}
		tracer := NewTracer(1, collected.export)
		origins := NewOrigins(OriginsConfig{Client: DefaultClientConfig(), Clients: NewClients(DefaultClientConfig(), nil, tracer), Tracer: tracer})
		t.Cleanup(origins.Close)
		n := start(t, Config{Tracer: tracer, Origins: origins}, nil, release)
		n.raw(t, test.method+" "+test.path+" HTTP/1.1\r\nHost: "+test.host+"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
		<-n.access
		all := collected.take()
		last := all[len(all)-1]
		text := string(telemetry.AppendSpans(nil, "hedge", all))
		if last.Name != test.span || !json.Valid([]byte(text)) || !strings.Contains(text, test.want) || strings.Contains(text, test.lacks) {
			t.Errorf("%s: %q is exported as %s", test.name, last.Name, text)
		}
	}
}

// A collector gets all spans; while it is away they are counted, and nobody waits.
func TestExporter(t *testing.T) {
	var mu sync.Mutex
	got, away := 0, false
	url := site(t, func(w http.ResponseWriter, r *http.Request) {
		var request struct {
			ResourceSpans []struct {
				ScopeSpans []struct {
					Spans []struct{ TraceID, SpanID, Name string }
				}
			}
		}
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		if away {
			w.WriteHeader(503)
			return
		}
		if err := json.Unmarshal(body, &request); err != nil || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %v", body, err)
			return
		}
		got += len(request.ResourceSpans[0].ScopeSpans[0].Spans)
	})
	client := NewClient(DefaultClientConfig())
	t.Cleanup(client.Close)
	m := telemetry.NewRegistry()
	_, authority, _ := strings.Cut(url, "://")
	open := func() *telemetry.Exporter {
		return telemetry.NewExporter(telemetry.ExporterConfig{
			Service: "hedge", Every: time.Minute, Batch: 10, Queue: 100, Timeout: time.Minute, Last: time.Minute, Metrics: m,
			Send: func(ctx context.Context, body []byte) error {
				res, err := client.RoundTrip(ctx, &httpmsg.Request{
					Method: "POST", Scheme: "http", Authority: authority, Target: "/v1/traces", Header: httpmsg.NewHeader("Content-Type", "application/json"),
					Body: httpmsg.NewBytesBody(body), ContentLength: int64(len(body)),
				})
				if err != nil {
					return err
				}
				res.CloseBody()
				if res.Status != 200 {
					return hedge.Errorf(hedge.OutcomeOriginRefused, "status %s", strconv.Itoa(res.Status))
				}
				return nil
			},
		})
	}
	arrived := func() int {
		mu.Lock()
		defer mu.Unlock()
		return got
	}
	e := open()
	for range 25 {
		e.Export(&telemetry.Span{Trace: [16]byte{1}, ID: [8]byte{2}, Name: "x"})
	}
	e.Close()
	if arrived() != 25 || m.Counter(telemetry.SpansExported).Value() != 25 || m.Counter(telemetry.SpansDropped).Value() != 0 {
		t.Errorf("%d spans have arrived, %d are counted", arrived(), m.Counter(telemetry.SpansExported).Value())
	}
	mu.Lock()
	away = true
	mu.Unlock()
	e = open()
	for range 1000 {
		e.Export(&telemetry.Span{Name: "x"}) // does not wait
	}
	e.Close()
	e.Export(&telemetry.Span{Name: "late"})
	if arrived() != 25 || m.Counter(telemetry.SpansDropped).Value() != 1001 {
		t.Errorf("%d have arrived, and %d are counted as dropped", arrived(), m.Counter(telemetry.SpansDropped).Value())
	}
}
