package cache_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hedge"
	"hedge/cache"
	"hedge/cache/mem"
	"hedge/coding"
	"hedge/httpmsg"
	"hedge/jsapi/jsapitest"
)

func TestMain(m *testing.M) { os.Exit(jsapitest.Main(m)) }

// one is a cache for all apps, with a clock that the test moves.
type one struct {
	shared *cache.Cache
	store  *mem.Store
	moved  atomic.Int64
}

func (o *one) Cache(*hedge.Release) (*cache.Cache, error) { return o.shared, nil }

func (o *one) later(d time.Duration) { o.moved.Add(int64(d)) }

func newCache(t testing.TB, bytes int64) *one {
	t.Helper()
	store, err := mem.New(mem.Config{Bytes: bytes})
	if err != nil {
		t.Fatal(err)
	}
	o := &one{store: store}
	o.shared = cache.New(cache.Config{Store: store, Now: func() time.Time { return time.Now().Add(time.Duration(o.moved.Load())) }})
	t.Cleanup(func() {
		o.shared.Close()
		store.Close()
	})
	return o
}

func start(t *testing.T) (*jsapitest.Fixture, *one) {
	t.Helper()
	f := jsapitest.New(t)
	c := newCache(t, 16<<20)
	f.Caches = c
	return f.Start(), c
}

// handler is an app with hedge:cache as cache, whose prelude tells errors as texts.
func handler(body string) string {
	return `import * as cache from "hedge:cache";
		const bytes = (n, of = 7) => new Uint8Array(n).fill(of);
		const stream = (...chunks) => new ReadableStream({ start(c) { for (const one of chunks) c.enqueue(typeof one === "string" ? new TextEncoder().encode(one) : one); c.close(); } });
		const json = (value) => new Response(JSON.stringify(value, (_, v) => v instanceof Uint8Array ? "bytes:" + v.length + ":" + v[0] : v === undefined ? "undefined" : v));
		const error = (e) => e.name + ": " + e.message;
	` + jsapitest.Handler(body)
}

