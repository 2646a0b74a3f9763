package bundle

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"

	"hedge"
)

// The sections of every [split.NAME].
const (
	sectionSplit = "split.NAME"
	sectionRamp  = sectionSplit + ".ramp"
)

// splitKeys are those of [split.NAME] and the table in it.
func splitKeys() []configKey {
	return []configKey{
		{Key{sectionSplit, "sides", typeTable, "", "The upstreams and the weights that they begin with, from 0 to 1000000, as in { old = 95, new = 5 }. What a ramp or hedge split has made of them holds until the server ends, through reloads and SIGUSR2, or until sides, testers or sticky are changed. Required."}, (*configReader).splitSides},
		{Key{sectionSplit, "sticky", typeString, `"cookie"`, `What a visitor is known by, who then stays on its side: "cookie", a signed one; "client", the address; "none", so that each request is on its own.`}, (*configReader).splitSticky},
		{Key{sectionSplit, "testers", typeTable, "", `Headers or cookies that lead to a side whatever the weights say, as in { new = "header:X-Preview" } or { new = "cookie:side=new" }.`}, (*configReader).splitTesters},
		{Key{sectionSplit, "ramp", typeTable, "", "Raises the share of one side step by step. When its settings are changed it begins anew from the share that the side has, unless it was aborted, or somebody has set the shares: then it takes hedge split ramp, or another side in to."}, section(sectionRamp)},

		{Key{sectionRamp, "to", typeString, "", "The side whose share is raised. Required."}, (*configReader).rampTo},
		{Key{sectionRamp, "steps", typeStrings, "", `Its shares, rising, as in ["1%", "5%", "25%", "100%"]. Required.`}, (*configReader).rampSteps},
		{Key{sectionRamp, "every", typeDuration, "", "How long a step lasts, from 100ms to 168h. Required."}, rampNumber("every")},
		{Key{sectionRamp, "abort_if", typeString, "", `When the side gives all of its share back: terms like "error_rate > 1%", "p99 > 500ms" or "p99 > 2x", twice what the other side has, joined by "or". Measured are error_rate, p50, p90 and p99, the times to the head of an answer, over the last minute. What the cache answers in the place of a side is not counted, an error behind a stale answer is.`}, (*configReader).rampAbortIf},
		{Key{sectionRamp, "samples", typeInteger, "20", "How many answers of the side it takes to judge it, and to take the next step, from 1 to 1000000; answers of the cache do not count."}, rampNumber("samples")},
	}
}

// splitEntry is a split and where its parts stand.
type splitEntry struct {
	hedge.Split
	name  string
	table *value
}

func (r *configReader) splits(v *value) {
	r.config.Splits = map[string]hedge.Split{}
	r.named(v, sectionSplit, "a split", func(name string, t *value) {
		r.split = &splitEntry{hedge.Split{Sticky: hedge.StickyCookie}, name, t}
		r.table(sectionSplit, t)
		r.config.Splits[name] = r.split.Split
		r.parted = append(r.parted, r.split)
	})
}

// ramp is the ramp of the split being read.
func (r *configReader) ramp() *hedge.Ramp {
	if r.split.Ramp == nil {
		r.split.Ramp = &hedge.Ramp{}
	}
	return r.split.Ramp
}

func rampNumber(key string) func(*configReader, *value) {
	return func(r *configReader, v *value) { r.number(v, rampNumbers(r.ramp()), sectionRamp, key) }
}

func (r *configReader) splitSides(v *value) {
	if !r.is(v, unstable.Table, typeTable) {
		return
	}
	for _, name := range v.keys {
		r.split.Sides = append(r.split.Sides, hedge.Side{Upstream: name, Weight: r.integer(v.table[name], 0, 1000000)})
	}
}

func (r *configReader) splitSticky(v *value) {
	text, ok := r.string(v)
	if !ok {
		return
	}
	r.split.Sticky = hedge.Sticky(text)
	names := []string{string(hedge.StickyCookie), string(hedge.StickyClient), string(hedge.StickyNone)}
	if !slices.Contains(names, text) {
		r.fail(v.at, orHint(didYouMean(text, names), "it is one of "+strings.Join(names, ", ")), "%q is nothing that a visitor is known by", text)
	}
}

// splitTesters checks the values; which side each is for is known when all is read.
func (r *configReader) splitTesters(v *value) {
	if !r.is(v, unstable.Table, typeTable) {
		return
	}
	for _, name := range v.keys {
		item := v.table[name]
		text, ok := r.string(item)
		if ok && !validTesters(text) {
			r.fail(item.at, `write "header:NAME", "cookie:NAME", or one of these with "=VALUE" behind it`, "%q is nothing to know testers by", text)
		}
		name, _, _ := strings.Cut(text, "=")
		r.stillThere(item, name)
	}
}

