package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"hedge/httpmsg"
	"hedge/node"
	"hedge/telemetry"
)

// How spans are exported.
const (
	spanPeriod  = time.Second
	spanBatch   = 512
	spanQueue   = 8192
	spanTimeout = 10 * time.Second
	spanLast    = 2 * time.Second
)

// tracesPath is where a collector takes spans, below its URL.
const tracesPath = "/v1/traces"

// traceOptions say which requests are traced, and where that is told.
type traceOptions struct {
	endpoint string // the base URL of a collector; empty: nobody is told
	ratio    float64
}

func (o *traceOptions) options() []option {
	return []option{
		{name: "--trace-endpoint", value: "URL", help: "take part in traces, and export spans by OTLP over HTTP, as in http://127.0.0.1:4318", set: func(v string) error {
			scheme, rest, _ := strings.Cut(v, "://")
			host, _, _ := strings.Cut(rest, "/")
			if _, _, err := httpmsg.NormalHost(host); err != nil || scheme != "http" && scheme != "https" || strings.ContainsAny(rest, "?#") {
				return fmt.Errorf("needs a URL such as http://127.0.0.1:4318, not %q", v)
			}
			o.endpoint = strings.TrimSuffix(v, "/")
			if base, found := strings.CutSuffix(o.endpoint, tracesPath); found {
				return fmt.Errorf("needs the URL without %s, which is put behind it: %q", tracesPath, base)
			}
			return nil
		}},
		{name: "--trace-ratio", value: "N", help: "the part of the traces that is exported, from 0 to 1 (default: 1)", set: func(v string) error {
			ratio, err := strconv.ParseFloat(v, 64)
			if err != nil || !(ratio >= 0 && ratio <= 1) {
				return fmt.Errorf("needs a number from 0 to 1, not %q", v)
			}
			o.ratio = ratio
			return nil
		}},
	}
}

// tracing is a tracer, and what sends its spans. Without a collector both are nil.
type tracing struct {
	tracer   *node.Tracer
	exporter *telemetry.Exporter
	client   *node.Client
}

func (o *traceOptions) open(m *telemetry.Registry) *tracing {
	if o.endpoint == "" {
		return &tracing{}
	}
	t := &tracing{client: node.NewClient(node.DefaultClientConfig())}
	t.exporter = telemetry.NewExporter(telemetry.ExporterConfig{
		Service: "hedge", Every: spanPeriod, Batch: spanBatch, Queue: spanQueue, Timeout: spanTimeout, Last: spanLast, Metrics: m,
		Send: func(ctx context.Context, body []byte) error {
			return post(ctx, t.client, o.endpoint+tracesPath, body)
		},
	})
	t.tracer = node.NewTracer(o.ratio, t.exporter.Export)
	return t
}

// close sends what is left.
func (t *tracing) close() {
	if t.exporter != nil {
		t.exporter.Close()
		t.client.Close()
	}
}

// post sends JSON to a URL; an answer that is no success is an error.
func post(ctx context.Context, client httpmsg.RoundTripper, url string, body []byte) error {
	scheme, rest, _ := strings.Cut(url, "://")
	authority, path, _ := strings.Cut(rest, "/")
	res, err := client.RoundTrip(ctx, &httpmsg.Request{
		Method: "POST", Scheme: scheme, Authority: authority, Target: "/" + path, Proto: "HTTP/1.1",
		Header: httpmsg.NewHeader("Content-Type", "application/json", "User-Agent", "hedge"),
		Body:   httpmsg.NewBytesBody(body), ContentLength: int64(len(body)),
	})
	if err != nil {
		return err
	}
	res.CloseBody()
	if res.Status < 200 || res.Status > 299 {
		return errors.New(httpmsg.StatusText(res.Status))
	}
	return nil
}
