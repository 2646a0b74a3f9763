package bench_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os/exec"
	"testing"
	"time"

	"hedge/jsapi/jsapitest"
	"hedge/worker"
)

// webAPI defines what is measured, for Hedge and for Node: functions that do
// something n times.
const webAPI = `
const bytes = new Uint8Array(1024).map((_, i) => 32 + i % 95);
const chunk = new Uint8Array(64 << 10);
const decoder = new TextDecoder();
let kept;
const operations = {
	URL(n) { for (let i = 0; i < n; i++) kept = new URL("https://www.example.com:8080/a/b/c?d=" + i + "#e"); },
	unusualURL(n) { for (let i = 0; i < n; i++) kept = new URL("https://WWW.example.com/a/b/../c d?e=" + i); },
	Headers(n) { for (let i = 0; i < n; i++) kept = new Headers({ "Content-Type": "text/html", "Cache-Control": "max-age=60", "X-Number": "" + i }); },
	TextDecoder(n) { for (let i = 0; i < n; i++) kept = decoder.decode(bytes); },
	async digest(n) { for (let i = 0; i < n; i++) kept = await crypto.subtle.digest("SHA-256", bytes); },
	async TransformStream(n) {
		let left = n;
		const source = new ReadableStream({ pull(controller) { if (left-- > 0) controller.enqueue(chunk); else controller.close(); } });
		const reader = source.pipeThrough(new TransformStream()).getReader();
		while (!(await reader.read()).done);
	},
};
`

// BenchmarkWebAPI compares what functions of the web platform take with what they take
// in Node, each in a process of its own and in turn. The metric of-node is Hedge's time
// as a multiple of Node's.
func BenchmarkWebAPI(b *testing.B) {
	for _, test := range []struct {
		name  string
		times int
	}{{"URL", 100_000}, {"unusualURL", 100_000}, {"Headers", 100_000}, {"TextDecoder", 100_000}, {"digest", 10_000}, {"TransformStream", 1 << 30 / (64 << 10)}} {
		b.Run(test.name, func(b *testing.B) {
			node, hedge := startNode(b), startWebAPI(b)
			for b.Loop() {
				var ours, theirs []float64
				for i := range rounds + 1 {
					took, nodeTook := hedge(test.name, test.times), node(test.name, test.times)
					if i > 0 { // the first warms up
						ours, theirs = append(ours, took.Seconds()), append(theirs, nodeTook.Seconds())
					}
				}
				b.ReportMetric(median(ours)/median(theirs), "of-node")
				b.ReportMetric(median(ours)/float64(test.times)*1e9, "hedge-ns")
				b.ReportMetric(median(theirs)/float64(test.times)*1e9, "node-ns")
			}
		})
	}
}

// measured does an operation so many times, and returns how long that took.
type measured func(operation string, times int) time.Duration

// startWebAPI has an app do the operations.
func startWebAPI(b *testing.B) measured {
	b.Helper()
	f := jsapitest.New(b)
	f.Limits.CPU, f.Limits.Wall, f.Limits.Memory = time.Minute, time.Minute, 512<<20
	f.Configure = func(cfg *worker.Config) { cfg.Spares = 0 }
	app := f.Start().App(webAPI + jsapitest.Handler(`
		const [, operation, times] = new URL(request.url).pathname.split("/");
		await operations[operation](+times);
		return new Response("done");`))
	return func(operation string, times int) time.Duration {
		start := time.Now()
		res, err := app.RoundTrip(context.Background(), jsapitest.Request("GET", fmt.Sprintf("/%s/%d", operation, times)))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, res.Body); err != nil {
			b.Fatal(err)
		}
		res.CloseBody()
		return time.Since(start)
	}
}

// startNode has Node do them, in a process that ends with the benchmark.
func startNode(b *testing.B) measured {
	b.Helper()
	path, err := exec.LookPath("node")
	if err != nil {
		b.Skip("there is no node to compare with")
	}
	node := exec.Command(path, "-e", webAPI+`
		require("readline").createInterface({ input: process.stdin }).on("line", async (line) => {
			const [operation, times] = line.split(" ");
			await operations[operation](+times);
			console.log("done");
		});`)
	in, err := node.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := node.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := node.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = in.Close() // which ends it
		_ = node.Wait()
	})
	lines := bufio.NewScanner(out)
	return func(operation string, times int) time.Duration {
		start := time.Now()
		if _, err := fmt.Fprintf(in, "%s %d\n", operation, times); err != nil {
			b.Fatal(err)
		}
		if !lines.Scan() {
			b.Fatal("node ended: ", lines.Err())
		}
		return time.Since(start)
	}
}
