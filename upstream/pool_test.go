package upstream_test

import (
	"strings"
	"testing"

	"hedge"
	"hedge/httpmsg"
	"hedge/upstream"
)

func TestComposesTheOriginsRequest(t *testing.T) {
	for _, c := range []struct {
		name                                string
		target                              string
		policy                              hedge.HostPolicy
		request                             *httpmsg.Request
		scheme, authority, endpoint, toward string
	}{
		{"origin's name", "https://a.example", hedge.HostOrigin, get("/x?y=1"), "https", "a.example", "", "/x?y=1"},
		{"no policy", "http://A.example:080/", "", get("/"), "http", "a.example", "", "/"},
		{"client's name", "http://10.0.0.1:8080", hedge.HostClient, get("/x"), "http", "shop.example.com", "10.0.0.1:8080", "/x"},
		{"a name of its own", "https://10.0.0.1", "www.example.com", get("/x"), "https", "www.example.com", "10.0.0.1", "/x"},
		{"base path", "https://a.example/v2/", hedge.HostOrigin, get("/x?y=/"), "https", "a.example", "", "/v2/x?y=/"},
		{"base path and root", "https://a.example/v2", hedge.HostOrigin, get("/"), "https", "a.example", "", "/v2/"},
		{"out of the base path", "https://a.example/v2", hedge.HostOrigin, get("/../../secret"), "https", "a.example", "", "/v2/secret"},
		{"disguised path", "https://a.example", hedge.HostOrigin, get("/%61/%2e%2e/b"), "https", "a.example", "", "/b"},
		{"IPv6", "http://[2001:DB8::1]:81", hedge.HostOrigin, get("/"), "http", "[2001:db8::1]:81", "", "/"},
		{"options for the server", "http://a.example", hedge.HostOrigin, get("*"), "http", "a.example", "", "*"},
		{"empty segments", "http://a.example", hedge.HostOrigin, get("//x//y"), "http", "a.example", "", "//x//y"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := &origin{}
			exchange(t, newPool(t, o, c.policy, c.target), c.request)
			got := o.last(t)
			if got.Scheme != c.scheme || got.Authority != c.authority || got.Endpoint != c.endpoint || got.Target != c.toward {
				t.Errorf("got %s %s (endpoint %q) %s", got.Scheme, got.Authority, got.Endpoint, got.Target)
			}
		})
	}
}

func TestFieldsOfTheOriginsRequest(t *testing.T) {
	const told = "X-Forwarded-For: 192.0.2.7\nX-Real-IP: 192.0.2.7\nX-Forwarded-Host: shop.example.com\nX-Forwarded-Proto: https\nX-Forwarded-Port: 443\nVia: 1.1 hedge\n"
	for _, c := range []struct {
		name   string
		fields []string
		want   string
	}{
		{"plain", []string{"Accept", "*/*"}, "Accept: */*\n" + told},
		{"hop by hop", []string{"Connection", "x-mine, close", "X-Mine", "1", "Keep-Alive", "5", "TE", "gzip"}, told},
		{"h2c", []string{"Connection", "Upgrade, HTTP2-Settings", "Upgrade", "h2c", "HTTP2-Settings", "AAMAAABk"}, told},
		{"websocket", []string{"Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "13"}, "Sec-WebSocket-Version: 13\n" + told},
		{"gRPC", []string{"TE", "trailers"}, "TE: trailers\n" + told},
		{"forged", []string{"X-Forwarded-For", "1.1.1.1", "x-forwarded-user", "root", "Forwarded", "for=1.1.1.1", "X-Real-IP", "1.1.1.1"}, told},
		{"forged for CGI", []string{"X_Forwarded_For", "1.1.1.1", "X-Forwarded_User", "root", "X_Real-IP", "1.1.1.1", "X_Other", "1"}, "X_Other: 1\n" + told},
		{"removed by Connection", []string{"Connection", "X-Forwarded-For, Via, Cookie", "Cookie", "a=b"}, "Cookie: a=b\n" + told},
		{"other proxy", []string{"Via", "1.0 fred"}, "Via: 1.0 fred, 1.1 hedge\n" + strings.TrimSuffix(told, "Via: 1.1 hedge\n")},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := &origin{}
			req := get("/", c.fields...)
			before := lines(&req.Header)
			exchange(t, newPool(t, o, "", "http://a.example"), req)
			if got := lines(&o.last(t).Header); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
			if lines(&req.Header) != before || req.Authority != "shop.example.com" {
				t.Error("the request that came in has been changed")
			}
		})
	}
}

