package upstream_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"hedge"
	"hedge/httpmsg"
)

func TestEjection(t *testing.T) {
	o, w := newOrigins(), newWorld()
	p := w.pool(t, hedge.Upstream{Targets: targets("a", "b"), Retry: hedge.Retry{Tries: -1}}, o.answer)
	o.set("a", 500)
	said := ""
	for range 10 {
		_, _, decisions := ask(t, p, "/")
		said += decisions
	}
	const ejected = "upstream:blog: ejected, 5 consecutive 5xx, for 30s: http://a"
	if said != ejected {
		t.Errorf("the requests say %q", said)
	}
	w.wantNotices(t, ejected)
	o.counts()
	for range 10 {
		ask(t, p, "/")
	}
	if n := o.counts()["a"]; n > 0 {
		t.Errorf("the ejected target got %d requests", n)
	}
	o.set("b", 500) // the last one stays, whatever it answers
	for range 10 {
		_, _, decisions := ask(t, p, "/")
		said += decisions
	}
	if !strings.Contains(said, "not ejected, 5 consecutive 5xx from http://b, but 1 target is out") {
		t.Errorf("the requests say %q", said)
	}
	o.set("b", 200)
	for i, length := range []time.Duration{60, 90, 120, 150, 180, 210, 240, 270, 300, 300} {
		if i == 0 {
			w.pass(30 * time.Second)
		}
		w.notices = nil
		for range 10 {
			ask(t, p, "/")
		}
		w.wantNotices(t, "upstream:blog: ejected, 5 consecutive 5xx, for "+(length*time.Second).String()+": http://a")
		w.pass(length*time.Second - 1)
		w.wantNotices(t)
		w.pass(1)
		w.wantNotices(t, "upstream:blog: readmitted, http://a")
	}
	w.pass(301 * time.Second) // it counts anew after a long time without one
	for range 10 {
		ask(t, p, "/")
	}
	w.wantNotices(t, ejected)
}

func TestFailuresHaveToBeInARow(t *testing.T) {
	o, w := newOrigins(), newWorld()
	p := w.pool(t, hedge.Upstream{Targets: targets("a", "b")}, o.answer)
	for i := range 40 {
		status := 500
		if i%8 == 0 {
			status = 404
		}
		o.set("a", status)
		ask(t, p, "/")
	}
	w.wantNotices(t)
}

func TestHealthChecks(t *testing.T) {
	o, w := newOrigins(), newWorld()
	p := w.pool(t, hedge.Upstream{Targets: targets("a", "b", "c"), Health: hedge.Health{Path: "/healthz"}, Outlier: hedge.Outlier{Errors: -1}, Retry: hedge.Retry{Tries: -1}}, o.answer)
	w.pass(0)
	o.set("a", 500)
	w.pass(14 * time.Second) // two checks fail
	w.wantNotices(t)
	w.pass(time.Second)
	w.wantNotices(t, "upstream:blog: unhealthy, status 500: http://a")
	o.counts()
	for range 30 {
		ask(t, p, "/")
	}
	if n := o.counts()["a"]; n > 0 {
		t.Errorf("the unhealthy target got %d requests", n)
	}
	o.outcome["b"] = hedge.OutcomeOriginRefused
	w.pass(15 * time.Second)
	w.wantNotices(t, "upstream:blog: unhealthy, origin-refused: http://b", "upstream:blog: panic, 1 target is fit, all are used")
	delete(o.outcome, "b")
	o.counts()
	for range 30 {
		ask(t, p, "/")
	}
	if n := o.counts()["a"]; n != 10 {
		t.Errorf("in a panic the unhealthy target got %d of 30 requests, want 10", n)
	}
	w.pass(10 * time.Second)
	w.wantNotices(t, "upstream:blog: healthy, http://b", "upstream:blog: panic is over, 2 targets are fit")
	p.Close()
	o.counts()
	w.pass(time.Minute)
	if n := len(o.counts()); n > 0 {
		t.Errorf("a pool that is closed checks %d targets", n)
	}
}

