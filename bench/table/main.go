// Command table makes the table of docs/PERFORMANCE.md of the output of `make bench`:
//
//	make bench | tee bench.txt
//	go run ./bench/table <bench.txt
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

// result is a line of the output: a benchmark's values by unit.
type result struct {
	benchmark string
	values    map[string]float64
}

func run(in io.Reader, out io.Writer) error {
	results, machine, err := read(in)
	if err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Measured with %s on: %s.\n\n", runtime.Version(), machine)
	b.WriteString("| what | wanted | measured |\n| --- | --- | --- |\n")
	for _, f := range figures() {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", f.what, f.wanted(), f.measured(results))
	}
	_, err = io.WriteString(out, b.String())
	return err
}

// read takes the results out of the output, and what it says about the machine.
func read(in io.Reader) (results []result, machine string, err error) {
	line := regexp.MustCompile(`^Benchmark(\S+?)(?:-\d+)?\s+\d+\s+(.*)$`)
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		if name, found := strings.CutPrefix(lines.Text(), "cpu: "); found {
			machine = name
		}
		m := line.FindStringSubmatch(lines.Text())
		if m == nil {
			continue
		}
		r := result{m[1], map[string]float64{}}
		fields := strings.Fields(m[2])
		for i := 0; i+1 < len(fields); i += 2 {
			if r.values[fields[i+1]], err = strconv.ParseFloat(fields[i], 64); err != nil {
				return nil, "", fmt.Errorf("%s: %w", r.benchmark, err)
			}
		}
		results = append(results, r)
	}
	return results, machine, lines.Err()
}

func (f *figure) wanted() string {
	switch {
	case f.want == 0:
		return ""
	case f.atLeast:
		return "≥ " + f.show(f.want)
	}
	return "≤ " + f.show(f.want)
}

// measured returns the worst value, and says if it is not what is wanted.
func (f *figure) measured(results []result) string {
	worst, found := 0.0, false
	for _, r := range results {
		value, ok := r.values[f.metric]
		if !ok || r.benchmark != f.benchmark && !strings.HasPrefix(r.benchmark, f.benchmark+"/") {
			continue
		}
		value *= f.scale
		if !found || f.worse(value, worst) {
			worst, found = value, true
		}
	}
	switch {
	case !found:
		return "not measured"
	case f.want != 0 && f.worse(worst, f.want):
		return f.show(worst) + " (**missed**)"
	}
	return f.show(worst)
}

func (f *figure) worse(a, b float64) bool { return a != b && (a < b) == f.atLeast }

// show writes a value with four digits, or all before the point.
func (f *figure) show(value float64) string {
	digits := 0
	for limit := 1000.0; digits < 3 && value < limit && value > -limit; limit /= 10 {
		digits++
	}
	text := strconv.FormatFloat(value, 'f', digits, 64)
	if digits > 0 {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return strings.TrimSpace(text + " " + f.unit)
}