func TestValues(t *testing.T) {
	f := jsapitest.New(t)
	f.Caches = newCache(t, 16<<20)
	f.Client = httpmsg.RoundTripperFunc(func(context.Context, *httpmsg.Request) (*httpmsg.Response, error) {
		return httpmsg.Text(200, "fetched"), nil
	})
	f.Start()
	for i, test := range []struct{ name, body, want string }{
		{"nothing", `return json(await cache.get(k));`, `"undefined"`},
		{"JSON", `await cache.set(k, { a: [1, "ü", null], d: new Date(0) }); return json(await cache.get(k));`, `{"a":[1,"ü",null],"d":"1970-01-01T00:00:00.000Z"}`},
		{"text", `await cache.set(k, "x\ud800y"); return json(await cache.get(k));`, `"x\ud800y"`},
		{"falsy values", `let all = []; for (const v of [null, 0, "", false]) { await cache.set(k, v); all.push(await cache.get(k)); } return json(all);`, `[null,0,"",false]`},
		{"bytes", `const b = bytes(3); await Promise.all([cache.set(k, b), b.fill(1)]); return json([await cache.get(k), (await cache.get(k)) instanceof Uint8Array]);`, `["bytes:3:7",true]`},
		{"no bytes", `await cache.set(k, new ArrayBuffer(0)); return json((await cache.get(k)).length);`, `0`},
		{"many bytes", `await cache.set(k, bytes(300000)); return json(await cache.get(k));`, `"bytes:300000:7"`},
		{"long JSON", `const v = { s: "ü".repeat(100000) }; await cache.set(k, v); return json((await cache.get(k)).s === v.s);`, `true`},
		{"a view", `await cache.set(k, new DataView(bytes(10).buffer, 2, 5)); return json(await cache.get(k));`, `"bytes:5:7"`},
		{"a Blob", `await cache.set(k, new Blob(["blob"])); return json(await cache.get(k, { type: "text" }));`, `"blob"`},
		{"a stream", `await cache.set(k, stream("one ", "two", bytes(200000))); return json(await cache.get(k));`, `"bytes:200007:111"`},
		{"as a stream", `await cache.set(k, bytes(200000)); const s = await cache.get(k, { type: "stream" }); return new Response(String((await new Response(s).bytes()).length));`, `200000`},
		{"as text", `await cache.set(k, { a: 1 }); return json(await cache.get(k, { type: "text" }));`, `"{\"a\":1}"`},
		{"as JSON", `await cache.set(k, stream('{"a":', '2}')); return json(await cache.get(k, { type: "json" }));`, `{"a":2}`},
		{"what fetch got", `await cache.set(k, (await fetch("http://o/")).body); return json(await cache.get(k, { type: "text" }));`, `"fetched"`},
		{"many", `await cache.set(k + 1, 1); await cache.set(k + 3, bytes(100000)); return json(await cache.getMulti([k + 1, k + 2, k + 3]));`, `[1,"undefined","bytes:100000:7"]`},
		{"none of many", `return json(await cache.getMulti([]));`, `[]`},
		{"onlyIfEmpty", `return json([await cache.set(k, 1, { onlyIfEmpty: true }), await cache.set(k, 2, { onlyIfEmpty: true }), await cache.get(k)]);`, `[true,false,1]`},
		{"delete", `await cache.set(k, 1); return json([await cache.delete(k), await cache.delete(k), await cache.get(k)]);`, `[true,false,"undefined"]`},
		{"touch", `await cache.set(k, 1, { ttl: 60 }); return json([await cache.touch(k, 1e6), await cache.touch(k), await cache.touch(k + 2, 1)]);`, `[true,true,false]`},
		{"increment", `return json([await cache.increment(k), await cache.increment(k, 5), await cache.increment(k, -7, { ttl: 1 }), await cache.get(k)]);`, `[1,6,-1,-1]`},
		{"increment at once", `return json((await Promise.all(Array.from({ length: 50 }, () => cache.increment(k)))).sort((a, b) => a - b)[49]);`, `50`},
		{"purgeTag", `await cache.set(k, 1, { tags: ["a-" + k] }); await cache.purgeTag("a-" + k); return json(await cache.get(k));`, `"undefined"`},
		{"odd keys", `let all = []; for (const key of ["\u0000", "\n", " ", "ü", "\ud83d\ude00", "__proto__", "a\u0000b", "x".repeat(2048)]) { await cache.set(key, key.length); all.push(await cache.get(key)); } return json(all);`, `[1,1,1,1,2,9,3,2048]`},
	} {
		t.Run(test.name, func(t *testing.T) {
			app := f.App(handler(fmt.Sprintf(`const k = "key-%d";`, i) + test.body))
			jsapitest.Want(t, app, jsapitest.Request("GET", "/"), test.want)
		})
	}
}

