package main

import (
	"strings"
	"testing"
)

const output = `goos: linux
cpu: A Processor
pkg: hedge/bench
BenchmarkHelloHTTP-2   	       1	        74.46 hedge-core-%	     30270 hedge-req/s	         0.7410 ratio	      12 B/op	       0 allocs/op
--- BENCH: BenchmarkHelloHTTP-2
    hello_linux_test.go:21: nethttp used 80 % of its core
BenchmarkPassThrough/app/length-2         	       1	1026.35 MB/s	         6.398 grown-MiB
BenchmarkPassThrough/app/chunked-2        	       1	1234.50 MB/s	         16.04 grown-MiB
BenchmarkHello    	  500000	      2345 ns/op	       1530 turn-ns
BenchmarkColdStart/spare-16 	 2000	    499999 ns/op
BenchmarkLatency 	 1	  -12.345 added-p50-µs
PASS
`

func TestTable(t *testing.T) {
	var out strings.Builder
	if err := run(strings.NewReader(output), &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		" on: A Processor.\n",
		"| what | wanted | measured |\n",
		" classes | ≤ 2 µs | 1.53 µs |\n",
		" spare to the first response | ≤ 0.5 ms | 0.5 ms |\n",
		" nothing to the first response | ≤ 2 ms | not measured |\n",
		" against net/http | ≥ 0.75 × | 0.741 × (**missed**) |\n",
		"| hello world, Hedge |  | 30270 req/s |\n",
		" memory growth | ≤ 16 MiB | 16.04 MiB (**missed**) |\n",
		" by an app |  | 1026 MB/s |\n",
		" median |  | -12.35 µs |\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, &out)
		}
	}
	if err := run(strings.NewReader("BenchmarkX 1 two ns/op\n"), &out); err == nil {
		t.Error("a value that is no number is taken")
	}
}