func validTesters(text string) bool {
	name, _, _ := strings.Cut(text, "=")
	key, err := hedge.ParseKey(name)
	return err == nil && (key.From == hedge.KeyHeader || key.From == hedge.KeyCookie)
}

func (r *configReader) rampTo(v *value) {
	if text, ok := r.string(v); ok {
		r.ramp().To = text
	}
}

func (r *configReader) rampSteps(v *value) {
	ramp, last := r.ramp(), 0.0
	r.strings(v, func(item *value) {
		number, isPercent := strings.CutSuffix(item.text, "%")
		n, err := strconv.ParseFloat(number, 64)
		switch {
		case !isPercent || err != nil || strings.Trim(number, "0123456789.") != "" || n <= 0 || n > 100:
			r.fail(item.at, `a step is a percentage up to 100, as in "5%"`, "%q is not a step", item.text)
		case n/100 <= last:
			r.fail(item.at, "each step is greater than the one before", "the steps do not rise")
		default:
			last = n / 100
			ramp.Steps = append(ramp.Steps, last)
		}
	})
}

func (r *configReader) rampAbortIf(v *value) {
	text, ok := r.string(v)
	if !ok {
		return
	}
	r.ramp().AbortIf = text
	var syntax *hedge.SyntaxError
	if _, err := hedge.ParseCondition(text); errors.As(err, &syntax) {
		at := v.at
		if v.at.end-v.at.start == len(text)+2 { // in one pair of quotes, and without escapes
			at = span{v.at.start + 1 + syntax.Start, v.at.start + 1 + max(syntax.End, syntax.Start+1)}
		}
		r.fail(at, syntax.Hint, "%s", syntax.Problem)
	}
}

// finishSplits checks what parts of a split say about each other and the upstreams.
func (r *configReader) finishSplits() {
	for _, s := range r.parted {
		r.finishSides(s)
		r.finishRamp(s)
		r.config.Splits[s.name] = s.Split
	}
}

func (r *configReader) finishSides(s *splitEntry) {
	if r.missing(sectionSplit, s.table, "sides") {
		r.fail(s.table.keyAt, "add the line: sides = { old = 95, new = 5 }", "split %q has no sides", s.name)
		return
	}
	sides, sum := s.table.table["sides"], 0
	for _, one := range s.Sides {
		sum += one.Weight
		if _, ok := r.config.Upstreams[one.Upstream]; !ok {
			r.fail(sides.table[one.Upstream].keyAt, orHint(didYouMean(one.Upstream, slices.Collect(maps.Keys(r.config.Upstreams))), fmt.Sprintf("add the table [upstream.%s]", one.Upstream)),
				"there is no upstream %q", one.Upstream)
		}
	}
	if sides.kind == unstable.Table && (len(s.Sides) < 2 || sum == 0) {
		r.fail(sides.headAt(), "name two upstreams or more, of which one has a weight above 0", "the split divides nothing")
	}
	if testers := s.table.table["testers"]; testers != nil && testers.kind == unstable.Table {
		for _, name := range testers.keys {
			i := s.index(name)
			if i < 0 {
				r.fail(testers.table[name].keyAt, r.sideHint(s, name), "the split has no side %q", name)
				continue
			}
			s.Sides[i].Testers = testers.table[name].text
		}
	}
}

func (r *configReader) finishRamp(s *splitEntry) {
	table := s.table.table["ramp"]
	if table == nil || table.kind != unstable.Table {
		return
	}
	for _, required := range []string{"to", "steps", "every"} {
		if r.missing(sectionRamp, table, required) {
			r.fail(table.headAt(), "", "the ramp has no %q", required)
		}
	}
	if to := table.table["to"]; to != nil && s.index(s.Ramp.To) < 0 {
		r.fail(to.at, r.sideHint(s, s.Ramp.To), "the split has no side %q", s.Ramp.To)
	}
}

func (s *splitEntry) index(side string) int {
	return slices.IndexFunc(s.Sides, func(one hedge.Side) bool { return one.Upstream == side })
}

func (r *configReader) sideHint(s *splitEntry, name string) string {
	var names []string
	for _, one := range s.Sides {
		names = append(names, one.Upstream)
	}
	return orHint(didYouMean(name, names), "its sides are "+strings.Join(names, ", "))
}

// isSide reports whether an upstream is a side of a split.
func (r *configReader) isSide(upstream string) bool {
	return slices.ContainsFunc(r.parted, func(s *splitEntry) bool { return s.index(upstream) >= 0 })
}
