package cli

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// unixClient asks over a socket.
func unixClient(path string) *http.Client {
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}}}
}

func TestAdminListener(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "admin.sock")
	p := start(t, "serve", appFor(t, "shop", "hello"), "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--admin", socket, "--drain-delay", "1h")
	url := p.url()
	admin := "http://127.0.0.1:" + p.await(`admin http://localhost:(\d+)/metrics`)
	until(t, func() bool { status, _ := get(t, admin+"/readyz"); return status == 200 })
	wantGet(t, url, 200, "hello")
	p.await(`200 +GET`)
	wantGet(t, admin+"/healthz", 200, "alive\n")
	wantGet(t, admin+"/readyz", 200, "ready\n")
	for what, asked := range map[string]func() (int, string){
		"TCP": func() (int, string) { return get(t, admin+"/metrics") },
		"the socket": func() (int, string) {
			res, err := unixClient(socket).Get("http://localhost/metrics")
			must(t, err)
			defer res.Body.Close()
			body, err := io.ReadAll(res.Body)
			must(t, err)
			return res.StatusCode, string(body)
		},
	} {
		status, text := asked()
		for _, want := range []string{"hedge_ready 1\n", `hedge_requests_total{app="shop",route="/*",code="2xx"} 1`, "process_resident_memory_bytes ", "hedge_isolates 1\n", "hedge_build_info{version="} {
			if status != 200 || !strings.Contains(text, want) {
				t.Errorf("over %s: %d, and no %q in\n%s", what, status, want, text)
			}
		}
	}
	if status, _ := getFrom(t, admin+"/metrics", "rebound.example.com"); status != 403 {
		t.Errorf("a name that was turned against us gets %d", status)
	}
	if status, _ := get(t, admin+"/split"); status != 404 {
		t.Errorf("an unknown path gets %d", status)
	}
	if res, err := http.Post(admin+"/metrics", "", nil); err != nil || res.StatusCode != 405 || res.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST gets %v, %v", res, err)
	}

	p.signals <- os.Interrupt
	until(t, func() bool {
		status, body := get(t, admin+"/readyz")
		return status == 503 && strings.HasPrefix(body, "draining")
	})
	wantGet(t, url, 200, "hello") // as long as load balancers have not heard of it
	wantGet(t, admin+"/healthz", 200, "alive\n")
	if code := p.interrupt(); code != 0 {
		t.Errorf("the exit code is %d", code)
	}
}

// Who runs a server has to see why it refuses, so the admin listener has no part in the
// ceilings, over TCP and over the socket.
func TestAdminListenerUnderOverload(t *testing.T) {
	app := newApp(t, map[string]string{"hedge.toml": "name = \"shop\"\nmain = \"main.js\"\n", "main.js": `export default { fetch: (request) => new Response(request.body) };`})
	for ceiling, refused := range map[string]func(url string) bool{
		// One connection may be there, and has a request under way.
		"--max-connections": func(url string) bool {
			res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Get(url)
			if err == nil {
				_ = res.Body.Close()
			}
			return err != nil
		},
		// One byte of memory may be in use.
		"--max-memory": func(url string) bool {
			res, err := http.Get(url)
			if err != nil { // the connection was idle for a moment, and closed for that
				return false
			}
			_ = res.Body.Close()
			return res.StatusCode == 503
		},
	} {
		t.Run(ceiling, func(t *testing.T) {
			socket := filepath.Join(t.TempDir(), "admin.sock")
			p := start(t, "serve", app, "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--admin", socket, ceiling, map[string]string{"--max-connections": "1", "--max-memory": "1B"}[ceiling])
			url := p.url()
			admin := "http://127.0.0.1:" + p.await(`admin http://localhost:(\d+)/metrics`)
			if ceiling == "--max-connections" {
				busy, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
				must(t, err)
				defer busy.Close()
				_, err = io.WriteString(busy, "POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 100\r\n\r\nx")
				must(t, err)
				_, err = io.ReadFull(busy, make([]byte, 1)) // the answer has begun
				must(t, err)
			}
			until(t, func() bool { return refused(url) })
			for range 100 { // more than the ceiling
				wantGet(t, admin+"/healthz", 200, "alive\n")
			}
			res, err := unixClient(socket).Get("http://localhost/metrics")
			must(t, err)
			defer res.Body.Close()
			text, err := io.ReadAll(res.Body)
			if want := `hedge_pressure{resource="` + strings.TrimPrefix(ceiling, "--max-") + `"} `; err != nil || res.StatusCode != 200 || !strings.Contains(string(text), want) {
				t.Errorf("%s (%v), and no %q in\n%s", res.Status, err, want, text)
			}
		})
	}
}

// until waits until something is so, for as long as the test may take.
func until(t *testing.T, so func() bool) {
	t.Helper()
	for !so() {
		if t.Context().Err() != nil {
			t.Fatal("it has not come about")
		}
	}
}

func TestAdminAddresses(t *testing.T) {
	for _, test := range []struct {
		address string
		public  bool
		fine    bool
	}{
		{"9090", false, true},
		{"127.0.0.1:9090", false, true},
		{"[::1]:9090", false, true},
		{"localhost:9090", false, true},
		{":9090", false, false},
		{"0.0.0.0:9090", false, false},
		{"192.0.2.1:9090", false, false},
		{"edge.example.com:9090", false, false},
		{"0.0.0.0:9090", true, true},
		{"127.0.0.1", false, false},
	} {
		if err := checkAdminAddress(test.address, test.public); (err == nil) != test.fine {
			t.Errorf("%s, public %v: %v", test.address, test.public, err)
		}
	}
}
