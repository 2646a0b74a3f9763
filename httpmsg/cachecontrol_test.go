package httpmsg

import (
	"reflect"
	"testing"
)

func seconds(n int64) Seconds { return Seconds{Value: n, Set: true} }

func TestParseCacheControl(t *testing.T) {
	tests := []struct {
		values []string
		want   CacheControl
	}{
		{nil, CacheControl{}},
		{[]string{""}, CacheControl{}},
		{[]string{"max-age=60"}, CacheControl{MaxAge: seconds(60)}},
		{[]string{"Max-Age=60, PUBLIC", "s-maxage=5"}, CacheControl{MaxAge: seconds(60), Public: true, SMaxAge: seconds(5)}},
		{[]string{`max-age="60"`}, CacheControl{MaxAge: seconds(60)}},
		{[]string{"max-age = 60"}, CacheControl{MaxAge: seconds(60)}},
		{[]string{"max-age=10, max-age=20"}, CacheControl{MaxAge: seconds(10)}},
		{[]string{"max-age=-1"}, CacheControl{MaxAge: seconds(0)}},
		{[]string{"max-age=1.5"}, CacheControl{MaxAge: seconds(0)}},
		{[]string{"max-age"}, CacheControl{MaxAge: seconds(0)}},
		{[]string{"max-age=99999999999999999999999999"}, CacheControl{MaxAge: seconds(MaxSeconds)}},
		{[]string{"max-age=2147483647"}, CacheControl{MaxAge: seconds(MaxSeconds - 1)}},
		{[]string{"max-stale, min-fresh=3, only-if-cached"}, CacheControl{MaxStale: seconds(MaxSeconds), MinFresh: seconds(3), OnlyIfCached: true}},
		{[]string{"max-stale=x"}, CacheControl{MaxStale: seconds(0)}},
		{
			[]string{"no-cache, no-store, no-transform, must-revalidate, proxy-revalidate, must-understand, private, immutable"},
			CacheControl{
				NoCache: true, NoStore: true, NoTransform: true, MustRevalidate: true, ProxyRevalidate: true,
				MustUnderstand: true, Private: true, Immutable: true,
			},
		},
		{[]string{"stale-while-revalidate=1, stale-if-error=2"}, CacheControl{StaleWhileRevalidate: seconds(1), StaleIfError: seconds(2)}},
		{
			[]string{`private="Set-Cookie, X-A", no-cache=x-b, private="c"`},
			CacheControl{PrivateFields: "Set-Cookie, X-A, c", NoCacheFields: "x-b"},
		},
		{[]string{`no-cache="", private`}, CacheControl{NoCache: true, Private: true}},
		{
			[]string{`Community="UCI", foo, =, a b=c, max-age=1`},
			CacheControl{MaxAge: seconds(1), Extensions: []Field{{"community", "UCI"}, {"foo", ""}}},
		},
		{[]string{`x="no-store, max-age=1"`}, CacheControl{Extensions: []Field{{"x", "no-store, max-age=1"}}}},
		{[]string{"public=yes"}, CacheControl{Public: true}},
	}
	for _, tt := range tests {
		var h Header
		for _, value := range tt.values {
			h.Add("Cache-Control", value)
		}
		if got := ParseCacheControl(&h, "cache-control"); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%q:\n got %+v\nwant %+v", tt.values, got, tt.want)
		}
	}
}

func TestAge(t *testing.T) {
	for value, want := range map[string]int64{"5": 5, "": 0, "-5": 0, "x": 0, "5, 6": 5, "7;a=b": 7, "7 ; a=1, 0": 7, "99999999999": MaxSeconds} {
		h := NewHeader("Age", value)
		if got := Age(&h); got != want {
			t.Errorf("Age %q = %d", value, got)
		}
	}
}

func FuzzCacheControl(f *testing.F) {
	for _, s := range []string{"max-age=1", `private="a,b"`, `x="`, "max-stale", ",,=,", `no-cache="\"`, "s-maxage=99999999999999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		h := NewHeader("Cache-Control", value)
		cc := ParseCacheControl(&h, "Cache-Control")
		for _, s := range []Seconds{cc.MaxAge, cc.SMaxAge, cc.MaxStale, cc.MinFresh, cc.StaleWhileRevalidate, cc.StaleIfError} {
			if s.Value < 0 || s.Value > MaxSeconds || !s.Set && s.Value != 0 {
				t.Fatalf("%q: %+v", value, cc)
			}
		}
		for _, e := range cc.Extensions {
			if !IsToken(e.Name) || e.Name != Lower(e.Name) {
				t.Fatalf("%q: the extension %q", value, e)
			}
		}
	})
}
