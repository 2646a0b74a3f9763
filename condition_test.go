package hedge

import (
	"errors"
	"reflect"
	"testing"
)

func TestParseCondition(t *testing.T) {
	for _, c := range []struct {
		text string
		want Condition
	}{
		{"error_rate > 1%", Condition{{MeasureErrorRate, 0.01, false, "error_rate > 1%"}}},
		{"  p99>2x  ", Condition{{MeasureP99, 2, true, "p99>2x"}}},
		{"error_rate > 0.5% or p99 > 1.5x or p50 > 200ms", Condition{
			{MeasureErrorRate, 0.005, false, "error_rate > 0.5%"}, {MeasureP99, 1.5, true, "p99 > 1.5x"}, {MeasureP50, 0.2, false, "p50 > 200ms"},
		}},
	} {
		if got, err := ParseCondition(c.text); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q: got %+v, %v; want %+v", c.text, got, err, c.want)
		}
	}
}

func TestBadConditions(t *testing.T) {
	for _, c := range []struct {
		text       string
		start, end int
		problem    string
	}{
		{"", 0, 0, "the condition is not complete"},
		{"errors > 1%", 0, 6, `"errors" is nothing that is measured`},
		{"p99 < 1s", 4, 5, `unexpected "<"`},
		{"p99", 3, 3, "the condition is not complete"},
		{"p99 > 5", 6, 7, `"5" is no bound for a time`},
		{"p99 > 1%", 6, 8, `"1%" is no bound for a time`},
		{"p99 > -1s", 6, 7, `"-" is no bound for a time`},
		{"error_rate > 1s", 13, 15, `"1s" is no bound for error_rate`},
		{"error_rate > 100%", 13, 17, `"100%" is no bound for error_rate`},
		{"error_rate > 1%%", 13, 16, `"1%%" is no bound for error_rate`},
		{"error_rate > NaN%", 13, 17, `"NaN%" is no bound for error_rate`},
		{"p99 > 1s and p50 > 1s", 9, 12, `unexpected "and"`},
		{"p99 > 1s or", 11, 11, "the condition is not complete"},
	} {
		_, err := ParseCondition(c.text)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || syntax.Start != c.start || syntax.End != c.end || syntax.Problem != c.problem {
			t.Errorf("%q: got %+v", c.text, err)
		}
	}
}

func FuzzParseCondition(f *testing.F) {
	f.Add("error_rate > 1% or p99 > 2x")
	f.Add("p50 > 200ms or")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseCondition(text)
		var syntax *SyntaxError
		switch {
		case err == nil:
			for _, term := range c {
				if again, err := ParseCondition(term.String()); err != nil || len(again) != 1 || again[0] != term {
					t.Errorf("%q is read as %+v (%v)", term, again, err)
				}
			}
		case !errors.As(err, &syntax) || syntax.Start > syntax.End || syntax.End > len(text):
			t.Errorf("%q: %v", text, err)
		}
	})
}