// No field that a client sends, whatever it is called, changes what an origin is
// told about the client.
func FuzzForwardedFieldsCannotBeForged(f *testing.F) {
	for _, seed := range [][2]string{
		{"X-Forwarded-For", "1.1.1.1"},
		{"x-forwarded-host", "evil"},
		{"X_Forwarded_Proto", "http"},
		{"Connection", "X-Forwarded-For"},
		{"Connection", "via, x-forwarded-prefix"},
		{"X-Forwarded-Prefix", "/evil"},
		{"Forwarded", "for=evil"},
		{"X-Real_IP", "x"},
		{"Host", "x"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, name, value string) {
		if !httpmsg.ValidFieldName(name) || !httpmsg.ValidFieldValue(value) {
			return
		}
		o := &origin{}
		rt := upstream.Strip("/blog", newPool(t, o, "", "http://a.example"))
		exchange(t, rt, get("/blog/", name, value, "Connection", "X-Forwarded-For"))
		want := map[string]string{
			"x-forwarded-for": "192.0.2.7", "x-forwarded-host": "shop.example.com", "x-forwarded-proto": "https",
			"x-forwarded-port": "443", "x-forwarded-prefix": "/blog", "x-real-ip": "192.0.2.7",
		}
		told := 0
		for _, field := range o.last(t).Header.Fields() {
			plain := strings.ReplaceAll(httpmsg.Lower(field.Name), "_", "-")
			if plain == "forwarded" {
				t.Errorf("%s: %s", field.Name, field.Value)
			}
			if strings.HasPrefix(plain, "x-forwarded-") || plain == "x-real-ip" {
				told++
				if want[plain] != field.Value {
					t.Errorf("%s: %s, want %q", field.Name, field.Value, want[plain])
				}
			}
		}
		if told != len(want) {
			t.Errorf("got %d fields about the client, want %d:\n%s", told, len(want), lines(&o.last(t).Header))
		}
	})
}

func TestTargetsTakeTurns(t *testing.T) {
	o := &origin{}
	pool := newPool(t, o, "", "http://a.example", "http://b.example", "http://c.example")
	var got []string
	for range 4 {
		exchange(t, pool, get("/"))
		got = append(got, o.last(t).Authority)
	}
	if want := "a.example b.example c.example a.example"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestPassesOverTargetsWithoutConnection(t *testing.T) {
	refused := map[string]hedge.Outcome{"a.example": hedge.OutcomeOriginRefused, "b.example": hedge.OutcomeOriginUnknown}
	for _, c := range []struct {
		name     string
		down     map[string]hedge.Outcome
		reads    bool
		method   string
		body     string
		attempts int
		want     hedge.Outcome
	}{
		{"get", refused, false, "GET", "", 3, hedge.OutcomeOK},
		{"post without a body", refused, false, "POST", "", 3, hedge.OutcomeOK},
		{"post with an unread body", refused, false, "POST", "hello", 3, hedge.OutcomeOK},
		{"post whose body has been read from", refused, true, "POST", "hello", 1, hedge.OutcomeOriginRefused},
		{"reset", map[string]hedge.Outcome{"a.example": hedge.OutcomeOriginReset}, false, "GET", "", 2, hedge.OutcomeOK},
		{"reset of what is not idempotent", map[string]hedge.Outcome{"a.example": hedge.OutcomeOriginReset}, false, "POST", "", 1, hedge.OutcomeOriginReset},
		{"put whose body has been read from", refused, true, "PUT", "hello", 3, hedge.OutcomeOK},
		{"all down", map[string]hedge.Outcome{"a.example": hedge.OutcomeOriginRefused, "b.example": hedge.OutcomeOriginRefused, "c.example": hedge.OutcomeOriginRefused}, false, "POST", "hello", 3, hedge.OutcomeOriginRefused},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := &origin{down: c.down, reads: c.reads}
			req := get("/")
			body := &watchedBody{Reader: strings.NewReader(c.body)}
			req.Method = c.method
			if c.body != "" {
				req.Body, req.ContentLength = body, int64(len(c.body))
			}
			_, err := newPool(t, o, "", "http://a.example", "http://b.example", "http://c.example").RoundTrip(t.Context(), req)
			if outcome := hedge.OutcomeOf(err); outcome != c.want {
				t.Errorf("got the outcome %s (%v), want %s", outcome, err, c.want)
			}
			if len(o.requests) != c.attempts {
				t.Errorf("got %d attempts, want %d", len(o.requests), c.attempts)
			}
			if c.body != "" && body.closes.Load() == 0 {
				t.Error("the body has not been closed")
			}
			if c.body != "" && c.want == hedge.OutcomeOK && strings.Join(o.bodies, "|") != c.body {
				t.Errorf("the origin got %q", o.bodies)
			}
		})
	}
}

