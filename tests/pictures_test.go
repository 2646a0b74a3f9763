package tests

import (
	"fmt"
	"image/color"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"hedge"
	"hedge/cache"
	"hedge/cache/mem"
	"hedge/image"
	"hedge/image/imagetest"
	"hedge/jsapi"
	"hedge/node"
	"hedge/telemetry"
	"hedge/worker"
)

// gallery is an edge in the test's own process whose workers can be asked what they did.
type gallery struct {
	at   string
	pool *image.Pool

	mu       sync.Mutex                  // guards accesses, and is told's
	told     *sync.Cond                  // of an access
	accesses map[string]telemetry.Access // by URL, the last of each
}

func openGallery(t testing.TB, releases ...*hedge.Release) *gallery {
	t.Helper()
	g := &gallery{pool: image.NewPool(image.Config{Library: imagetest.Library(t)}), accesses: map[string]telemetry.Access{}}
	g.told = sync.NewCond(&g.mu)
	t.Cleanup(g.pool.Close)
	store, err := mem.New(mem.Config{Bytes: 64 << 20})
	must(t, err)
	loops := node.NewLoops(nil)
	clients := node.NewClients(node.DefaultClientConfig(), loops, nil)
	origins := node.NewOrigins(node.OriginsConfig{Client: node.DefaultClientConfig(), Loops: loops, Clients: clients, Cache: cache.New(cache.Config{Store: store})})
	t.Cleanup(origins.Close)
	cfg := worker.DefaultConfig()
	cfg.Script, cfg.Modules = jsapi.Script, jsapi.All(jsapi.Services{Clients: clients, Origins: origins, Caches: origins, Images: g.pool})
	rt, err := worker.New(cfg)
	must(t, err)
	t.Cleanup(rt.Close)
	_, g.at = serveNode(t, node.Config{Runtime: rt, Origins: origins, Loops: loops, Pictures: g.pool, Access: func(a telemetry.Access) {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.accesses[a.URL] = a
		g.told.Broadcast()
	}}, releases...)
	return g
}

// access waits for what is said of a request: the client may have its answer before.
func (g *gallery) access(url string) telemetry.Access {
	g.mu.Lock()
	defer g.mu.Unlock()
	for {
		if a, ok := g.accesses[url]; ok {
			return a
		}
		g.told.Wait()
	}
}

// pictureRoutes is an app without code whose pictures are an origin's.
func pictureRoutes(host, origin string) *hedge.Release {
	return &hedge.Release{
		Name: strings.TrimSuffix(host, ".test"), Hosts: []string{host}, Limits: hedge.DefaultLimits(),
		Routes:    []hedge.Route{{Host: host, Path: "/img/", Upstream: "origin", Images: &hedge.Images{Variants: []string{"w=20", "w=20,format=webp"}}}},
		Upstreams: map[string]hedge.Upstream{"origin": {Targets: []string{origin}}},
	}
}

// A thousand clients that want one new variant at once have its picture fetched and decoded
// once, and all get it.
func TestVariantIsMadeOnce(t *testing.T) {
	var asked atomic.Int64
	all := make(chan struct{})
	file := imagetest.PNG(t, imagetest.Quarters(80, 60))
	g := openGallery(t, pictureRoutes("shop.test", origin(t, func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		<-all
		w.Header().Set("Cache-Control", "max-age=60")
		_, _ = w.Write(file)
	})))
	const clients = 1000
	var sent, answered sync.WaitGroup
	sent.Add(clients)
	for range clients {
		answered.Go(func() {
			conn := dial(t, g.at, "GET /img/w=20/shoe.png HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n\r\n")
			defer conn.Close()
			sent.Done()
			answer, err := io.ReadAll(conn)
			head, body, _ := strings.Cut(string(answer), "\r\n\r\n")
			if err != nil || !strings.HasPrefix(head, "HTTP/1.1 200 ") {
				t.Errorf("%v: %.200s", err, head)
				return
			}
			if d := imagetest.Difference(imagetest.Decode(t, []byte(body)), imagetest.Quarters(20, 15)); d > 16 {
				t.Errorf("the picture differs by %.1f", d)
			}
		})
	}
	sent.Wait()
	close(all)
	answered.Wait()
	if asked.Load() != 1 || g.pool.Done() != 1 || g.pool.Lost() != 0 {
		t.Errorf("the picture was fetched %d times and decoded %d times, and %d workers were lost", asked.Load(), g.pool.Done(), g.pool.Lost())
	}
}

// badFiles are what an app's origin may have instead of pictures.
func badFiles(t testing.TB) map[string][]byte {
	noise := imagetest.PNG(t, imagetest.Noise(60, 40, 1))
	files := imagetest.SVGs(t)
	files["nothing"] = nil
	files["cut off"] = noise[:len(noise)/2]
	files["too large"] = append([]byte("\xff\xd8\xff"), make([]byte, 26<<20)...)
	files["a bomb"] = imagetest.PNG(t, imagetest.Paint(7200, 7200, func(int, int) color.NRGBA { return imagetest.Red() }))
	files["a page"] = []byte("<!doctype html>no picture")
	return files
}

// What is no picture is answered with 415 and a reason, whatever its name and type say.
func TestBadPictures(t *testing.T) {
	files := badFiles(t)
	names := map[string]string{}
	for name := range files {
		names[fmt.Sprintf("/img/%d.png", len(names))] = name
	}
	g := openGallery(t, pictureRoutes("shop.test", origin(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "image/png")
		_, _ = w.Write(files[names[r.URL.Path]])
	})))
	for path, name := range names {
		url := strings.Replace(path, "/img/", "/img/w=20/", 1)
		got := get(t, g.at, url, "Host", "shop.test")
		line := g.access("http://shop.test" + url)
		isSVG := imagetest.SVGs(t)[name] != nil
		if got.status != 415 || line.Outcome != hedge.OutcomeImageRefused || line.Err == nil || isSVG != strings.Contains(fmt.Sprint(line.Err), "SVG") {
			t.Errorf("%s: %d, %s, %v", name, got.status, line.Outcome, line.Err)
		}
	}
	if g.pool.Lost() != 0 {
		t.Errorf("%d workers were lost", g.pool.Lost())
	}
}
