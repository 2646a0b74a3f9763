package httpmsg

import (
	"reflect"
	"testing"
	"time"
)

// noon is when the answers of these tests come.
func noon() time.Time { return time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC) }

func dateAt(d time.Duration) string { return FormatDate(noon().Add(d)) }

func TestCachingOf(t *testing.T) {
	for _, tt := range []struct {
		name     string
		status   int
		header   Header
		lifetime time.Duration
		explicit bool
		targeted bool
	}{
		{"nothing", 200, Header{}, 0, false, false},
		{"max-age", 200, NewHeader("Cache-Control", "max-age=60"), time.Minute, true, false},
		{"s-maxage first", 200, NewHeader("Cache-Control", "max-age=60, s-maxage=5"), 5 * time.Second, true, false},
		{"max-age before Expires", 200, NewHeader("Cache-Control", "max-age=0", "Expires", dateAt(time.Hour)), 0, true, false},
		{"Expires after Date", 200, NewHeader("Expires", dateAt(time.Hour), "Date", dateAt(time.Minute)), 59 * time.Minute, true, false},
		{"Expires without Date", 200, NewHeader("Expires", dateAt(time.Hour), "Date", "foo"), time.Hour, true, false},
		{"Expires before Date", 200, NewHeader("Expires", dateAt(-time.Hour)), 0, true, false},
		{"Expires that is no date", 200, NewHeader("Expires", "0", "Last-Modified", dateAt(-time.Hour)), 0, true, false},
		{"two Expires", 200, NewHeader("Expires", dateAt(time.Hour), "Expires", dateAt(time.Hour)), 0, true, false},
		{"a guess", 200, NewHeader("Last-Modified", dateAt(-10*time.Hour), "Date", dateAt(0)), time.Hour, false, false},
		{"a guess is bounded", 200, NewHeader("Last-Modified", dateAt(-1000*time.Hour)), 24 * time.Hour, false, false},
		{"no guess from the future", 200, NewHeader("Last-Modified", dateAt(time.Hour)), 0, false, false},
		{"no guess for every status", 403, NewHeader("Last-Modified", dateAt(-10*time.Hour)), 0, false, false},
		{"a guess for what is public", 599, NewHeader("Last-Modified", dateAt(-10*time.Hour), "Cache-Control", "public"), time.Hour, false, false},
		{"CDN-Cache-Control first", 200, NewHeader("Cache-Control", "max-age=60", "CDN-Cache-Control", "max-age=5", "Surrogate-Control", "max-age=7"), 5 * time.Second, true, true},
		{"CDN-Cache-Control without Expires", 200, NewHeader("CDN-Cache-Control", "must-revalidate", "Expires", dateAt(time.Hour)), 0, false, true},
		{"CDN-Cache-Control of the wrong type", 200, NewHeader("CDN-Cache-Control", `max-age="9"`, "Cache-Control", "max-age=60"), time.Minute, true, false},
		{"CDN-Cache-Control with a decimal", 200, NewHeader("CDN-Cache-Control", `max-age=9.0`, "Cache-Control", "max-age=60"), time.Minute, true, false},
		{"malformed CDN-Cache-Control", 200, NewHeader("CDN-Cache-Control", "max-age=9, &&", "Cache-Control", "max-age=60"), time.Minute, true, false},
		{"empty CDN-Cache-Control", 200, NewHeader("CDN-Cache-Control", "", "Cache-Control", "max-age=60"), time.Minute, true, false},
		{"Surrogate-Control", 200, NewHeader("Surrogate-Control", "max-age=9+60", "Cache-Control", "no-store"), 9 * time.Second, true, true},
		{"Surrogate-Control for us", 200, NewHeader("Surrogate-Control", "max-age=9;hedge, max-age=5;other"), 9 * time.Second, true, true},
		{"Surrogate-Control for another", 200, NewHeader("Surrogate-Control", "max-age=9;other", "Cache-Control", "max-age=60"), time.Minute, true, false},
	} {
		c := CachingOf(tt.status, &tt.header, noon())
		if c.Lifetime != tt.lifetime || c.Explicit != tt.explicit || c.Targeted != tt.targeted {
			t.Errorf("%s: %v, explicit %v, targeted %v", tt.name, c.Lifetime, c.Explicit, c.Targeted)
		}
	}
}

