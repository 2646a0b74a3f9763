package tests

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// passed is what comes of asking twice for a path, with Accept-Encoding: gzip.
type passed struct {
	first, second string // Cache-Status, without numbers; empty: there is none
	coding        string // of the second
}

// The ways to an origin whose answer may be kept for a minute, as routes and as code. What
// is kept is compressed for whoever can read that, once, on whichever of them.
func TestWaysThroughTheCache(t *testing.T) {
	const miss = "hedge; fwd=uri-miss; stored"
	var (
		stored   = passed{miss, "hedge; hit", "gzip"}
		plain    = passed{miss, "hedge; hit", ""}
		none     = passed{}
		twice    = passed{miss + ", " + miss, "hedge; hit", "gzip"} // behind the code, and before it
		twiceRaw = passed{miss + ", " + miss, "hedge; hit", ""}
		visitors = passed{miss + `, hedge; fwd=uri-miss; detail="no-store"`, `hedge; hit, hedge; fwd=uri-miss; detail="no-store"`, "gzip"} // each visitor has a side
		rawSide  = passed{visitors.first, visitors.second, ""}
	)
	configs := []struct{ name, more string }{
		{"as it is", ""}, {"front", "[cache]\nfront = true\n"}, {"off", "[cache]\nenabled = false\n"}, {"plain", "[cache]\ncompress = false\n"},
	}
	table := map[string][4]passed{ // in the order of configs
		"/upstream/":          {stored, stored, none, plain},
		"/upstream-off/":      {none, none, none, none},
		"/upstream-plain/":    {plain, plain, none, plain},
		"/split/":             {stored, stored, none, plain},
		"/split-off/":         {none, none, none, none},
		"/split-plain/":       {plain, plain, none, plain},
		"/code/upstream/":     {stored, twice, none, plain},
		"/code/url/":          {stored, twice, none, plain},
		"/code/fetch/":        {stored, twice, none, plain},
		"/code/split/":        {stored, visitors, none, plain},
		"/code/split-cookie/": {stored, visitors, none, plain},
		"/code/own/":          {none, stored, none, none},
		"/code/read/":         {none, stored, none, none}, // the code has made an answer of its own
		"/plain/code/fetch/":  {plain, twiceRaw, none, plain},
		"/plain/code/split/":  {plain, rawSide, none, plain},
	}
	numbers := regexp.MustCompile("; (ttl|fwd-status)=[0-9]+")
	text := strings.Repeat("all the same ", 1000)
	site := origin(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "max-age=60")
		w.Header().Set("Content-Type", "text/css")
		_, _ = io.WriteString(w, text)
	})
	config := fmt.Sprintf("[upstream.site]\ntargets = [%[1]q]\n[upstream.other]\ntargets = [%[1]q]\n[split.home]\nsides = { site = 1, other = 0 }\nsticky = \"none\"\n[split.known]\nsides = { site = 1, other = 0 }\n", site)
	for _, to := range []string{"upstream", "split"} {
		target := map[string]string{"upstream": "upstream:site", "split": "split:home"}[to]
		for ending, more := range map[string]string{"": "", "-off": "cache = false\n", "-plain": "compress = false\n"} {
			config += fmt.Sprintf("[[route]]\nmatch = \"/%s%s/*\"\nto = %q\n%s", to, ending, target, more)
		}
	}
	config += "[[route]]\nmatch = \"/plain/*\"\nto = \"code\"\ncompress = false\n"
	main := fmt.Sprintf(`import { mount, split, upstream } from "hedge:route";
		const origin = %q;
		const ways = {
			"/upstream": upstream("site"), "/split": split("home"), "/split-cookie": split("known"), "/url": origin,
			"/fetch": (request) => fetch(new Request(origin + "/fetched" + new URL(request.url).search, request)),
			"/read": async () => new Response(await (await fetch(origin + "/read")).text(), { headers: { "Cache-Control": "max-age=60", "Content-Type": "text/css" } }),
			"/own": () => new Response("all the same ".repeat(1000), { headers: { "Cache-Control": "max-age=60", "Content-Type": "text/css" } }),
		};
		const table = {};
		for (const [path, way] of Object.entries(ways)) { table["/code" + path] = table["/plain/code" + path] = way; }
		export default { fetch: mount(table) };`, site)
	for i, c := range configs {
		t.Run(c.name, func(t *testing.T) {
			at := dev(t, app{name: "ways", config: config + c.more, main: main}.write(t)).addr()
			for path, each := range table {
				var got passed
				for _, status := range []*string{&got.first, &got.second} {
					res := get(t, at, path+"?of="+path, "Accept-Encoding", "gzip")
					coding := res.header.Get("Content-Encoding")
					if (len(res.body) == len(text)) != (coding == "") || res.status != 200 {
						t.Errorf("%s: %d, %d bytes: %.300s", path, res.status, len(res.body), res.body)
					}
					*status, got.coding = numbers.ReplaceAllString(strings.Join(res.header.Values("Cache-Status"), ", "), ""), coding
				}
				if got != each[i] {
					t.Errorf("%s:\n got %+v\nwant %+v", path, got, each[i])
				}
			}
		})
	}
}