// A target that is restarted fails requests and checks, and is used again when its checks say
// so, or the next one that is restarted would leave none. One that fails requests alone stays out.
func TestChecksEndTheEjectionOfWhatWasDown(t *testing.T) {
	o, w := newOrigins(), newWorld()
	health := hedge.Health{Path: "/healthz", Every: time.Second, Unhealthy: 1, Healthy: 1}
	p := w.pool(t, hedge.Upstream{Targets: targets("a", "b"), Health: health, Retry: hedge.Retry{Tries: -1}}, o.answer)
	w.pass(0)
	eject := func(length string) {
		t.Helper()
		w.notices = nil
		o.set("a", 500)
		for range 10 {
			ask(t, p, "/")
		}
		w.wantNotices(t, "upstream:blog: ejected, 5 consecutive 5xx, for "+length+": http://a")
		w.notices = nil
	}
	eject("30s")
	w.pass(time.Second)
	o.set("a", 200)
	w.wantNotices(t, "upstream:blog: unhealthy, status 500: http://a")
	w.notices = nil
	w.pass(time.Second)
	w.wantNotices(t, "upstream:blog: healthy, http://a", "upstream:blog: readmitted, http://a")
	o.counts()
	for range 10 {
		ask(t, p, "/")
	}
	if n := o.counts()["a"]; n != 5 {
		t.Errorf("it gets %d of 10 requests", n)
	}
	eject("1m0s") // it is not forgotten, and what was planned for the first ejection ends no other
	o.set("a", 200)
	w.pass(59 * time.Second)
	w.wantNotices(t)
	w.pass(time.Second)
	w.wantNotices(t, "upstream:blog: readmitted, http://a")
}

// Targets that are restarted one after the other leave one that answers, though nothing checks
// them: the first comes back when the next one fails, as no more may be out.
func TestEjectedTargetMakesRoomForTheNext(t *testing.T) {
	o, w := newOrigins(), newWorld()
	p := w.pool(t, hedge.Upstream{Targets: targets("a", "b"), Retry: hedge.Retry{Tries: -1}}, o.answer)
	restart := func(name string) {
		o.outcome[name] = hedge.OutcomeOriginRefused
		for range 10 {
			ask(t, p, "/")
		}
		delete(o.outcome, name)
	}
	restart("a")
	w.wantNotices(t, "upstream:blog: ejected, 5 consecutive failed connections, for 30s: http://a")
	w.notices = nil
	w.pass(5 * time.Second)
	restart("b")
	w.wantNotices(t, "upstream:blog: readmitted, http://a", "upstream:blog: ejected, 5 consecutive failed connections, for 30s: http://b")
	o.counts()
	for range 10 {
		if _, _, decisions := ask(t, p, "/"); decisions != "" {
			t.Error(decisions)
		}
	}
	if n := o.counts()["a"]; n != 10 {
		t.Errorf("the first target got %d of 10 requests", n)
	}
	w.notices = nil
	w.pass(30 * time.Second) // what was planned for the first does not come
	w.wantNotices(t, "upstream:blog: readmitted, http://b")
}

// A target that is down when its pool is made, as with each new release, gets nothing once
// it has been looked at.
func TestFirstHealthCheckDecides(t *testing.T) {
	o, w := newOrigins(), newWorld()
	o.set("a", 500)
	p := w.pool(t, hedge.Upstream{Targets: targets("a", "b", "c"), Health: hedge.Health{Path: "/healthz"}, Retry: hedge.Retry{Tries: -1}}, o.answer)
	w.pass(0)
	w.wantNotices(t, "upstream:blog: unhealthy, status 500: http://a")
	o.counts()
	for range 30 {
		ask(t, p, "/")
	}
	if n := o.counts()["a"]; n > 0 {
		t.Errorf("the unhealthy target got %d requests", n)
	}
}

