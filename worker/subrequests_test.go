package worker_test

import (
	"context"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"hedge"
	"hedge/httpmsg"
	"hedge/jsapi/jsapitest"
	"hedge/worker"
)

// openings is an origin that counts the exchanges that are open at once. Its answers
// have a body of some chunks.
type openings struct {
	chunks    int
	now, most atomic.Int64
	total     atomic.Int64
}

func (o *openings) RoundTrip(_ context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
	o.total.Add(1)
	now := o.now.Add(1)
	for most := o.most.Load(); now > most && !o.most.CompareAndSwap(most, now); most = o.most.Load() {
		jsapitest.Yield()
	}
	if req.Body != nil {
		_, err := io.Copy(io.Discard, req.Body)
		_ = req.Body.Close()
		if err != nil {
			o.now.Add(-1)
			return nil, err
		}
	}
	return &httpmsg.Response{Status: 200, Body: &openBody{origin: o, left: o.chunks}, ContentLength: -1}, nil
}

type openBody struct {
	origin *openings
	left   int
	once   sync.Once
}

func (b *openBody) Read(p []byte) (int, error) {
	jsapitest.Yield()
	if b.left == 0 {
		return 0, io.EOF
	}
	b.left--
	return copy(p, "chunk"), nil
}

func (b *openBody) Close() error {
	b.once.Do(func() { b.origin.now.Add(-1) })
	return nil
}

func TestOpenSubrequests(t *testing.T) {
	const warning = "was cancelled to let another fetch begin"
	for _, test := range []struct {
		name, body, want string
		most             int64 // open at once
		warnings         int
	}{
		{"those beyond six wait", `
			const texts = await Promise.all([...Array(40)].map(() => fetch("http://o/").then((r) => r.text())));
			return new Response("" + texts.every((text) => text === "chunk".repeat(20)));`, "true", 6, 0},
		{"bodies that are read piece by piece", `
			const lengths = await Promise.all([...Array(12)].map(async () => {
				let n = 0;
				for await (const chunk of (await fetch("http://o/")).body) { n += chunk.length; await null; }
				return n;
			}));
			return new Response("" + lengths.every((n) => n === 100));`, "true", 6, 0},
		{"cancelled bodies", `
			for (let i = 0; i < 40; i++) await (await fetch("http://o/")).body.cancel();
			return new Response("fine");`, "fine", 6, 0},
		{
			"the oldest that nobody reads makes room", `
			const all = [];
			for (let i = 0; i < 9; i++) all.push(await fetch("http://o/" + i));
			const ends = await Promise.all(all.map((r) => r.text().then((text) => text.length, (e) => e.name + " " + /http\S+/.exec(e.message))));
			return new Response(ends.join());`,
			"TypeError http://o/0,TypeError http://o/1,TypeError http://o/2,100,100,100,100,100,100", 6, 3,
		},
		{
			"bodies that were read in part", `
			const all = [];
			for (let i = 0; i < 7; i++) {
				all.push((await fetch("http://o/" + i)).body.getReader());
				await all[i].read();
			}
			return new Response(await all[0].read().then(() => "no error", (e) => e.message));`,
			"The body broke off: the body of the fetch of http://o/0 was cancelled to let another fetch begin: 6 were open (limits.open_subrequests), and nobody read what they answered; read each body, or cancel it", 6, 1,
		},
		{"bodies for fetches that wait", `
			const firsts = await Promise.all([...Array(6)].map(() => fetch("http://o/")));
			const ends = await Promise.allSettled(firsts.map(async (first) =>
				(await fetch("http://o/", { method: "POST", duplex: "half", body: first.body })).text()));
			return new Response("" + ends.filter((e) => e.status === "fulfilled").length);`, "5", 6, 1},
		{"a cancelled body as an answer", `
			const all = [];
			for (let i = 0; i < 7; i++) all.push(await fetch("http://o/" + i));
			try { await new Response(all[0].body).text(); return new Response("no error"); }
			catch (e) { return new Response(e.name); }`, "TypeError", 6, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := jsapitest.New(t)
			origin := &openings{chunks: 20}
			f.Client = origin
			f.Start()
			app := f.App(jsapitest.Handler(test.body))
			jsapitest.Want(t, app, jsapitest.Request("GET", "/"), test.want)
			if most := origin.most.Load(); most > test.most {
				t.Errorf("%d were open at once, want %d", most, test.most)
			}
			warnings := func() int { return strings.Count(f.Console.Text(), warning) }
			jsapitest.Eventually(t, "the console has the warnings", func() bool { return warnings() >= test.warnings })
			if n := warnings(); n != test.warnings {
				t.Errorf("%d warnings, want %d:\n%s", n, test.warnings, f.Console.Text())
			}
			for _, line := range f.Console.All() {
				if line.Level != worker.LevelWarn || line.Request == nil {
					t.Errorf("%+v is no warning of the request", line)
				}
			}
			jsapitest.Eventually(t, "nothing is open", func() bool { return origin.now.Load() == 0 })
		})
	}
}

