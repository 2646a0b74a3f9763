package node

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"hedge"
	"hedge/cache"
	"hedge/image"
)

// drawing stands for the workers: what it makes of a file is the job and the file.
type drawing struct {
	jobs atomic.Int64
	wait chan struct{} // until it is closed; nil: at once
	room atomic.Int64  // that was asked for last, in bytes
	full atomic.Bool   // there is none
}

func (d *drawing) Do(_ context.Context, _ string, job []byte, inputs [][]byte) (*image.Result, error) {
	d.jobs.Add(1)
	if d.wait != nil {
		<-d.wait
	}
	if string(inputs[0]) == "broken" {
		return nil, hedge.Errorf(hedge.OutcomeImageRefused, "image: the file is broken")
	}
	format := "png"
	if strings.Contains(string(job), "webp") {
		format = "webp"
	}
	return &image.Result{Format: format, File: append(job, inputs[0]...)}, nil
}

func (d *drawing) Hold(_ context.Context, _ string, bytes int) (*image.Held, error) {
	d.room.Store(int64(bytes))
	if d.full.Load() {
		return nil, hedge.Errorf(hedge.OutcomeOverloaded, "image: there is no room")
	}
	return nil, nil
}

func (d *drawing) Limits() image.Limits { return image.DefaultLimits() }

// gallery serves pictures of an origin that says how often it was asked.
func gallery(t *testing.T, d *drawing) (*running, *atomic.Int64) {
	asked := &atomic.Int64{}
	origin := site(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		w.Header().Set("Cache-Control", "max-age=60")
		w.Header().Set("Cache-Tag", "shoes")
		switch r.URL.Path {
		case "/img/none.png":
			http.Error(w, "nothing", 404)
		case "/img/broken.png":
			_, _ = w.Write([]byte("broken"))
		default:
			_, _ = w.Write([]byte(" " + r.URL.RequestURI() + " " + r.Header.Get("Accept")))
		}
	})
	release := toUpstream(origin)
	release.Routes = []hedge.Route{{Path: "/img/", Upstream: "site", Images: &hedge.Images{Variants: []string{"w=10", "format=auto,w=20"}, Key: "KEY"}}}
	return caching(t, func(n *Node) {
		n.cfg.Pictures = d
		n.cfg.Secret = func(name string) string { return strings.ToLower(name) }
	}, release), asked
}

func TestPictures(t *testing.T) {
	d := &drawing{}
	r, asked := gallery(t, d)
	small := `{"source":{"input":0,"steps":[{"resize":{"width":10}}]},"output":{}}`
	signed := func(variant, behind string) string {
		return "/img/" + variant + ",sig=" + image.Sign([]byte("key"), "/img/"+variant+behind) + behind
	}
	r.wants(t, "/img/w=10/a.png", small+" /img/a.png ", "miss")
	r.wants(t, "/img/w=10/a.png", small+" /img/a.png ", "hit")
	r.wants(t, "/img/w=10/a.png?x=1", small+" /img/a.png ", "hit") // the query is nobody's to choose
	r.wants(t, "/img/a.png", " /img/a.png ", "miss")               // the picture itself, another entry of the cache
	for _, c := range []struct {
		path   string
		status int
	}{
		{"/img/w=11/a.png", 403},
		{"/img/w=10,q=5/a.png", 403},
		{"/img/w=ten/a.png", 400},
		{"/img/w=10,sig=x/a.png", 200},
		{"/img/w=10/none.png", 404},
		{"/img/w=10/broken.png", 415},
		{signed("w=11", "/a.png"), 200},
		{signed("w=11", "/a.png") + "?x", 403},
		{signed("w=11,exp=5", "/a.png"), 403},
		{signed("w=11,exp=99999999999", "/a.png?v=2"), 200},
	} {
		res, _, err := r.get(t, c.path)
		if err != nil {
			t.Fatal(err)
		}
		if a := <-r.access; res.StatusCode != c.status || strings.Contains(a.URL, "sig=") && c.status == 200 {
			t.Errorf("%s: %d, want %d (%s)", c.path, res.StatusCode, c.status, a.URL)
		}
	}
	if asked.Load() > 7 {
		t.Errorf("the origin was asked %d times", asked.Load())
	}
}

