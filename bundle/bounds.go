package bundle

import (
	"fmt"
	"slices"
	"time"

	"hedge"
)

// number is a number of a release and what it may be, in hedge.toml and in a release file
// alike. In the release it is 0 as well, which stands for the default; an *int that
// hedge.toml may set to 0 is -1 there then.
type number struct {
	section, key string
	field        any // *int, *int64 for a size in bytes, or *time.Duration
	least, most  int64
}

// Units of durations in the tables below.
const (
	millisecond = int64(time.Millisecond)
	second      = int64(time.Second)
	minute      = int64(time.Minute)
	hour        = int64(time.Hour)
)

func limitNumbers(l *hedge.Limits) []number {
	return []number{
		{"limits", "cpu", &l.CPU, millisecond, 5 * minute},
		{"limits", "startup_cpu", &l.StartupCPU, millisecond, minute},
		{"limits", "memory", &l.Memory, 8 << 20, 2 << 30},
		{"limits", "wall", &l.Wall, millisecond, hour},
		{"limits", "wait_until", &l.WaitUntil, millisecond, hour},
		{"limits", "subrequests", &l.Subrequests, 1, 10000},
		{"limits", "open_subrequests", &l.OpenSubrequests, 1, 100},
		{"limits", "response", &l.ResponseBytes, 1, 1 << 40},
		{"limits", "max_body", &l.MaxBody, 1, 1 << 40},
		{"limits", "websocket_message", &l.WebSocketMessage, 1 << 10, 128 << 20},
	}
}

func cacheNumbers(c *hedge.Cache) []number {
	return []number{
		{"cache", "stale_while_revalidate", &c.StaleWhileRevalidate, 0, 720 * hour},
		{"cache", "stale_if_error", &c.StaleIfError, 0, 720 * hour},
	}
}

func routeNumbers(r *hedge.Route) []number {
	return []number{{"route", "max_body", &r.MaxBody, 1, 1 << 40}}
}

func rateLimitNumbers(l *hedge.RateLimit) []number {
	return []number{
		{sectionRateLimit, "burst", &l.Burst, 1, 1000000},
		{sectionRateLimit, "max_keys", &l.MaxKeys, 1, 10000000},
	}
}

func rampNumbers(r *hedge.Ramp) []number {
	return []number{
		{sectionRamp, "every", &r.Every, 100 * millisecond, 168 * hour},
		{sectionRamp, "samples", &r.Samples, 1, 1000000},
	}
}

func upstreamNumbers(u *hedge.Upstream) []number {
	return []number{
		{sectionUpstream, "resolve", &u.Resolve, second, hour},
		{sectionUpstream, "timeout", &u.Timeout, millisecond, hour},
		{sectionUpstream, "idle_timeout", &u.IdleTimeout, second, hour},
		{sectionUpstream, "max_connections", &u.MaxConnections, 1, 1000000},
		{sectionUpstream, "max_pending", &u.MaxPending, 0, 1000000},
		{sectionUpstream, "slow_start", &u.SlowStart, second, hour},
		{sectionUpstream, "panic", &u.Panic, 0, 100},
		{sectionHealth, "every", &u.Health.Every, 100 * millisecond, hour},
		{sectionHealth, "timeout", &u.Health.Timeout, millisecond, minute},
		{sectionHealth, "healthy", &u.Health.Healthy, 1, 100},
		{sectionHealth, "unhealthy", &u.Health.Unhealthy, 1, 100},
		{sectionHealth, "status", &u.Health.Status, 200, 599},
		{sectionOutlier, "errors", &u.Outlier.Errors, 0, 1000},
		{sectionOutlier, "ejection", &u.Outlier.Ejection, 100 * millisecond, hour},
		{sectionOutlier, "max_ejection", &u.Outlier.MaxEjection, 100 * millisecond, 24 * hour},
		{sectionOutlier, "max_ejected", &u.Outlier.MaxEjected, 1, 100},
		{sectionRetry, "tries", &u.Retry.Tries, 0, 15},
		{sectionRetry, "timeout", &u.Retry.Timeout, millisecond, hour},
		{sectionRetry, "budget", &u.Retry.Budget, 1, 100},
		{sectionRetry, "least", &u.Retry.Least, 1, 1000},
		{sectionHedge, "after", &u.Hedging.After, millisecond, minute},
		{sectionMirror, "percent", &u.Mirror.Percent, 1, 100},
		{sectionMirror, "max_body", &u.Mirror.MaxBody, 1, 16 << 20},
	}
}

// number reads a number of hedge.toml, which is in the list.
func (r *configReader) number(v *value, list []number, section, key string) {
	n := list[slices.IndexFunc(list, func(n number) bool { return n.section == section && n.key == key })]
	switch field := n.field.(type) {
	case *time.Duration:
		*field = r.duration(v, time.Duration(n.least), time.Duration(n.most))
	case *int64:
		*field = r.size(v, n.least, n.most)
	case *int:
		before := len(r.found)
		*field = r.integer(v, n.least, n.most)
		if *field == 0 && len(r.found) == before {
			*field = -1
		}
	}
}

// validateNumbers checks the numbers of a release.
func validateNumbers(list []number) error {
	for _, n := range list {
		if is, least, most, ok := n.check(); !ok {
			return fmt.Errorf("%s in %s is %s; it is from %s to %s", n.key, header(n.section), is, least, most)
		}
	}
	return nil
}

// check reports whether a number is one that a release may have, and how it and its
// bounds are written.
func (n number) check() (is, least, most string, ok bool) {
	within := func(v int64) bool { return v == 0 || n.least <= v && v <= n.most }
	switch field := n.field.(type) {
	case *time.Duration:
		return field.String(), formatDuration(time.Duration(n.least)), formatDuration(time.Duration(n.most)), within(int64(*field))
	case *int64:
		return fmt.Sprintf("%dB", *field), formatSize(n.least), formatSize(n.most), within(*field)
	case *int:
		return fmt.Sprint(*field), fmt.Sprint(n.least), fmt.Sprint(n.most), within(int64(*field)) || *field == -1 && n.least == 0
	}
	return "", "", "", false
}