func TestErrors(t *testing.T) {
	f, _ := start(t)
	for body, want := range map[string]string{
		`cache.get()`:                            `TypeError: get: 1 argument required, but only 0 present`,
		`cache.get(7)`:                           `TypeError: get: the key is a string, and not 7`,
		`cache.get("")`:                          `TypeError: get: the key has 0 characters, and may have 1 to 2048`,
		`cache.get("x".repeat(2049))`:            `TypeError: get: the key has 2049 characters, and may have 1 to 2048`,
		`cache.get("a", { typ: "json" })`:        `TypeError: The options of get has no member 'typ': it has type`,
		`cache.get("a", { type: "xml" })`:        `TypeError: The option 'type': 'xml' is not one of its values`,
		`cache.getMulti("a")`:                    `TypeError: getMulti: the keys are an array, as in ["a", "b"], and not "a"`,
		`cache.getMulti(Array(1001).fill("a"))`:  `TypeError: getMulti: 1001 keys are more than 1000`,
		`cache.set("a")`:                         `TypeError: set: 2 arguments required, but only 1 present`,
		`cache.set("a", undefined)`:              `TypeError: set: the value cannot be written as JSON, and is neither bytes nor a stream: undefined`,
		`cache.set("a", () => 1)`:                `TypeError: set: the value cannot be written as JSON, and is neither bytes nor a stream: a function`,
		`cache.set("a", Promise.resolve(1))`:     `TypeError: set: the value is a promise: await it`,
		`cache.set("a", new Response("x"))`:      `TypeError: set: the value is not to be a Response: give its body, or what has been read of it`,
		`cache.set("a", 1, { ttl: "60s" })`:      `TypeError: set: ttl is a number of seconds, as in 60, and not "60s"`,
		`cache.set("a", 1, { ttl: 0 })`:          `TypeError: set: ttl is a number of seconds, as in 60, and not 0`,
		`cache.set("a", 1, { tags: ["a b"] })`:   `TypeError: A tag has 1 to 256 characters, and neither spaces nor commas, as in "product-7"; this one is "a b"`,
		`cache.set("a", 1, { tag: "a" })`:        `TypeError: The options of set has no member 'tag': it has ttl, tags, onlyIfEmpty`,
		`cache.set("a", 1, 60)`:                  `TypeError: set: the options are not an object, as in { ttl: … }`,
		`cache.set("a", bytes(3 << 20))`:         `RangeError: set: the value is larger than what the cache keeps`,
		`cache.set("a", stream(bytes(3 << 20)))`: `RangeError: set: the value is larger than what the cache keeps`,
		`cache.set("a", stream("a", 7))`:         `TypeError: A body's stream must give Uint8Arrays; encode text with a TextEncoder`,
		`cache.set("a", new ReadableStream({ pull() { throw new RangeError("of ours"); } }))`: `RangeError: of ours`,
		`cache.increment("a", 1.5)`:                                           `TypeError: increment: the number to add is an integer, and not 1.5`,
		`cache.set("n", "x").then(() => cache.increment("n"))`:                `TypeError: increment: the value is not an integer`,
		`cache.set("n", 2 ** 53 - 1).then(() => cache.increment("n"))`:        `RangeError: increment: the sum is beyond Number.MAX_SAFE_INTEGER`,
		`cache.getOrSet("a", 60)`:                                             `TypeError: getOrSet: 3 arguments required, but only 2 present`,
		`cache.getOrSet("a", 60, 7)`:                                          `TypeError: getOrSet: what makes the value is not a function`,
		`cache.getOrSet("a", "1h", () => 1)`:                                  `TypeError: getOrSet: ttl is a number of seconds, as in 60, and not "1h"`,
		`cache.getOrSet("a", 60, () => undefined)`:                            `TypeError: getOrSet: the value cannot be written as JSON, and is neither bytes nor a stream: undefined`,
		`cache.getOrSet("a", 60, () => { throw new RangeError("of ours"); })`: `RangeError: of ours`,
		`cache.purge("a")`:                                                    `TypeError: purge: what to purge is an object, as in { tag: "product-7" }, and not "a"`,
		`cache.purge({ host: "t".repeat(8193) })`:                             `RangeError: purge: a purge names at most 8192 bytes; give what changes together a short tag`,
		`cache.purge({})`:                                                     `TypeError: purge: say what, as in { tag: "product-7" }, { url: "https://shop.example/a" }, { prefix: … }, { host: … } or { all: true }`,
		`cache.purge({ tag: "a", url: "b" })`:                                 `TypeError: purge: one thing at a time, and not tag and url at once`,
		`cache.purge({ tags: ["a"] })`:                                        `TypeError: What to purge has no member 'tags': it has tag, url, prefix, host, all, soft`,
		`cache.purge({ all: "yes" })`:                                         `TypeError: purge: all is true, and not "yes"`,
		`cache.purge({ host: "o.example/a" })`:                                `TypeError: purge: 'o.example/a' is not a host`,
		`cache.purge({ host: "*.example" })`:                                  `TypeError: purge: '*.example' is not a host`,
		`cache.purge({ url: "http://[" })`:                                    `TypeError: purge: 'http://[' is not a URL`,
	} {
		app := f.App(handler(`return new Response(await ` + body + `.then(String, error));`))
		jsapitest.Want(t, app, jsapitest.Request("GET", "/"), want)
	}
}

// Purges without end come to an end.
func TestPurgeFlood(t *testing.T) {
	f, _ := start(t)
	app := f.App(handler(`
		for (let i = 0; i < 5000; i++) {
			try { await cache.purgeTag("t" + i); } catch (e) { return new Response((i >= 500) + " " + error(e)); }
		}
		return new Response("all of them");`))
	jsapitest.Want(t, app, jsapitest.Request("GET", "/"), "true Error: purge: the app purges more than 20 times a second; give what changes together one tag")
}

