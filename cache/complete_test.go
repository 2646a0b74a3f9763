package cache_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"hedge/cache"
	"hedge/httpmsg"
)

// ranged answers with the part of a text that is asked for, under a tag.
func ranged(text, tag string) func(req *httpmsg.Request) (*httpmsg.Response, error) {
	return func(req *httpmsg.Request) (*httpmsg.Response, error) {
		res := &httpmsg.Response{Status: 200, Header: httpmsg.NewHeader("Cache-Control", "max-age=60", "ETag", tag)}
		part := text
		current := httpmsg.ValidatorsOf(&res.Header)
		ranges, verdict := httpmsg.ParseRange(req.Header.Get("Range"), int64(len(text)))
		if verdict == httpmsg.RangePartial && httpmsg.RangeApplies(&req.Header, current) {
			res.Status, part = 206, text[ranges[0].Start:ranges[0].Start+ranges[0].Length]
			res.Header.Add("Content-Range", ranges[0].ContentRange(int64(len(text))))
		}
		res.Body, res.ContentLength = io.NopCloser(strings.NewReader(part)), int64(len(part))
		return res, nil
	}
}

// An origin that knows nothing of If-Range refuses the part of what is shorter by now: the
// client, who may not have asked for a part at all, gets what there is.
func TestPartsOfWhatIsShorterByNow(t *testing.T) {
	for asked, want := range map[string]string{"": "abc", "bytes=0-11": "abc"} {
		e := newEdge(t)
		e.answersBy(ranged("0123456789abcdef", `"a"`))
		e.get("/", "Range", "bytes=0-9")
		e.answersBy(func(req *httpmsg.Request) (*httpmsg.Response, error) {
			if req.Header.Get("Range") == "bytes=10-15" || req.Header.Get("Range") == "bytes=10-11" {
				return &httpmsg.Response{Status: 416, Header: httpmsg.NewHeader("Content-Range", "bytes */3")}, nil
			}
			return ranged("abc", `"b"`)(req)
		})
		req := request("GET", "/")
		if asked != "" {
			req.Header.Add("Range", asked)
		}
		if g := e.ask(req); g.text != want || g.status != 200 && g.status != 206 {
			t.Errorf("asked for %q: %v", asked, g)
		}
	}
}

// Of what is stored in part, only what is missing is asked for.
func TestPartsAreCompleted(t *testing.T) {
	const whole = "0123456789"
	for _, c := range []struct {
		name  string
		first []string // ranges that are stored
		asked string   // empty: all of it
		gap   string   // what the origin is asked for
		want  string
	}{
		{"behind what is stored", []string{"0-3"}, "", "bytes=4-9", whole},
		{"before it", []string{"6-9"}, "", "bytes=0-5", whole},
		{"on both sides of it", []string{"4-5"}, "", "bytes=0-9", whole},
		{"between", []string{"0-1", "8-9"}, "", "bytes=2-7", whole},
		{"a range that goes on", []string{"0-3"}, "bytes=2-6", "bytes=4-6", "23456"},
		{"a range between", []string{"0-3", "6-9"}, "bytes=3-7", "bytes=4-5", "34567"},
		{"a suffix", []string{"7-9"}, "bytes=-5", "bytes=5-6", "56789"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := newEdge(t)
			e.answersBy(ranged(whole, `"a"`))
			for _, r := range c.first {
				e.ask(req("/", "Range", "bytes="+r))
				e.cache.Wait()
			}
			var fields []string
			status := 200
			if c.asked != "" {
				fields, status = []string{"Range", c.asked}, 206
			}
			g := e.ask(req("/", fields...))
			e.cache.Wait()
			if asked := e.last().Header.Get("Range"); g.status != status || g.text != c.want || asked != c.gap && c.gap != "bytes=0-9" {
				t.Errorf("%v, the origin was asked for %q", g, asked)
			}
			if r := g.header.Get("Content-Range"); (r == "") != (c.asked == "") {
				t.Errorf("Content-Range: %q", r)
			}
			before := e.times()
			if g = e.ask(req("/", fields...)); g.text != c.want || e.times() != before {
				t.Errorf("it is not stored: %v", g)
			}
		})
	}
}

// The request for what is missing goes by the key too: what that leaves out, or a device that
// the client makes up, would get into the answer of an origin that sends all of it.
func TestGapsAreAskedForByTheKey(t *testing.T) {
	e := newEdge(t)
	e.policy.Key = cache.KeyPolicy{Query: cache.Query{Ignore: []string{"evil"}}, Device: true}
	e.answersBy(ranged("0123456789", `"a"`))
	e.ask(req("/", "Range", "bytes=0-3"))
	e.cache.Wait()
	e.ask(req("/?evil=1", httpmsg.DeviceField, "forged"))
	e.cache.Wait()
	sent := e.last()
	if device := sent.Header.Get(httpmsg.DeviceField); sent.Header.Get("Range") != "bytes=4-9" || sent.Target != "/" || device != "desktop" {
		t.Errorf("the origin is asked for %s of %s by a device %q", sent.Header.Get("Range"), sent.Target, device)
	}
}

