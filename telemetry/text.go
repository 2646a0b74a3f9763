package telemetry

import (
	"slices"
	"strconv"
	"strings"
)

// ContentType is that of Text.
const ContentType = "text/plain; version=0.0.4; charset=utf-8"

// Sample is the values that collectors add when the others are read.
type Sample struct {
	table  []Metric
	values [numMetrics][]sampled
}

type sampled struct {
	labels []string
	value  float64
}

// Set says what a metric is for these values of its labels.
func (s *Sample) Set(id ID, value float64, labels ...string) {
	s.values[id] = append(s.values[id], sampled{labels, value})
}

// Text returns all values in the text format of Prometheus, 0.0.4. Metrics come in the
// order of the table, and their series in that of their labels.
func (r *Registry) Text() []byte {
	if r == nil {
		return nil
	}
	sample := &Sample{table: r.table}
	r.mu.Lock()
	collectors := slices.Clone(r.collectors)
	r.mu.Unlock()
	for _, collect := range collectors {
		collect(sample)
	}
	var b []byte
	for i := range r.table {
		m := &r.table[i]
		all := append(r.list(m), collected(sample.values[m.ID])...)
		if len(all) == 0 {
			continue
		}
		b = append(b, "# HELP "+m.Name+" "+escapeHelp(m.Help)+"\n# TYPE "+m.Name+" "+string(m.Kind)+"\n"...)
		for _, s := range all {
			b = s.append(b, m)
		}
	}
	return b
}

// reading is a series at the moment of reading.
type reading struct {
	labels []string
	value  float64
	times  *Counts // of a histogram
}

// list returns the series of a metric, sorted.
func (r *Registry) list(m *Metric) (readings []reading) {
	scale := m.scale
	if scale == 0 {
		scale = 1
	}
	r.Each(m.ID, func(labels []string, count uint64, times *Counts) {
		readings = append(readings, reading{labels, float64(count) * scale, times})
	})
	return readings
}

func collected(values []sampled) []reading {
	readings := make([]reading, len(values))
	for i, v := range values {
		readings[i] = reading{labels: v.labels, value: v.value}
	}
	return readings
}

// append writes a series.
func (s *reading) append(b []byte, m *Metric) []byte {
	if s.times == nil {
		return s.line(b, m, m.Name, "", s.value)
	}
	seen, at := uint64(0), 0
	for _, bound := range bounds() {
		for ; at < bound; at++ {
			seen += s.times.Buckets[at]
		}
		b = s.line(b, m, m.Name+"_bucket", number(floorOf(bound)/1e6), float64(seen))
	}
	b = s.line(b, m, m.Name+"_bucket", "+Inf", float64(s.times.Count))
	b = s.line(b, m, m.Name+"_sum", "", s.times.Sum.Seconds())
	return s.line(b, m, m.Name+"_count", "", float64(s.times.Count))
}

// line writes one value; le is the bound of a bucket.
func (s *reading) line(b []byte, m *Metric, name, le string, value float64) []byte {
	b = append(b, name...)
	sep := byte('{')
	for i, label := range m.Labels {
		b = append(append(append(append(b, sep), label...), `="`...), escapeLabel(s.labels[i])...)
		b = append(b, '"')
		sep = ','
	}
	if le != "" {
		b = append(append(append(b, sep), `le="`+le...), '"')
		sep = ','
	}
	if sep == ',' {
		b = append(b, '}')
	}
	return append(append(append(b, ' '), number(value)...), '\n')
}

func number(value float64) string { return strconv.FormatFloat(value, 'g', -1, 64) }

// bounds are the buckets that begin where a collector's bucket ends: one for each power
// of two from 128 µs to 67 s. A collector that wants quantiles gets them to within a
// factor of two; the buckets here are sixteen times as fine.
func bounds() []int {
	const first, last = 7, 26
	all := make([]int, 0, last-first+1)
	for bits := first; bits <= last; bits++ {
		all = append(all, (bits-subBits+1)<<subBits)
	}
	return all
}

func escapeHelp(text string) string {
	return strings.NewReplacer(`\`, `\\`, "\n", `\n`).Replace(text)
}

// escapeLabel escapes a label's value, which has to be UTF-8.
func escapeLabel(text string) string {
	if !strings.ContainsAny(text, "\\\"\n") && isASCII(text) {
		return text
	}
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(strings.ToValidUTF8(text, "\uFFFD"))
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= 0x80 {
			return false
		}
	}
	return true
}