// What the client accepts is part of the key as far as it matters, and of the answer's Vary.
func TestPicturesByAccept(t *testing.T) {
	d := &drawing{}
	r, _ := gallery(t, d)
	for accept, want := range map[string]string{
		"image/webp,*/*": "image/webp", "text/html, image/webp;q=0.5": "image/webp", "*/*": "image/png", "image/*": "image/png",
	} {
		res, _, err := r.get(t, "/img/w=20,format=auto/a.png", "Accept", accept)
		if err != nil {
			t.Fatal(err)
		}
		<-r.access
		if res.Header.Get("Content-Type") != want || res.Header.Get("Vary") != "Accept" || res.Header.Get("ETag") == "" || res.Header.Get("Cache-Control") != "max-age=60" {
			t.Errorf("%s: %v", accept, res.Header)
		}
	}
	if d.jobs.Load() != 2 {
		t.Errorf("%d jobs for two variants", d.jobs.Load())
	}
}

// Purging the picture, by its URL or its tag, purges what was made of it.
func TestPurgedPictures(t *testing.T) {
	d := &drawing{}
	r, _ := gallery(t, d)
	host := strings.TrimPrefix(r.addr, "http://")
	for i, p := range []cache.Purge{{URL: host + "/img/a.png"}, {Tag: "shoes"}, {Prefix: host + "/img/"}} {
		for range 2 {
			if _, _, err := r.get(t, "/img/w=10/a.png"); err != nil {
				t.Fatal(err)
			}
			<-r.access
		}
		if d.jobs.Load() != int64(i+1) {
			t.Errorf("%d jobs before purge %d", d.jobs.Load(), i)
		}
		if err := r.Purge(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
}

// No field of a request has a variant made that is there already, or keeps it from being
// stored: each would be a job.
func TestFieldsMakeNoPictures(t *testing.T) {
	d := &drawing{}
	r, _ := gallery(t, d)
	for _, field := range [][2]string{
		{"Cache-Control", "no-store"},
		{"Cache-Control", "no-cache"},
		{"Cache-Control", "max-age=0"},
		{"Pragma", "no-cache"},
		{"If-Match", `"x"`},
		{"If-Unmodified-Since", "Thu, 01 Jan 1970 00:00:00 GMT"},
		{"X-HTTP-Method", "x"},
		{"X-Original-URL", "x"},
		{"X-Rewrite-URL", "x"},
		{"X-HTTP-Method-Override", "x"},
		{"X-Host", "x"},
		{"X-Original-Host", "x"},
		{"Forwarded-Host", "x"},
		{"Destination", "x"},
		{"Surrogate-Capability", "x"},
	} {
		if _, _, err := r.get(t, "/img/w=10/a.png", field[0], field[1]); err != nil {
			t.Fatal(err)
		}
		<-r.access
		if n := d.jobs.Load(); n != 1 {
			t.Errorf("with %s: %s there were %d jobs", field[0], field[1], n)
		}
	}
}

// HEAD has no picture made, and learns what it can.
func TestHeadMakesNoPicture(t *testing.T) {
	d := &drawing{}
	r, _ := gallery(t, d)
	for range 3 {
		res, err := http.Head("http://" + r.addr + "/img/w=10/a.png")
		if err != nil {
			t.Fatal(err)
		}
		<-r.access
		if res.StatusCode != 200 || res.Header.Get("Cache-Control") != "max-age=60" || d.jobs.Load() != 0 {
			t.Errorf("%d %v after %d jobs", res.StatusCode, res.Header, d.jobs.Load())
		}
	}
	r.wants(t, "/img/w=10/a.png", `{"source":{"input":0,"steps":[{"resize":{"width":10}}]},"output":{}} /img/a.png `, "miss")
}

// A request that the cache is not asked for has no picture made: with content, or for a
// WebSocket.
func TestRequestsPastTheCacheMakeNoPictures(t *testing.T) {
	d := &drawing{}
	r, asked := gallery(t, d)
	for name, change := range map[string]func(*http.Request){
		"content":           func(req *http.Request) { req.Body, req.ContentLength = io.NopCloser(strings.NewReader("x")), 1 },
		"content in chunks": func(req *http.Request) { req.Body, req.ContentLength = io.NopCloser(strings.NewReader("x")), -1 },
		"a WebSocket": func(req *http.Request) {
			req.Header = http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="}}
		},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+r.addr+"/img/w=10/a.png", nil)
		if err != nil {
			t.Fatal(err)
		}
		change(req)
		res, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		<-r.access
		if res.StatusCode != 400 || d.jobs.Load() != 0 || asked.Load() != 0 {
			t.Errorf("%s: %d after %d jobs, and the origin was asked %d times", name, res.StatusCode, d.jobs.Load(), asked.Load())
		}
	}
}

// Who asks for a file makes no difference to it, and none to its variants.
func TestAuthorizationMakesNoPicturesOfFiles(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "img"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "img", "a.png"), []byte("a picture"), 0o644); err != nil {
		t.Fatal(err)
	}
	d := &drawing{}
	r := caching(t, func(n *Node) { n.cfg.Pictures = d }, &hedge.Release{
		Name: "shop", Folders: map[string]hedge.Folder{"public": {Root: dir}},
		Routes: []hedge.Route{{Path: "/img/", Static: &hedge.Static{Folder: "public"}, Images: &hedge.Images{Variants: []string{"w=10"}}}},
	})
	for _, who := range []string{"Basic YTph", "Basic Yjpi", "Bearer c"} {
		if res, _, err := r.get(t, "/img/w=10/a.png", "Authorization", who); err != nil || res.StatusCode != 200 {
			t.Fatal(res, err)
		}
		<-r.access
	}
	if d.jobs.Load() != 1 {
		t.Errorf("%d jobs for one variant of a file", d.jobs.Load())
	}
}

