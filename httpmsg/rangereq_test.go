package httpmsg

import (
	"math"
	"slices"
	"strings"
	"testing"
)

func TestParseRange(t *testing.T) {
	tests := []struct {
		value   string
		size    int64
		verdict RangeVerdict
		want    []ByteRange
	}{
		{"bytes=0-499", 10000, RangePartial, []ByteRange{{0, 500}}},
		{"bytes=500-999", 10000, RangePartial, []ByteRange{{500, 500}}},
		{"bytes=-500", 10000, RangePartial, []ByteRange{{9500, 500}}},
		{"bytes=9500-", 10000, RangePartial, []ByteRange{{9500, 500}}},
		{"bytes=0-0,-1", 10000, RangePartial, []ByteRange{{0, 1}, {9999, 1}}},
		{"Bytes= 0-0 , 5-6,", 10, RangePartial, []ByteRange{{0, 1}, {5, 2}}},
		{"bytes=-500", 10, RangePartial, []ByteRange{{0, 10}}},
		{"bytes=0-99999999999999999999", 10, RangePartial, []ByteRange{{0, 10}}},
		{"bytes=0-0,5-8,2-3", 10, RangePartial, []ByteRange{{0, 1}, {5, 4}, {2, 2}}},
		{"bytes=5-8,0-5", 10, RangePartial, []ByteRange{{0, 9}}},
		{"bytes=0-1,2-3", 10, RangePartial, []ByteRange{{0, 4}}},
		{"bytes=0-1,6-7,3-4,1-6", 10, RangePartial, []ByteRange{{0, 8}}},
		{"bytes=8-9,0-1,4-5,0-4", 10, RangePartial, []ByteRange{{8, 2}, {0, 6}}},
		{"bytes=0-1,20-30", 10, RangePartial, []ByteRange{{0, 2}}},
		{"bytes=10-", 10, RangeUnsatisfiable, nil},
		{"bytes=-0", 10, RangeUnsatisfiable, nil},
		{"bytes=99999999999999999999-", 10, RangeUnsatisfiable, nil},
		{"bytes=5-4", 10, RangeIgnored, nil},
		{"bytes=0-1,5-4", 10, RangeIgnored, nil},
		{"bytes=", 10, RangeIgnored, nil},
		{"bytes=,", 10, RangeIgnored, nil},
		{"bytes=-", 10, RangeIgnored, nil},
		{"bytes=a-b", 10, RangeIgnored, nil},
		{"bytes=+1-2", 10, RangeIgnored, nil},
		{"bytes=1", 10, RangeIgnored, nil},
		{"bytes 0-1", 10, RangeIgnored, nil},
		{"items=0-1", 10, RangeIgnored, nil},
		{"bytes=0-", 0, RangeIgnored, nil},
		{"bytes=" + strings.Repeat("0-0,", MaxRanges), 10, RangePartial, []ByteRange{{0, 1}}},
		{"bytes=" + strings.Repeat("0-0,", MaxRanges+1), 10, RangeIgnored, nil},
		{"bytes=0-", math.MaxInt64, RangePartial, []ByteRange{{0, math.MaxInt64}}},
	}
	for _, tt := range tests {
		got, verdict := ParseRange(tt.value, tt.size)
		if verdict != tt.verdict || !slices.Equal(got, tt.want) {
			t.Errorf("ParseRange(%q, %d) = %v, %v; want %v, %v", tt.value, tt.size, got, verdict, tt.want, tt.verdict)
		}
	}
}

func TestContentRange(t *testing.T) {
	for value, want := range map[string]struct {
		r    ByteRange
		size int64
		ok   bool
	}{
		"bytes 0-9/100":       {ByteRange{0, 10}, 100, true},
		"bytes 42-1233/*":     {ByteRange{42, 1192}, -1, true},
		"bytes */1234":        {ByteRange{}, 1234, true},
		"bytes */*":           {},
		"bytes 0-9/9":         {},
		"bytes 9-0/100":       {},
		"items 0-9/100":       {},
		"bytes 0-9":           {},
		"bytes -9/100":        {},
		"bytes 0-9/-1":        {},
		"":                    {},
		"bytes 0-9/100x":      {},
		"bytes 0-" + maxInt64: {},
	} {
		r, size, ok := ParseContentRange(value)
		if ok != want.ok || ok && (r != want.r || size != want.size) {
			t.Errorf("ParseContentRange(%q) = %v, %d, %v", value, r, size, ok)
		}
		again := r.ContentRange(size)
		if r.Length == 0 {
			again = UnsatisfiedRange(size)
		}
		if ok && again != value {
			t.Errorf("%q became %q", value, again)
		}
	}
}

const maxInt64 = "9223372036854775807/*"

func FuzzRange(f *testing.F) {
	f.Add("bytes=0-1,3-4,-2", int64(10))
	f.Add("bytes=5-,0-5", int64(math.MaxInt64))
	f.Add("bytes=-9223372036854775807,9223372036854775807-", int64(3))
	f.Fuzz(func(t *testing.T, value string, size int64) {
		ranges, verdict := ParseRange(value, size)
		if (verdict == RangePartial) != (len(ranges) > 0) || len(ranges) > MaxRanges {
			t.Fatalf("ParseRange(%q, %d) = %v, %v", value, size, ranges, verdict)
		}
		for i, r := range ranges {
			if r.Start < 0 || r.Length <= 0 || r.Start > size-r.Length {
				t.Fatalf("ParseRange(%q, %d): %v is outside", value, size, r)
			}
			for _, other := range ranges[:i] {
				if r.Start <= other.Start+other.Length && other.Start <= r.Start+r.Length {
					t.Fatalf("ParseRange(%q, %d): %v and %v overlap or touch", value, size, r, other)
				}
			}
			back, whole, ok := ParseContentRange(r.ContentRange(size))
			if !ok || back != r || whole != size {
				t.Fatalf("%v of %d became %v of %d, %v", r, size, back, whole, ok)
			}
		}
		if r, whole, ok := ParseContentRange(value); ok && (r.Length < 0 || whole < -1) {
			t.Fatalf("ParseContentRange(%q) = %v, %d", value, r, whole)
		}
	})
}