func TestAnswersItself(t *testing.T) {
	for _, c := range []struct {
		method, forwards string
		status           int    // 0: the origin answers
		sent             string // Max-Forwards that it gets
	}{
		{"OPTIONS", "0", 204, ""},
		{"OPTIONS", "3", 0, "2"},
		{"OPTIONS", "", 0, ""},
		{"OPTIONS", "-1", 0, "-1"},
		{"GET", "0", 0, "0"},
		{"TRACE", "", 405, ""},
		{"CONNECT", "", 405, ""},
	} {
		o := &origin{}
		req := get("/")
		req.Method = c.method
		if c.forwards != "" {
			req.Header.Add("Max-Forwards", c.forwards)
		}
		res := exchange(t, newPool(t, o, "", "http://a.example"), req)
		if c.status != 0 {
			if res.Status != c.status || len(o.requests) != 0 || res.Header.Has("Allow") != (c.status == 405) {
				t.Errorf("%s %s: got %d and %d requests, %v", c.method, c.forwards, res.Status, len(o.requests), res.Header)
			}
			continue
		}
		if got := o.last(t).Header.Get("Max-Forwards"); got != c.sent {
			t.Errorf("%s %s: the origin got Max-Forwards %q, want %q", c.method, c.forwards, got, c.sent)
		}
	}
}

func TestMalformedPathIsRefused(t *testing.T) {
	o := &origin{}
	_, err := newPool(t, o, "", "http://a.example").RoundTrip(t.Context(), get("/a/..;/b"))
	if hedge.OutcomeOf(err) != hedge.OutcomeBadRequest || len(o.requests) != 0 {
		t.Errorf("got %v after %d requests", err, len(o.requests))
	}
}

func TestBadDefinitions(t *testing.T) {
	for _, c := range []struct {
		name string
		u    hedge.Upstream
		want string
	}{
		{"no targets", hedge.Upstream{}, "has no targets"},
		{"a target twice", hedge.Upstream{Targets: []string{"http://a", "http://b", "http://A:80/"}}, `has the target "http://A:80/" twice`},
		{"no scheme", hedge.Upstream{Targets: []string{"a.example"}}, "begins with http:// or https://"},
		{"other scheme", hedge.Upstream{Targets: []string{"ftp://a.example"}}, "begins with http:// or https://"},
		{"no host", hedge.Upstream{Targets: []string{"http:///x"}}, "host"},
		{"user", hedge.Upstream{Targets: []string{"http://u:p@a.example"}}, "host"},
		{"query", hedge.Upstream{Targets: []string{"http://a.example/?x"}}, "question mark"},
		{"policy", hedge.Upstream{Targets: []string{"http://a.example"}, Host: "mine"}, "host policy"},
	} {
		_, err := upstream.New("blog", c.u, upstream.Config{Client: &origin{}})
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), `"blog"`) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}