// An origin that has changed meanwhile sends all of it, and nothing is mixed.
func TestPartsOfAnotherVersionAreNotMixed(t *testing.T) {
	for _, tag := range []string{`"b"`, `W/"a"`} {
		e := newEdge(t)
		e.answersBy(ranged("0123456789", `"a"`))
		e.ask(req("/", "Range", "bytes=0-3"))
		e.cache.Wait()
		e.answersBy(ranged("abcdefghij", tag))
		if g := e.ask(req("/")); g.status != 200 || g.text != "abcdefghij" {
			t.Errorf("%s: %v", tag, g)
		}
		e.cache.Wait()
		if g := e.ask(req("/", "Range", "bytes=0-3")); g.text != "abcd" {
			t.Errorf("%s: afterwards %v", tag, g)
		}
	}
	for _, tag := range []string{`"b"`, `W/"a"`, ""} { // and one that heeds no If-Range
		e := newEdge(t)
		e.answersBy(ranged("0123456789", `"a"`))
		e.ask(req("/", "Range", "bytes=0-3"))
		e.cache.Wait()
		e.answersBy(func(r *httpmsg.Request) (*httpmsg.Response, error) {
			r = r.Clone()
			r.Header.Del("If-Range")
			return ranged("abcdefghij", tag)(r)
		})
		if g := e.ask(req("/")); g.status != 200 || g.text != "abcdefghij" {
			t.Errorf("without If-Range, %q: %v", tag, g)
		}
	}
}

// A part that was asked for while the whole was on its way, and comes behind it, does not take
// its place. It says how long the whole is fresh, if it is newer.
func TestPartsDoNotReplaceTheWhole(t *testing.T) {
	const whole = "0123456789"
	for _, c := range []struct {
		name  string
		tag   string // of the part
		later time.Duration
		want  string // of all of it, afterwards
	}{
		{"of the same time", `"a"`, 0, "hit"},
		{"newer", `"a"`, 10 * time.Second, "hit"},
		{"of another version", `"b"`, 0, "miss-partial"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := newEdge(t)
			ask := func(tag, from string, fields ...string) (*httpmsg.Response, *slowBody) {
				body := newSlowBody()
				e.answersBy(func(req *httpmsg.Request) (*httpmsg.Response, error) {
					res, err := ranged(from, tag)(req)
					res.Body = body
					return res, err
				})
				res, err := e.cache.RoundTrip(t.Context(), e.policy, request("GET", "/", fields...), e)
				if err != nil {
					t.Fatal(err)
				}
				return res, body
			}
			end := func(res *httpmsg.Response, body *slowBody, text string) {
				body.pieces <- text
				close(body.pieces)
				if got, err := io.ReadAll(res.Body); string(got) != text || err != nil {
					t.Errorf("%q, %v", got, err)
				}
				res.CloseBody()
			}
			all, allBody := ask(`"a"`, whole)
			e.later(c.later)
			part, partBody := ask(c.tag, whole, "Range", "bytes=2-4")
			end(all, allBody, whole)
			end(part, partBody, whole[2:5])
			e.cache.Wait()
			e.answersBy(ranged(whole, c.tag))
			g := e.get("/")
			e.want("all of it", g, 200, whole, c.want)
			if status := g.header.Get("Cache-Status"); !strings.Contains(status, "ttl=60") {
				t.Errorf("Cache-Status: %s", status)
			}
		})
	}
}

// The answer to HEAD tells whether what is stored is right still (RFC 9111 §4.3.5).
func TestHeadRefreshes(t *testing.T) {
	for _, c := range []struct {
		name   string
		fields []string
		length int64
		hits   bool
	}{
		{"the same", []string{"ETag", `"a"`}, 4, true},
		{"no length", []string{"ETag", `"a"`}, -1, true},
		{"another tag", []string{"ETag", `"b"`}, 4, false},
		{"another length", []string{"ETag", `"a"`}, 5, false},
		{"no validator", nil, 4, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := newEdge(t)
			e.answers(200, "text", "Cache-Control", "max-age=60", "ETag", `"a"`)
			e.ask(req("/"))
			e.later(2 * time.Minute)
			e.answersBy(func(*httpmsg.Request) (*httpmsg.Response, error) {
				return &httpmsg.Response{Status: 200, Header: httpmsg.NewHeader(append(c.fields, "Cache-Control", "max-age=60")...), ContentLength: c.length}, nil
			})
			e.ask(request("HEAD", "/"))
			e.answers(200, "newer", "Cache-Control", "max-age=60")
			want := "newer"
			if c.hits {
				want = "text"
			}
			if g := e.ask(req("/")); g.text != want {
				t.Errorf("%v, want %q", g, want)
			}
		})
	}
}
