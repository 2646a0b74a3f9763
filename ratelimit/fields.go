package ratelimit

import (
	"strconv"
	"time"
)

// What follows are the fields of draft-ietf-httpapi-ratelimit-headers-10. name is that of
// the limit, in letters, digits, hyphens and underscores.

// Policy returns the value of RateLimit-Policy: the burst, and the time in which that many
// tokens come.
func Policy(name string, l Limit) string {
	return `"` + name + `";q=` + strconv.Itoa(l.Burst) + ";w=" + Seconds(l.Interval()*time.Duration(l.Burst))
}

// Field returns the value of RateLimit: how many tokens are left, and the time until there
// is one more.
func (v Verdict) Field(name string) string {
	return `"` + name + `";r=` + strconv.Itoa(v.Remaining) + ";t=" + Seconds(v.Wait)
}

// Seconds returns a time in whole seconds, at least 1, as in Retry-After (RFC 9110
// §10.2.3): rounded up, so that who waits for so long has waited long enough.
func Seconds(d time.Duration) string {
	return strconv.FormatInt(max(int64((d+time.Second-1)/time.Second), 1), 10)
}