func TestExpiryAndPurges(t *testing.T) {
	f, c := start(t)
	app := f.App(handler(`
		switch (new URL(request.url).pathname) {
			case "/set": await cache.set("a", 1, { ttl: 60, tags: ["t"] }); await cache.set("half", 1, { ttl: 0.5 }); break;
			case "/soft": await cache.purge({ tag: "t", soft: true }); break;
			case "/all": await cache.purge({ all: true }); break;
			case "/stale": return json(await cache.getOrSet("a", 60, () => { throw new Error("no"); }));
		}
		return json(await cache.getMulti(["a", "half"]));`))
	ask := func(path, want string) {
		t.Helper()
		jsapitest.Want(t, app, jsapitest.Request("GET", path), want)
	}
	ask("/set", `[1,1]`)
	c.later(time.Second)
	ask("/", `[1,"undefined"]`)
	ask("/soft", `["undefined","undefined"]`)
	ask("/stale", `1`)
	ask("/all", `["undefined","undefined"]`)
	ask("/set", `[1,1]`)
	c.later(time.Hour)
	ask("/", `["undefined","undefined"]`)
}

// Purges by URL and prefix are about answers, those of fetch too.
func TestPurgeOfAnswers(t *testing.T) {
	f := jsapitest.New(t)
	c := newCache(t, 4<<20)
	f.Caches = c
	var asked atomic.Int64
	origin := httpmsg.RoundTripperFunc(func(context.Context, *httpmsg.Request) (*httpmsg.Response, error) {
		return httpmsg.Text(200, fmt.Sprint(asked.Add(1))), nil
	})
	f.Client = httpmsg.RoundTripperFunc(func(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		return c.shared.RoundTrip(ctx, &cache.Policy{App: "test", Scope: "fetch"}, req, origin)
	})
	app := f.Start().App(handler(`
		const ask = async () => (await fetch("https://o.example/a/b?c=d", { hedge: { ttl: 60, tags: ["t"] } })).text();
		let all = [await ask(), await ask()];
		for (const what of [{ tag: "t" }, { url: "https://O.example/a/b?c=d#e" }, { url: new URL("https://o.example/a/b?c=d") }, { url: "o.example/a/b?c=d" }, { prefix: "https://o.example/a/" }, { prefix: "o.example/a" }, { host: "o.example" }, { host: "O.Example:443" }, { url: "O.example/a/x/../b?c=d" }, { all: true }, { url: "https://o.example/a/b" }, { prefix: "https://o.example/b" }, { host: "example" }]) {
			await cache.purge(what);
			all.push(await ask());
		}
		return json(all.join(" "));`))
	jsapitest.Want(t, app, jsapitest.Request("GET", "/"), `"1 1 2 3 4 5 6 7 8 9 10 11 11 11 11"`)
}

// gate is an origin whose answers the test lets go.
type gate struct {
	asked chan string
	open  chan string
}