func TestParseTargeted(t *testing.T) {
	for _, tt := range []struct {
		value string
		want  CacheControl
		ok    bool
	}{
		{"max-age=60, no-store", CacheControl{MaxAge: seconds(60), NoStore: true}, true},
		{"max-age=60;a=1;b, no-store=?0", CacheControl{MaxAge: seconds(60)}, true},
		{"max-age=60,max-age=70", CacheControl{MaxAge: seconds(70)}, true}, // the last one counts
		{`private="a, b", no-cache`, CacheControl{PrivateFields: "a, b", NoCache: true}, true},
		{`x=(1 "a" tok/:en);q=1, y=:YWJj:, z=@12, w=%"f%c3%bc", v=-1.5, max-age=1`, CacheControl{MaxAge: seconds(1)}, true},
		{"foo", CacheControl{}, true},
		{"Max-Age=60", CacheControl{}, false},
		{"max-age =60", CacheControl{}, false},
		{"max-age= 60", CacheControl{}, false},
		{"max-age=-1", CacheControl{}, false},
		{"max-age", CacheControl{}, false},
		{"no-store=1", CacheControl{}, false},
		{"private=tok", CacheControl{}, false},
		{"max-age=60,", CacheControl{}, false},
		{"max-age=1234567890123456", CacheControl{}, false},
		{`a="\x"`, CacheControl{}, false},
		{`a="`, CacheControl{}, false},
		{"a=(1,2)", CacheControl{}, false},
		{"a=(1", CacheControl{}, false},
		{"a=?2", CacheControl{}, false},
		{"a=1.", CacheControl{}, false},
		{"", CacheControl{}, false},
		{" ", CacheControl{}, false},
	} {
		h := NewHeader("CDN-Cache-Control", tt.value)
		got, ok := ParseTargeted(&h, "CDN-Cache-Control")
		if ok != tt.ok || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%q: %+v, %v", tt.value, got, ok)
		}
	}
}

func FuzzParseTargeted(f *testing.F) {
	for _, s := range []string{"max-age=1;a, b=(1 2);c", `a="\"", b=:YQ==:, c=?1, d=@1, e=%"a"`, "max-age=1.0,", "*a=*/:", "a=-"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		h := NewHeader("CDN-Cache-Control", value)
		if cc, ok := ParseTargeted(&h, "CDN-Cache-Control"); !ok && !reflect.DeepEqual(cc, CacheControl{}) {
			t.Errorf("%q is refused and has %+v", value, cc)
		}
		h = NewHeader("Surrogate-Control", value)
		if cc, ok := ParseSurrogateControl(&h, Surrogate); ok && cc.MaxAge.Value > MaxSeconds {
			t.Errorf("%q: %+v", value, cc)
		}
	})
}

