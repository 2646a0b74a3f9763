package bundle

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"hedge"
)

// sectionRateLimit is that of every [rate_limit.NAME].
const sectionRateLimit = "rate_limit.NAME"

func rateLimitKeys() []configKey {
	return []configKey{
		{Key{"route", "rate_limit", typeString, "", "The name of a [rate_limit.NAME] that holds for the route. Routes that name the same one share it."}, (*configReader).routeRateLimit},

		{Key{sectionRateLimit, "key", typeString, `"client"`, `Who has a count of its own: "client", the address, of which the first 64 bits count in IPv6; "header:NAME", "cookie:NAME", "host", "path", "path:N", which is a segment of the path; or "route", so that all requests of a route count together. Requests without the field or cookie share one count.`}, (*configReader).limitKey},
		{Key{sectionRateLimit, "rate", typeString, "", `How many requests may come, over a long time: "10/s", "300/m" or "5000/h". Required.`}, (*configReader).limitRate},
		{Key{sectionRateLimit, "burst", typeInteger, "", "How many of those may come at once, from 1 to 1000000. Without it, the number in rate."}, rateLimitNumber("burst")},
		{Key{sectionRateLimit, "max_keys", typeInteger, "65536", "How many keys are counted, from 1 to 10000000, for some 60 bytes each. Who has not come for longest is forgotten when there are more."}, rateLimitNumber("max_keys")},
	}
}

func (r *configReader) rateLimits(v *value) {
	r.config.RateLimits = map[string]hedge.RateLimit{}
	r.named(v, sectionRateLimit, "a rate limit", func(name string, t *value) {
		r.limit = &hedge.RateLimit{Key: string(hedge.KeyClient)}
		r.table(sectionRateLimit, t)
		if r.missing(sectionRateLimit, t, "rate") {
			r.fail(t.keyAt, `add the line: rate = "10/s"`, "rate limit %q has no rate", name)
		}
		if r.limit.Burst == 0 {
			r.limit.Burst = r.limit.Rate
		}
		r.config.RateLimits[name] = *r.limit
	})
}

func rateLimitNumber(key string) func(*configReader, *value) {
	return func(r *configReader, v *value) { r.number(v, rateLimitNumbers(r.limit), sectionRateLimit, key) }
}

func (r *configReader) limitKey(v *value) {
	text, ok := r.string(v)
	if !ok {
		return
	}
	r.limit.Key = text
	if problem, hint := checkLimitKey(text); problem != "" {
		r.fail(v.at, hint, "%s", problem)
	}
	r.stillThere(v, text)
}

// checkLimitKey checks what a rate limit counts by.
func checkLimitKey(text string) (problem, hint string) {
	if _, err := hedge.ParseKey(text); err == nil || text == hedge.KeyOfRoute {
		return "", ""
	}
	hint = didYouMean(text, []string{"client", "host", "path", hedge.KeyOfRoute})
	return fmt.Sprintf("%q is nothing to count by", text), orHint(hint, `write "client", "header:NAME", "cookie:NAME", "host", "path", "path:2" for its second segment, or "route"`)
}

func (r *configReader) limitRate(v *value) {
	text, ok := r.string(v)
	if !ok {
		return
	}
	if r.limit.Rate, r.limit.Per, ok = parseRate(text); !ok {
		r.fail(v.at, `a rate is a number from 1 to 1000000 and the time for it: "10/s", "300/m" or "5000/h"`, "%q is not a rate", text)
	}
}

func parseRate(text string) (rate int, per time.Duration, ok bool) {
	number, unit, _ := strings.Cut(text, "/")
	n, err := strconv.ParseUint(number, 10, 32)
	units := map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour}
	return int(n), units[unit], err == nil && n > 0 && n <= 1000000 && units[unit] > 0
}

func (r *configReader) routeRateLimit(v *value) {
	if text, ok := r.string(v); ok {
		r.route.RateLimit = text
		r.route.limit = v
	}
}

// finishRateLimit checks that there is the rate limit that a route names.
func (r *configReader) finishRateLimit(route *routeEntry) {
	if _, ok := r.config.RateLimits[route.RateLimit]; route.limit != nil && !ok {
		names := slices.Collect(maps.Keys(r.config.RateLimits))
		r.fail(route.limit.at, orHint(didYouMean(route.RateLimit, names), fmt.Sprintf("add the table [rate_limit.%s]", route.RateLimit)), "there is no rate limit %q", route.RateLimit)
	}
}

// finishRateLimits reports limits that hold for nothing; tables may be nil.
func (r *configReader) finishRateLimits(tables *value) {
	if tables == nil {
		return
	}
	for _, name := range tables.keys {
		if !slices.ContainsFunc(r.read, func(e *routeEntry) bool { return e.RateLimit == name }) {
			r.fail(tables.table[name].keyAt, "name it in a [[route]], or remove it", "no route has the rate limit %q", name)
		}
	}
}

// manifestRateLimit has its time in nanoseconds.
type manifestRateLimit struct {
	Key     string        `json:"key"`
	Rate    int           `json:"rate"`
	Per     time.Duration `json:"per"`
	Burst   int           `json:"burst"`
	MaxKeys int           `json:"max_keys,omitempty"`
}

func validateRateLimit(name string, l hedge.RateLimit) error {
	if problem, _ := checkPartName("a rate limit", name); problem != "" {
		return errors.New(problem)
	}
	if problem, _ := checkLimitKey(l.Key); problem != "" {
		return errors.New(problem)
	}
	if l.Rate < 1 || l.Rate > 1000000 || l.Per < time.Second || l.Per > time.Hour || l.Burst == 0 {
		return fmt.Errorf("the rate limit %q makes no sense", name)
	}
	if err := validateNumbers(rateLimitNumbers(&l)); err != nil {
		return fmt.Errorf("rate limit %q: %w", name, err)
	}
	return nil
}