func (g *gate) RoundTrip(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
	g.asked <- req.Path()
	select {
	case text := <-g.open:
		if text == "error" {
			return nil, hedge.Errorf(hedge.OutcomeOriginRefused, "refused")
		}
		return httpmsg.Text(200, text), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func gated(t *testing.T) (*jsapitest.Fixture, *one, *gate) {
	t.Helper()
	f, g := jsapitest.New(t), &gate{make(chan string, 1000), make(chan string)}
	f.Client, f.Caches = g, newCache(t, 16<<20)
	return f.Start(), f.Caches.(*one), g
}

// Of all who ask at once, in all isolates, one asks the slow origin.
func TestGetOrSetCollapses(t *testing.T) {
	f, c, g := gated(t)
	app := f.App(handler(`
		const value = await cache.getOrSet("k", 60, async () => ({ text: await (await fetch("http://api/")).text() }), { staleWhileRevalidate: 30, staleIfError: 600 }).catch(error);
		return json(value);`))
	const many = 40
	var all sync.WaitGroup
	ask := func(want string) {
		all.Go(func() { jsapitest.Want(t, app, jsapitest.Request("GET", "/"), want) })
	}
	for range many {
		ask(`{"text":"first"}`)
	}
	<-g.asked
	g.open <- "first"
	all.Wait()
	jsapitest.Want(t, app, jsapitest.Request("GET", "/"), `{"text":"first"}`)
	if n := len(g.asked); n != 0 {
		t.Errorf("the origin was asked %d times more", n)
	}
	c.later(70 * time.Second) // stale
	for range many {
		ask(`{"text":"first"}`)
	}
	all.Wait()
	<-g.asked
	g.open <- "second"
	jsapitest.Eventually(t, "the new value is there", func() bool {
		_, body, _ := jsapitest.Do(t, app, jsapitest.Request("GET", "/"))
		return body == `{"text":"second"}`
	})
	if n := len(g.asked); n != 0 {
		t.Errorf("the origin was asked %d times more", n)
	}
	c.later(5 * time.Minute) // beyond that, but the origin is down
	for down := false; !down; {
		answered := make(chan struct{})
		all.Go(func() {
			defer close(answered)
			jsapitest.Want(t, app, jsapitest.Request("GET", "/"), `{"text":"second"}`)
		})
		select {
		case <-g.asked:
			g.open <- "error"
			down = true
		case <-answered: // by the call that made it, which had stored it and not ended yet
		}
	}
	all.Wait()
	c.later(time.Hour)
	ask(`"TypeError: fetch of http://api failed: refused"`)
	<-g.asked
	g.open <- "error"
	all.Wait()
}

// Who makes a value and is broken off leaves that to the next; an error is for all.
func TestGetOrSetFailures(t *testing.T) {
	f, _, g := gated(t)
	app := f.App(handler(`
		const path = new URL(request.url).pathname;
		return new Response(await cache.getOrSet("k", 60, async () => {
			const text = await (await fetch("http://api" + path)).text();
			if (path === "/spin" ) for (;;);
			return text;
		}).then(String, error));`))
	spin := make(chan hedge.Outcome)
	go func() { // ends with its limit
		_, _, outcome := jsapitest.Do(t, app, jsapitest.Request("GET", "/spin"))
		spin <- outcome
	}()
	if path := <-g.asked; path != "/spin" {
		t.Fatal(path)
	}
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			status, body, outcome := jsapitest.Do(t, app, jsapitest.Request("GET", "/next"))
			if body != "value" && outcome != hedge.OutcomeIsolateLost { // it may have been in that isolate
				t.Errorf("%d %q, %s", status, body, outcome)
			}
		})
	}
	g.open <- "never used"
	if outcome := <-spin; outcome != hedge.OutcomeExceededCPU {
		t.Errorf("the one that spins: %s", outcome)
	}
	done := make(chan struct{})
	go func() { // ends with the requests
		all.Wait()
		close(done)
	}()
	for waiting := true; waiting; {
		select {
		case <-g.asked:
			g.open <- "value"
		case <-done:
			waiting = false
		}
	}
}

func TestRecursion(t *testing.T) {
	f, _ := start(t)
	const refused = `is being made by a call that this one is a part of, or that waits for it: the function of a key must not ask for that key`
	for name, body := range map[string]string{
		"at once":     `cache.getOrSet("a", 60, () => cache.getOrSet("a", 60, () => 1))`,
		"after await": `cache.getOrSet("b", 60, async () => { await null; await cache.get("x"); return cache.getOrSet("b", 60, () => 1); })`,
		"by a timer":  `cache.getOrSet("c", 60, () => new Promise((resolve) => setTimeout(() => resolve(cache.getOrSet("c", 60, () => 1)), 1)))`,
		"by others":   `cache.getOrSet("d", 60, () => cache.getOrSet("e", 60, () => cache.getOrSet("d", 60, () => 1)))`,
	} {
		app := f.App(handler(`return new Response(await ` + body + `.then(String, error));`))
		if _, got, _ := jsapitest.Do(t, app, jsapitest.Request("GET", "/")); !strings.HasPrefix(got, "Error: getOrSet: ") || !strings.HasSuffix(got, refused) {
			t.Errorf("%s: %s", name, got)
		}
	}
	// Two calls of one request, apart from each other, are no recursion.
	app := f.App(handler(`let n = 0; const one = () => cache.getOrSet("f", 60, async () => { await null; return ++n; }); return json(await Promise.all([one(), one(), cache.getOrSet("g", 60, one)]));`))
	jsapitest.Want(t, app, jsapitest.Request("GET", "/"), `[1,1,1]`)
}