// What one request holds open is no other's business.
func TestOpenSubrequestsAreOfOneRequest(t *testing.T) {
	f := jsapitest.New(t)
	origin := &openings{chunks: 3}
	f.Client = origin
	f.Limits.OpenSubrequests = 2
	f.Configure = func(cfg *worker.Config) { cfg.Isolates = 1 }
	f.Start()
	app := f.App(jsapitest.Handler(`
		const open = [await fetch("http://o/"), await fetch("http://o/")];
		await new Promise((done) => setTimeout(done, 1));
		return new Response((await Promise.all(open.map((r) => r.text()))).join(""));`))
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() { jsapitest.Want(t, app, jsapitest.Request("GET", "/"), strings.Repeat("chunk", 6)) })
	}
	wg.Wait()
	if text := f.Console.Text(); text != "" {
		t.Error(text)
	}
}

// Fetches that wait end with their request.
func TestWaitingFetchesEnd(t *testing.T) {
	f := jsapitest.New(t)
	bodies := &ledger{}
	f.Client = httpmsg.RoundTripperFunc(func(context.Context, *httpmsg.Request) (*httpmsg.Response, error) {
		return &httpmsg.Response{Status: 200, Body: bodies.endless(), ContentLength: -1}, nil
	})
	f.Start()
	app := f.App(jsapitest.Handler(`
		const read = async () => (await fetch("http://o/")).text();
		for (let i = 0; i < 20; i++) ctx.waitUntil(read().catch(() => {}));
		return new Response("done");`))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	res, err := app.RoundTrip(ctx, jsapitest.Request("GET", "/"))
	if err != nil {
		t.Fatal(err)
	}
	res.CloseBody()
	jsapitest.Eventually(t, "six are open", func() bool { return bodies.opened.Load() == 6 })
	app.Close()
	bodies.awaitBalance(t)
	if n := bodies.opened.Load(); n != 6 {
		t.Errorf("%d were opened", n)
	}
}

// An app that fetches while it loads has the same limits.
func TestSubrequestsAtStart(t *testing.T) {
	f := jsapitest.New(t)
	origin := &openings{chunks: 1}
	f.Client = origin
	f.Configure = func(cfg *worker.Config) { cfg.Isolates = 1 }
	f.Start()
	_, err := f.Runtime.Load(t.Context(), f.Release(`for (;;) await (await fetch("http://o/")).text(); export default { fetch() {} };`))
	if hedge.OutcomeOf(err) != hedge.OutcomeStartupFailed || !strings.Contains(err.Error(), "limits.subrequests") {
		t.Errorf("%v", err)
	}
	if n := origin.total.Load(); n != 50 {
		t.Errorf("%d fetches, want 50", n)
	}
	app := f.App(`const all = await Promise.all([...Array(7)].map(() => fetch("http://o/"))); export default { fetch() { return new Response("" + all.length) } };`)
	jsapitest.Want(t, app, jsapitest.Request("GET", "/"), "7")
	if most := origin.most.Load(); most != 6 {
		t.Errorf("%d were open at once, want 6", most)
	}
	if !strings.Contains(f.Console.Text(), "was cancelled") {
		t.Errorf("no warning in %q", f.Console.Text())
	}
}
