package hedge

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Measure is something that the sides of a split are judged by.
type Measure string

// The measures.
const (
	MeasureErrorRate Measure = "error_rate" // share of requests that failed or got 5xx
	MeasureP50       Measure = "p50"        // median of the time to the head of the answer
	MeasureP90       Measure = "p90"
	MeasureP99       Measure = "p99"
)

// Condition is true when one of its terms is.
type Condition []Term

// Term says that a measure is above a bound.
type Term struct {
	Measure Measure
	// Above is the bound: a share from 0 to 1, a number of seconds, or, if Times, a
	// multiple of what the other sides have.
	Above float64
	Times bool
	text  string
}

// String returns the term as it was written.
func (t Term) String() string { return t.text }

// SyntaxError is what is wrong with a condition.
type SyntaxError struct {
	// Start and End are where, in bytes.
	Start, End int
	Problem    string
	Hint       string
}

// Error returns the problem with its column, counted from 1.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s (column %d): %s", e.Problem, e.Start+1, e.Hint)
}

// ParseCondition reads a condition: terms "MEASURE > BOUND", joined by "or". A bound
// is a percentage, "1%", for error_rate; a duration, "200ms", for p50, p90 and p99;
// or a multiple of the other sides, "2x", for any. The error is a *SyntaxError.
func ParseCondition(text string) (Condition, error) {
	p := conditionParser{text: text}
	p.next()
	var c Condition
	for {
		term, err := p.term()
		if err != nil {
			return nil, err
		}
		c = append(c, term)
		switch p.word {
		case "":
			return c, nil
		case "or":
			p.next()
		default:
			return nil, p.wrong("unexpected %q", `terms are joined by "or"`)
		}
	}
}

// conditionParser reads words: letters, digits, "_", ".", "%", or one other character.
type conditionParser struct {
	text       string
	word       string // empty at the end
	start, end int    // of the word
}

func (p *conditionParser) next() {
	for p.start = p.end; p.start < len(p.text) && p.text[p.start] == ' '; p.start++ {
	}
	for p.end = p.start; p.end < len(p.text) && wordByte(p.text[p.end]); p.end++ {
	}
	if p.end == p.start && p.end < len(p.text) {
		p.end++
	}
	p.word = p.text[p.start:p.end]
}

func wordByte(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_' || c == '.' || c == '%'
}

// wrong makes an error about the present word.
func (p *conditionParser) wrong(problem, hint string) error {
	if p.word == "" {
		return &SyntaxError{p.start, p.start, "the condition is not complete", hint}
	}
	return &SyntaxError{p.start, p.end, fmt.Sprintf(problem, p.word), hint}
}

func (p *conditionParser) term() (t Term, err error) {
	from := p.start
	switch t.Measure = Measure(p.word); t.Measure {
	case MeasureErrorRate, MeasureP50, MeasureP90, MeasureP99:
	default:
		return t, p.wrong("%q is nothing that is measured", "write error_rate, p50, p90 or p99")
	}
	if p.next(); p.word != ">" {
		return t, p.wrong("unexpected %q", `a measure is followed by ">"`)
	}
	p.next()
	if err := p.bound(&t); err != nil {
		return t, err
	}
	t.text = p.text[from:p.end]
	p.next()
	return t, nil
}

func (p *conditionParser) bound(t *Term) error {
	number, isTimes := strings.CutSuffix(p.word, "x")
	percent, isPercent := strings.CutSuffix(p.word, "%")
	switch {
	case isTimes:
		if n, ok := decimal(number); ok && n > 0 && n <= 1000 {
			t.Above, t.Times = n, true
			return nil
		}
	case t.Measure == MeasureErrorRate:
		if n, ok := decimal(percent); isPercent && ok && n < 100 {
			t.Above = n / 100
			return nil
		}
	default:
		if d, err := time.ParseDuration(p.word); err == nil && d > 0 {
			t.Above = d.Seconds()
			return nil
		}
	}
	if t.Measure == MeasureErrorRate {
		return p.wrong("%q is no bound for error_rate", `write a percentage below 100, as in "1%", or a multiple of the other sides, as in "2x"`)
	}
	return p.wrong("%q is no bound for a time", `write a duration, as in "200ms", or a multiple of the other sides, as in "2x"`)
}

// decimal reads digits with at most one point.
func decimal(text string) (float64, bool) {
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil && strings.Trim(text, "0123456789.") == ""
}