// Two requests whose functions ask for each other's key do not wait for ever.
func TestCrossedWaits(t *testing.T) {
	f, _, g := gated(t)
	app := f.App(handler(`
		const [mine, other] = new URL(request.url).pathname === "/1" ? ["a", "b"] : ["b", "a"];
		return new Response(await cache.getOrSet(mine, 60, async () => { await fetch("http://api/"); return "made with " + await cache.getOrSet(other, 60, () => "nobody").catch(() => "error"); }));`))
	got := make(chan string, 2)
	for _, path := range []string{"/1", "/2"} {
		go func() { // ends with the answer
			_, body, _ := jsapitest.Do(t, app, jsapitest.Request("GET", path))
			got <- body
		}()
	}
	<-g.asked
	<-g.asked
	g.open <- ""
	g.open <- ""
	a, b := <-got, <-got
	if both := a + ", " + b; both != "made with error, made with made with error" && both != "made with made with error, made with error" {
		t.Error(both)
	}
}

func TestGetOrSetOfStreams(t *testing.T) {
	f, _ := start(t)
	app := f.App(handler(`
		const make = () => cache.getOrSet("k", 60, () => stream("a".repeat(100000), "b"), { type: "text" });
		const [one, two] = await Promise.all([make(), make()]);
		const large = await cache.getOrSet("l", 60, () => "x".repeat(3 << 20)).catch(error);
		return json([one.length, two === one, large, await cache.getOrSet("m", 60, () => bytes(5)), await cache.getOrSet("m", 60, () => 1)]);`))
	jsapitest.Want(t, app, jsapitest.Request("GET", "/"), `[100001,true,"RangeError: getOrSet: the value is larger than what the cache keeps","bytes:5:7","bytes:5:7"]`)
}

func TestAtStart(t *testing.T) {
	f, _ := start(t)
	app := f.App(`import { getOrSet, get, set } from "hedge:cache";
		await set("early", 1);
		const early = await get("early");
		const late = await getOrSet("late", 60, () => 1).catch((e) => e.message);
		export default { fetch: () => new Response(early + " " + late) };`)
	jsapitest.Want(t, app, jsapitest.Request("GET", "/"), `1 getOrSet is for code that answers a request, not for code that runs while the app loads`)
}

// What an app does to the language's own objects is its own affair.
func TestPoisonedPrototypes(t *testing.T) {
	f, _ := start(t)
	app := f.App(handler(`
		const broken = () => { throw new Error("the runtime ran code of the app"); };
		const { ownKeys } = Reflect, { getOwnPropertyDescriptor, getPrototypeOf, defineProperty } = Object, blob = new Blob(["x"]);
		const all = [Array.prototype, String.prototype, Map.prototype, Promise.prototype, Uint8Array.prototype, getPrototypeOf(Uint8Array.prototype), JSON, Number, RegExp.prototype];
		for (let i = 0; i < all.length; i++) {
			const keys = ownKeys(all[i]);
			for (let j = 0; j < keys.length; j++) {
				const p = getOwnPropertyDescriptor(all[i], keys[j]);
				if (keys[j] !== "constructor" && p.configurable && typeof p.value === "function") defineProperty(all[i], keys[j], { ...p, value: broken });
			}
		}
		Object.defineProperty(Object.prototype, "ttl", { get: broken, configurable: true });
		let out = "";
		out += await cache.set("a", { __proto__: null, x: 1 }, { __proto__: null, ttl: 60, tags: ["a"] });
		out += (await cache.get("a")).x + (await cache.getMulti(["a", "b"]))[0].x;
		out += await cache.increment("n", 3, { __proto__: null, ttl: 1 }) + await cache.touch("a", 5);
		out += await cache.getOrSet("g", 60, () => 7) + await cache.getOrSet("g", 60, () => 8);
		out += await cache.set("s", blob) + await cache.delete("a");
		await cache.purgeTag("a");
		return new Response(out);`))
	jsapitest.Want(t, app, jsapitest.Request("GET", "/"), `true24142`)
}