// The source is asked with what its route says, also in fields that are taken off what
// clients send.
func TestSourcesGetTheFieldsOfTheRoute(t *testing.T) {
	release := toUpstream(site(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "max-age=60")
		_, _ = w.Write([]byte(r.Header.Get("X-Original-Host")))
	}))
	release.Routes = []hedge.Route{{
		Path: "/img/", Upstream: "site", Images: &hedge.Images{Variants: []string{"w=10"}},
		RequestHeaders: hedge.HeaderChanges{Set: []hedge.Field{{Name: "X-Original-Host", Value: "bucket"}}},
	}}
	d := &drawing{}
	r := caching(t, func(n *Node) { n.cfg.Pictures = d }, release)
	for range 3 {
		_, body, err := r.get(t, "/img/w=10/a.png", "X-Original-Host", "stranger")
		if err != nil || !strings.HasSuffix(body, "}bucket") {
			t.Errorf("the source says %q, %v", body, err)
		}
		<-r.access
	}
	if d.jobs.Load() != 1 {
		t.Errorf("%d jobs for one variant", d.jobs.Load())
	}
}

// What holds for a picture holds for its variants: they are no way round a route.
func TestVariantsGoRoundNoRoute(t *testing.T) {
	release := toUpstream(site(t, func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte("secret")) }))
	release.Routes = []hedge.Route{
		{Path: "/img/", Upstream: "site", Images: &hedge.Images{Variants: []string{"w=10"}, Key: "KEY"}},
		{Path: "/img/private/", Answer: &hedge.Answer{Status: 401}},
	}
	r := caching(t, func(n *Node) {
		n.cfg.Pictures, n.cfg.Secret = &drawing{}, strings.ToLower
	}, release)
	signed := "/img/w=11,sig=" + image.Sign([]byte("key"), "/img/w=11/private/a.png") + "/private/a.png"
	for path, status := range map[string]int{
		"/img/private/a.png": 401, "/img/w=10/public/a.png": 200,
		"/img/w=10/private/a.png": 404, signed: 404, "/img/w=10/x/../private/a.png": 404,
		"/img/w=10//private/a.png": 400, "/img/w=10/private%2Fa.png": 400, "/img/w=10/private;x/a.png": 400,
	} {
		res, body, err := r.get(t, path)
		if err != nil {
			t.Fatal(err)
		}
		<-r.access
		if res.StatusCode != status || status != 200 && strings.Contains(body, "secret") {
			t.Errorf("%s: %d %s, want %d", path, res.StatusCode, body, status)
		}
	}
}

