package tests

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// exampleAt copies an example whose hedge.toml gets other addresses or times.
func exampleAt(t *testing.T, name string, replacements ...string) string {
	t.Helper()
	dir := t.TempDir()
	must(t, os.CopyFS(dir, os.DirFS("../examples/"+name)))
	toml, err := os.ReadFile(dir + "/hedge.toml")
	must(t, err)
	for i := 0; i < len(replacements); i += 2 {
		if !strings.Contains(string(toml), replacements[i]) {
			t.Fatalf("hedge.toml of %s does not have %s", name, replacements[i])
		}
	}
	writeFile(t, dir+"/hedge.toml", strings.NewReplacer(replacements...).Replace(string(toml)))
	return dir
}

// named is an origin that answers with its name, or with 500 while it is broken.
func named(t *testing.T, name string) (url string, broken *atomic.Bool) {
	t.Helper()
	broken = &atomic.Bool{}
	return origin(t, func(w http.ResponseWriter, _ *http.Request) {
		if broken.Load() {
			w.WriteHeader(http.StatusInternalServerError)
		}
		_, _ = io.WriteString(w, name)
	}), broken
}

// splitSides asks a running server, by the command, what the sides of its split get.
func splitSides(t *testing.T, socket string, args ...string) (shares map[string]float64, state string) {
	t.Helper()
	code, output := run(t, append(append([]string{"split"}, args...), "--json", "--admin", socket)...)
	var splits []struct {
		Sides []struct {
			Upstream string
			Share    float64
		}
		Ramp struct{ State string }
	}
	if err := json.Unmarshal([]byte(output), &splits); err != nil || code != 0 || len(splits) != 1 {
		t.Fatalf("hedge split %v: %d %s", args, code, output)
	}
	shares = map[string]float64{}
	for _, side := range splits[0].Sides {
		shares[side.Upstream] = side.Share
	}
	return shares, splits[0].Ramp.State
}

func migrate(t *testing.T) {
	oldSite, _ := named(t, "the old site")
	newSite, broken := named(t, "the new site")
	socket := filepath.Join(t.TempDir(), "s")
	p := dev(t, exampleAt(t, "migrate", "http://127.0.0.1:9101", oldSite, "http://127.0.0.1:9102", newSite, `"10m"`, `"200ms"`, " or p99 > 2x", ""),
		"--admin", socket, "--json")
	at := p.addr()
	client := newClient(t)
	visit := func() {
		for range 200 {
			res, err := try(client, at, "GET", "/", "")
			must(t, err)
			_, err = io.Copy(io.Discard, res.Body)
			must(t, err)
			_ = res.Body.Close()
		}
	}
	until := func(reason string) {
		t.Helper()
		for range 100 {
			if strings.Contains(p.out.String(), fmt.Sprintf(`"reason":%q`, reason)) {
				return
			}
			visit()
		}
		t.Fatalf("the ramp has not %s: %s", reason, p.out)
	}
	get(t, at, "/", "X-Preview", "1").want(t, 200, "the new site")
	until("completed")
	if shares, state := splitSides(t, socket, "show"); shares["new"] != 1 || state != "completed" {
		t.Errorf("the sides get %v, the ramp is %s", shares, state)
	}
	get(t, at, "/").want(t, 200, "the new site")

	if shares, _ := splitSides(t, socket, "set", "home", "old=3", "new=1"); shares["new"] != 0.25 {
		t.Errorf("the sides get %v", shares)
	}
	broken.Store(true)
	if shares, state := splitSides(t, socket, "ramp", "home"); shares["new"] != 0.25 || state != "running" {
		t.Errorf("the sides get %v, the ramp is %s", shares, state)
	}
	until("aborted")
	p.await(`"reason":"aborted","detail":"error_rate \\u003e 1%: 100%, of `) // JSON writes > so
	if shares, state := splitSides(t, socket, "show"); shares["old"] != 1 || state != "aborted" {
		t.Errorf("the sides get %v, the ramp is %s", shares, state)
	}
	get(t, at, "/").want(t, 200, "the old site")
	if code, output := run(t, "split", "abort", "home", "--admin", socket); code != 1 || !strings.Contains(output, "no ramp") {
		t.Errorf("aborting twice: %d %s", code, output)
	}
}

func loadBalancer(t *testing.T) {
	one, _ := named(t, "one")
	two, broken := named(t, "two")
	p := dev(t, exampleAt(t, "load-balancer", "http://127.0.0.1:9201", one, "http://127.0.0.1:9202", two, "http://127.0.0.1:9203", refuses(t), `"1s"`, `"100ms"`))
	at := p.addr()
	seen := map[string]bool{}
	for range 60 {
		page := get(t, at, "/")
		if seen[page.body] = true; page.status != 200 {
			t.Errorf("a visitor gets %d %q, although two origins are well", page.status, page.body)
		}
	}
	if len(seen) != 2 {
		t.Errorf("the answers come from %v", seen)
	}
	p.await(`unhealthy, origin-refused`)
	broken.Store(true)
	p.await(`unhealthy, status 500`)
	broken.Store(false)
	p.await(`healthy, ` + two)
}