// A target may be one host of many at its address: a check asks for the host that requests
// are for.
func TestHealthChecksNameTheHost(t *testing.T) {
	for _, test := range []struct {
		host hedge.HostPolicy
		want string
	}{{hedge.HostClient, "a"}, {hedge.HostOrigin, "a"}, {"shop.example.com", "shop.example.com"}} {
		w, asked := newWorld(), ""
		w.pool(t, hedge.Upstream{Targets: targets("a"), Host: test.host, Health: hedge.Health{Path: "/healthz"}}, func(_ context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
			asked = req.Authority
			return httpmsg.Text(200, ""), nil
		})
		w.pass(0)
		if asked != test.want {
			t.Errorf("host = %q: the check asked for %q, want %q", test.host, asked, test.want)
		}
	}
}

func TestSticky(t *testing.T) {
	o, w := newOrigins(), newWorld()
	u := hedge.Upstream{Targets: targets("a", "b", "c"), Sticky: "shop", Outlier: hedge.Outlier{Errors: 1}}
	p := w.pool(t, u, o.answer)
	who, res, _ := ask(t, p, "/")
	set := res.Header.Get("Set-Cookie")
	cookie, _, _ := strings.Cut(set, ";")
	if !strings.HasSuffix(set, "; Path=/; SameSite=Lax; Secure; HttpOnly") || strings.Contains(set, who+".") {
		t.Errorf("the cookie is %q", set)
	}
	for range 10 {
		again, res, _ := ask(t, p, "/", "Cookie", "x=y; "+cookie)
		if again != who || res.Header.Has("Set-Cookie") {
			t.Errorf("the visitor of %s came to %s, and got %v", who, again, res.Header)
		}
	}
	seen := map[string]bool{}
	for _, forged := range []string{"shop=", "shop=http://b", "shop=AAAAAAAAAAAAAAAAAAAAAA", "shop=" + cookie} {
		got, res, _ := ask(t, p, "/", "Cookie", forged)
		if seen[got] = true; !res.Header.Has("Set-Cookie") {
			t.Errorf("%q leads to %s", forged, got)
		}
	}
	if len(seen) != 3 {
		t.Errorf("forged cookies lead to %v, want everywhere", seen)
	}
	other, res, _ := ask(t, w.pool(t, u, o.answer), "/", "Cookie", cookie) // another node with the same key
	if other != who || res.Header.Has("Set-Cookie") {
		t.Errorf("another node leads the visitor of %s to %s", who, other)
	}
	o.set(who, 500)
	ask(t, p, "/", "Cookie", cookie) // is ejected
	moved, res, said := ask(t, p, "/", "Cookie", cookie)
	if moved == who || !res.Header.Has("Set-Cookie") || said != "upstream:blog: sticky target is away, http://"+who {
		t.Errorf("the visitor of the ejected %s came to %s: %v, %q", who, moved, res.Header, said)
	}
}

// That this node has nothing left to connect by says nothing of its targets: none is ejected,
// none is unhealthy, and no ramp ends.
func TestOwnShortageIsNobodysFault(t *testing.T) {
	o, w := newOrigins(), newWorld()
	p := w.pool(t, hedge.Upstream{Targets: targets("a", "b"), Health: hedge.Health{Path: "/healthz"}}, o.answer)
	s := w.split(t, ramped(), o, nil)
	for _, name := range []string{"a", "b", "old", "new"} {
		o.outcome[name] = hedge.OutcomeExhausted
	}
	w.wantNotices(t, "split:home: stepped, new has 10%")
	w.pass(0)
	for range 50 {
		if who, _, decisions := ask(t, p, "/"); who != string(hedge.OutcomeExhausted) || decisions != "" {
			t.Fatalf("got %s, %s", who, decisions)
		}
		ask(t, s, "/")
	}
	w.pass(time.Minute)
	w.wantNotices(t)
	delete(o.outcome, "a")
	o.set("a", 500)
	w.pass(5 * time.Second) // the first check that says something decides
	w.wantNotices(t, "upstream:blog: unhealthy, status 500: http://a")
}