// That there was no picture is purged with it, and by code as by the command.
func TestPurgedVariants(t *testing.T) {
	for by, purge := range map[string]func(*running, cache.Purge) error{
		"the command": func(r *running, p cache.Purge) error { return r.Purge(t.Context(), p) },
		"code":        func(r *running, p cache.Purge) error { return cacheOf(r).Purge(t.Context(), p) },
	} {
		r, asked := gallery(t, &drawing{})
		for _, picture := range []string{"none.png", "a.png"} {
			for _, want := range []string{"miss", "hit", "purged"} {
				if want == "purged" {
					if err := purge(r, cache.Purge{App: "shop", URL: r.addr + "/img/" + picture}); err != nil {
						t.Fatal(err)
					}
				}
				if _, _, err := r.get(t, "/img/w=10/"+picture); err != nil {
					t.Fatal(err)
				}
				if a := <-r.access; a.Cache != want {
					t.Errorf("%s, by %s: %s, want %s", picture, by, a.Cache, want)
				}
			}
		}
		if n := asked.Load(); n != 4 {
			t.Errorf("by %s: the origin was asked %d times, want 4", by, n)
		}
	}
}

// A thousand clients that want a new variant at once have it made once.
func TestCollapsedPictures(t *testing.T) {
	d := &drawing{wait: make(chan struct{})}
	r, asked := gallery(t, d)
	var clients sync.WaitGroup
	arrived := atomic.Int64{}
	for range 1000 {
		clients.Go(func() {
			if arrived.Add(1) == 1000 {
				close(d.wait)
			}
			if res, _, err := r.get(t, "/img/w=10/a.png"); err != nil || res.StatusCode != 200 {
				t.Errorf("%v, %v", res, err)
			}
		})
	}
	clients.Go(func() {
		for range 1000 {
			<-r.access
		}
	})
	clients.Wait()
	if d.jobs.Load() != 1 || asked.Load() != 1 {
		t.Errorf("%d jobs, and %d pictures from the origin", d.jobs.Load(), asked.Load())
	}
}

func TestPicturesThatCannotBe(t *testing.T) {
	for name, images := range map[string]*hedge.Images{
		"a variant": {Variants: []string{"w=ten"}},
		"no key":    {Key: "NOWHERE"},
	} {
		release := toUpstream("http://127.0.0.1:1")
		release.Routes = []hedge.Route{{Path: "/img/", Upstream: "site", Images: images}}
		r := caching(t, func(n *Node) { n.cfg.Pictures = &drawing{} })
		var known *hedge.Error
		if err := r.Deploy(t.Context(), release); !errors.As(err, &known) || known.Outcome != hedge.OutcomeStartupFailed {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Before a picture is read there has to be room for it, as much as it says that it takes.
func TestPicturesTakeRoomBeforeTheyAreRead(t *testing.T) {
	d := &drawing{}
	n, _ := gallery(t, d)
	res, body, err := n.get(t, "/img/w=10/shoe.png")
	if err != nil || res.StatusCode != 200 {
		t.Fatalf("%v, %v", res, err)
	}
	file := body[strings.Index(body, " /img/"):]
	if got := d.room.Load(); got != int64(len(file)) {
		t.Errorf("room for %d bytes was taken, for %d", got, len(file))
	}
	d.full.Store(true)
	if res, _, err := n.get(t, "/img/w=10/other.png"); err != nil || res.StatusCode != 503 || d.jobs.Load() != 1 {
		t.Errorf("without room: %v, %v, %d jobs", res, err, d.jobs.Load())
	}
}