func TestStorable(t *testing.T) {
	fresh := func(more ...string) Header {
		return NewHeader(append(more, "Cache-Control", "max-age=60")...)
	}
	authorized := NewHeader("Authorization", "Basic x")
	for _, tt := range []struct {
		name   string
		req    Header
		status int
		header Header
		want   Unstorable
	}{
		{"fresh", Header{}, 200, fresh(), ""},
		{"fresh and unknown", Header{}, 299, fresh(), ""},
		{"fresh error", Header{}, 503, fresh(), ""},
		{"a part", Header{}, 206, fresh("Content-Range", "bytes 0-1/9"), ""},
		{"not modified", Header{}, 304, fresh(), UnstorableStatus},
		{"switching", Header{}, 101, fresh(), UnstorableStatus},
		{"nothing said", Header{}, 200, Header{}, UnstorableUseless},
		{"a validator", Header{}, 200, NewHeader("ETag", `"a"`), ""},
		{"a validator, but no status for it", Header{}, 500, NewHeader("ETag", `"a"`), UnstorableStatus},
		{"guessed", Header{}, 404, NewHeader("Last-Modified", dateAt(-time.Hour)), ""},
		{"not guessed", Header{}, 201, NewHeader("Last-Modified", dateAt(-time.Hour)), UnstorableStatus},
		{"no-store", Header{}, 200, fresh("Cache-Control", "no-store"), UnstorableNoStore},
		{"no-store, must-understand", Header{}, 200, fresh("Cache-Control", "no-store, must-understand"), ""},
		{"must-understand, not understood", Header{}, 599, fresh("Cache-Control", "must-understand"), UnstorableStatus},
		{"private", Header{}, 200, fresh("Cache-Control", "private"), UnstorablePrivate},
		{"a private field", Header{}, 200, fresh("Cache-Control", `private="x-user"`), ""},
		{"no-cache with a validator", Header{}, 200, fresh("Cache-Control", "no-cache", "ETag", `"a"`), ""},
		{"no-cache without", Header{}, 200, fresh("Cache-Control", "no-cache"), UnstorableUseless},
		{"stale at once, for errors", Header{}, 200, NewHeader("Cache-Control", "max-age=0, stale-if-error=60"), ""},
		{"authorized", authorized, 200, fresh(), UnstorableAuthorization},
		{"authorized and public", authorized, 200, fresh("Cache-Control", "public"), ""},
		{"authorized and s-maxage", authorized, 200, fresh("Cache-Control", "s-maxage=1"), ""},
		{"authorized and must-revalidate", authorized, 200, fresh("Cache-Control", "must-revalidate"), ""},
		{"authorized and for CDNs", authorized, 200, NewHeader("CDN-Cache-Control", "max-age=60"), UnstorableAuthorization},
		{"a cookie", Header{}, 200, fresh("Set-Cookie", "a=b"), UnstorableCookie},
		{"a cookie, public", Header{}, 200, fresh("Set-Cookie", "a=b", "Cache-Control", "public"), ""},
		{"a cookie, for CDNs", Header{}, 200, NewHeader("Set-Cookie", "a=b", "CDN-Cache-Control", "max-age=1"), ""},
		{"a cookie, left out", Header{}, 200, fresh("Set-Cookie", "a=b", "Cache-Control", `private="set-cookie"`), ""},
		{"vary by something", Header{}, 200, fresh("Vary", "Cookie"), ""},
		{"vary by the address", Header{}, 200, fresh("Vary", "Accept, x-forwarded-for"), UnstorableVary},
		{"vary by the address alone", Header{}, 200, fresh("Vary", "X-Real-IP"), UnstorableVary},
		{"vary by who forwards", Header{}, 200, fresh("Vary", "Forwarded"), UnstorableVary},
		{"vary by what was asked for", Header{}, 200, fresh("Vary", "X-Forwarded-Proto"), ""},
		{"vary by anything", Header{}, 200, fresh("Vary", "a, *"), UnstorableVary},
	} {
		c := CachingOf(tt.status, &tt.header, noon())
		if got := Storable(&tt.req, tt.status, &tt.header, &c, false); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	cookie := fresh("Set-Cookie", "a=b")
	c := CachingOf(200, &cookie, noon())
	if got := Storable(&Header{}, 200, &cookie, &c, true); got != "" {
		t.Errorf("where cookies are no reason: %q", got)
	}
}

func TestAgeAt(t *testing.T) {
	for _, tt := range []struct {
		name   string
		header Header
		delay  time.Duration
		want   time.Duration
	}{
		{"nothing said", Header{}, 0, 0},
		{"the way takes time", Header{}, 3 * time.Second, 3 * time.Second},
		{"Age and the way", NewHeader("Age", "5", "Date", dateAt(0)), 3 * time.Second, 8 * time.Second},
		{"an old Date", NewHeader("Age", "5", "Date", dateAt(-time.Minute)), 0, time.Minute},
		{"a Date ahead", NewHeader("Date", dateAt(time.Minute)), 0, 0},
		{"an Age that is no number", NewHeader("Age", "abc"), 0, 0},
	} {
		if got := AgeAt(&tt.header, noon().Add(-tt.delay), noon()); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestStoredHeader(t *testing.T) {
	h := NewHeader("Age", "1", "Content-Length", "5", "A", "1", "b", "2", "Keep-Alive", "x", "Cache-Control", `private="A", no-cache="c"`, "C", "3",
		"Cache-Status", "x; hit", "Proxy-Authentication-Info", "y")
	c := CachingOf(200, &h, noon())
	got := StoredHeader(&h, &c)
	if want := NewHeader("b", "2", "Cache-Control", `private="A", no-cache="c"`); !reflect.DeepEqual(fieldsOf(&got), fieldsOf(&want)) {
		t.Errorf("%q", fieldsOf(&got))
	}
}

func TestRefreshedHeader(t *testing.T) {
	stored := NewHeader("ETag", `"a"`, "A", "1", "A", "2", "Content-Encoding", "gzip", "B", "1")
	fresh := NewHeader("ETag", `W/"a"`, "a", "3", "Content-Length", "0", "Content-Encoding", "br", "Date", "now")
	got := RefreshedHeader(&stored, &fresh)
	want := NewHeader("ETag", `"a"`, "Content-Encoding", "gzip", "B", "1", "a", "3", "Date", "now")
	if !reflect.DeepEqual(fieldsOf(&got), fieldsOf(&want)) {
		t.Errorf("%q", fieldsOf(&got))
	}
}

func TestVaryMeansTheSame(t *testing.T) {
	for _, tt := range []struct {
		name, a, b string
		want       bool
	}{
		{"Accept-Encoding", "gzip, br", "br,GZIP", true},
		{"Accept-Encoding", "gzip;q=0.5, br", "br;q=0.1, gzip", true},
		{"Accept-Encoding", "gzip;q=0, br", "br, gzip", false},
		{"Accept-Encoding", "gzip;q=x", "gzip", false},
		{"Accept-Encoding", "", "identity", false},
		{"Accept-Language", "en, de", " DE ,en", true},
		{"Accept-Language", "en;q=0.5, de", "de, en;q=0.3", true},
		{"Accept-Language", "en, de;q=0.5", "de, en;q=0.5", false},
		{"Accept-Language", "en, de;q=0", "en, de", false},
		{"X-Other", "a, b", "a,b", false},
	} {
		a, b := NewHeader(tt.name, tt.a), NewHeader(tt.name, tt.b)
		v := Vary{Names: []string{Lower(tt.name)}}
		if got := v.Matches(&a, &b); got != tt.want {
			t.Errorf("%s: %q and %q: %v", tt.name, tt.a, tt.b, got)
		}
	}
}
