package bundle

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2/unstable"
)

func (r *configReader) limits(v *value) {
	if r.is(v, unstable.Table, typeTable) {
		r.table("limits", v)
	}
}

// limit reads a number of [limits].
func limit(key string) func(*configReader, *value) {
	return func(r *configReader, v *value) { r.number(v, limitNumbers(&r.config.Limits), "limits", key) }
}

// duration reads a duration, which has to be between two bounds.
func (r *configReader) duration(v *value, least, most time.Duration) time.Duration {
	if v.kind != unstable.String {
		hint := ""
		if v.kind == unstable.Integer {
			hint = fmt.Sprintf("write the unit: \"%sms\" or \"%ss\"", v.text, v.text)
		}
		r.wrongType(v, typeDuration, hint)
		return 0
	}
	d, err := time.ParseDuration(strings.ReplaceAll(v.text, " ", ""))
	if err != nil {
		r.fail(v.at, `a duration is a number and a unit, ms, s, m or h, as in "50ms" or "1m30s"`, "%q is not a duration", v.text)
		return 0
	}
	if d < least || d > most {
		r.fail(v.at, fmt.Sprintf("it is from %s to %s", formatDuration(least), formatDuration(most)), "%q is out of range", v.text)
		return 0
	}
	return d
}

func formatDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// size reads a number of bytes, which has to be between two bounds.
func (r *configReader) size(v *value, least, most int64) int64 {
	if v.kind != unstable.String {
		hint := ""
		if v.kind == unstable.Integer {
			hint = fmt.Sprintf("write the unit: \"%sMiB\" or \"%sB\"", v.text, v.text)
		}
		r.wrongType(v, typeSize, hint)
		return 0
	}
	n, ok := ParseSize(v.text)
	if !ok {
		r.fail(v.at, `a size is a number and a unit, B, KiB, MiB or GiB (powers of 1024), KB, MB or GB (powers of 1000), as in "128MiB"`,
			"%q is not a size", v.text)
		return 0
	}
	if n < least || n > most {
		r.fail(v.at, fmt.Sprintf("it is from %s to %s", formatSize(least), formatSize(most)), "%q is out of range", v.text)
		return 0
	}
	return n
}

// sizeUnits are the units of sizes. Longer names come first, because the shorter
// are their endings.
func sizeUnits() []struct {
	name  string
	bytes int64
} {
	return []struct {
		name  string
		bytes int64
	}{
		{"TiB", 1 << 40},
		{"GiB", 1 << 30},
		{"MiB", 1 << 20},
		{"KiB", 1 << 10},
		{"TB", 1e12},
		{"GB", 1e9},
		{"MB", 1e6},
		{"KB", 1e3},
		{"B", 1},
	}
}

// ParseSize reads a size such as "1.5MiB". Fractions of a byte are cut off.
func ParseSize(s string) (int64, bool) {
	for _, unit := range sizeUnits() {
		number, ok := strings.CutSuffix(s, unit.name)
		if !ok {
			continue
		}
		number = strings.TrimSpace(number)
		if !onlyBytes(number, func(c byte) bool { return isDigit(c) || c == '.' }) {
			return 0, false
		}
		n, err := strconv.ParseFloat(number, 64)
		if err != nil || n*float64(unit.bytes) >= math.MaxInt64 {
			return 0, false
		}
		return int64(n * float64(unit.bytes)), true
	}
	return 0, false
}

// formatSize writes a size with the largest unit of which there is at least one.
func formatSize[T int | int64](n T) string {
	for _, unit := range sizeUnits()[:4] {
		if int64(n) >= unit.bytes {
			return strings.TrimSuffix(fmt.Sprintf("%.1f", float64(n)/float64(unit.bytes)), ".0") + unit.name
		}
	}
	return fmt.Sprintf("%dB", n)
}