func TestCacheAPI(t *testing.T) {
	f := jsapitest.New(t)
	f.Caches = newCache(t, 16<<20)
	f.Client = httpmsg.RoundTripperFunc(func(_ context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		switch req.Path() {
		case "/404":
			return &httpmsg.Response{Status: 404}, nil
		case "/gzip":
			body := coding.Encode("gzip", io.NopCloser(strings.NewReader("unpacked")), coding.Uncounted{})
			return &httpmsg.Response{Status: 200, Header: httpmsg.NewHeader("Content-Encoding", "gzip", "ETag", `"1"`), Body: body, ContentLength: -1}, nil
		}
		return httpmsg.Text(200, "fetched "+req.Path()), nil
	})
	f.Start()
	for i, test := range []struct{ name, body, want string }{
		{"nothing", `return json(await c.match(u));`, `"undefined"`},
		{"put and match", `await c.put(u, new Response("x", { status: 404, headers: { a: "b" } })); const r = await c.match(u); return json([r.status, r.headers.get("a"), await r.text(), r.headers.get("cache-status").startsWith("hedge; hit; ttl="), r.headers.get("age")]);`, `[404,"b","x",true,"0"]`},
		{"no body", `await c.put(u, new Response(null, { status: 204 })); return json([(await c.match(u)).status, (await c.match(u)).body]);`, `[204,null]`},
		{"a stream", `await c.put(u, new Response(stream("a".repeat(100000), "b"))); return json((await (await c.match(u)).text()).length);`, `100001`},
		{"what fetch got", `await c.put(u, await fetch(u)); return c.match(u);`, `fetched /`},
		{"what fetch got in a coding", `await c.put(u, await fetch(u + "gzip")); const r = await c.match(u); return json([await r.text(), r.headers.get("content-encoding"), r.headers.get("etag")]);`, `["unpacked",null,"W/\"1\""]`},
		{"content in its coding", `const body = await new Response(new Blob(["zipped"]).stream().pipeThrough(new CompressionStream("gzip"))).bytes(); await c.put(u, new Response(body, { encodeBody: "manual", headers: { "content-encoding": "gzip" } })); const r = await c.match(u); return json([r.headers.get("content-encoding"), await r.text()]);`, `["gzip","zipped"]`},
		{"a fragment", `await c.put(u + "#a", new Response("x")); return c.match(u + "#b");`, `x`},
		{"other methods", `await c.put(u, new Response("x")); const post = new Request(u, { method: "POST" }); return json([await c.match(post), (await c.match(post, { ignoreMethod: true })).status, await c.delete(post)]);`, `["undefined",200,false]`},
		{"Vary", `await c.put(new Request(u, { headers: { lang: "de" } }), new Response("hallo", { headers: { vary: "lang" } })); return json([await c.match(u), (await c.match(new Request(u, { headers: { lang: "de" } }))).status]);`, `["undefined",200]`},
		{"a condition", `await c.put(u, new Response("x", { headers: { etag: '"1"' } })); return json((await c.match(new Request(u, { headers: { "if-none-match": '"1"' } }))).status);`, `304`},
		{"a range", `await c.put(u, new Response("hello")); const r = await c.match(new Request(u, { headers: { range: "bytes=1-2" } })); return json([r.status, await r.text()]);`, `[206,"el"]`},
		{"private", `await c.put(u, new Response("x", { headers: { "cache-control": "private" } })); return json(await c.match(u));`, `"undefined"`},
		{"delete", `await c.put(u, new Response("x")); return json([await c.delete(u), await c.delete(u), await c.match(u)]);`, `[true,false,"undefined"]`},
		{"matchAll", `await c.put(u, new Response("x")); return json([(await c.matchAll(u)).length, (await c.matchAll(u + 1)).length]);`, `[1,0]`},
		{"caches are apart", `const [a, b] = [await caches.open("a" + u), await caches.open("b" + u)]; await a.put(u, new Response("x")); return json([await b.match(u), await c.match(u), (await caches.match(u, { cacheName: "a" + u })).status, await caches.delete("a" + u), await a.match(u)]);`, `["undefined","undefined",200,true,"undefined"]`},
		{"add", `await c.add(u + "one"); await c.addAll([u + "two", new Request(u + "three")]); return new Response(await (await c.match(u + "one")).text() + await (await c.match(u + "three")).text());`, `fetched /onefetched /three`},
		{"add of an error", `return json([await c.addAll([u + "one", u + "404"]).catch(error), await c.match(u + "one")]);`, `["TypeError: 'http://o1/404' was answered with 404, which is not to be cached","undefined"]`},
		{"purge", `const cache = await import("hedge:cache"); await c.put(u, new Response("x", { headers: { "cache-tag": "t" } })); await cache.purgeTag("t"); return json(await c.match(u));`, `"undefined"`},
		{"what cannot be put", `const bad = [[new Request(u, { method: "POST" }), new Response()], ["data:,x", new Response()], [u, new Response("", { status: 206 })], [u, new Response("", { headers: { vary: "a, *" } })], [u, {}], [u, new Response(new ReadableStream({ pull() { throw new RangeError("of ours"); } }))]]; const used = new Response("x"); await used.text(); bad.push([u, used]); return new Response((await Promise.all(bad.map((b) => c.put(...b).catch(error)))).join("\n"));`, strings.Join([]string{
			"TypeError: Only requests with the method GET can be cached, and not those with POST", "TypeError: Only requests with http: and https: can be cached, and not 'data:,x'",
			"TypeError: A response with the status 206 cannot be cached: it is a part", "TypeError: A response with Vary: * cannot be cached", "TypeError: Cache.put: the second argument is not a Response",
			"RangeError: of ours", "TypeError: The response cannot be cached: its body was read",
		}, "\n")},
		{"what there is not", `return new Response((await Promise.all([c.keys(), c.matchAll(), caches.keys(), caches.has("a"), c.match(u, { ignoreSearch: true }), c.match(u, { ignoreVary: true })].map((p) => p.catch((e) => e.name)))).join());`, `NotSupportedError,NotSupportedError,NotSupportedError,NotSupportedError,NotSupportedError,NotSupportedError`},
		{"interfaces", `return json([String(caches), String(c), caches instanceof CacheStorage, c instanceof Cache, caches.default === c, await c.put(u, new Response()), (() => { try { new Cache(); } catch (e) { return e.name; } })(), await Cache.prototype.match.call({}, u).catch((e) => e.name)]);`, `["[object CacheStorage]","[object Cache]",true,true,true,"undefined","TypeError","TypeError"]`},
	} {
		t.Run(test.name, func(t *testing.T) {
			app := f.App(handler(fmt.Sprintf(`const c = caches.default, u = "http://o%d/";`, i) + strings.ReplaceAll(test.body, "http://o1/", fmt.Sprintf("http://o%d/", i))))
			jsapitest.Want(t, app, jsapitest.Request("GET", "/"), strings.ReplaceAll(test.want, "http://o1/", fmt.Sprintf("http://o%d/", i)))
		})
	}
}

// What an app written for the standard does: one of many renews what is stale.
func TestCacheAPIStale(t *testing.T) {
	f, c := start(t)
	app := f.App(handler(`
		let response = await caches.default.match("http://page/");
		if (response === undefined) {
			response = new Response("made", { headers: { "cache-control": "max-age=60, stale-while-revalidate=600" } });
			ctx.waitUntil(caches.default.put("http://page/", response.clone()));
			return new Response("new " + await response.text());
		}
		return response;`))
	jsapitest.Want(t, app, jsapitest.Request("GET", "/"), "new made")
	jsapitest.Eventually(t, "it is stored", func() bool {
		_, body, _ := jsapitest.Do(t, app, jsapitest.Request("GET", "/"))
		return body == "made"
	})
	c.later(2 * time.Minute)
	fresh := 0
	for range 10 {
		if _, body, _ := jsapitest.Do(t, app, jsapitest.Request("GET", "/")); body == "new made" {
			fresh++
		}
	}
	if fresh != 1 {
		t.Errorf("%d of 10 made it anew", fresh)
	}
}
