package cli

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"hedge/image/imagetest"
	"hedge/node"
)

// nodeFile writes a node's configuration beside a folder with each of the apps.
func nodeFile(t *testing.T, text string, apps ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, app := range apps {
		write(t, filepath.Join(dir, app, "hedge.toml"), "name = \""+app+"\"\nmain = \"main.js\"\nhosts = [\""+app+".example.com\"]\n")
		write(t, filepath.Join(dir, app, "main.js"), answers("the "+app))
	}
	path := filepath.Join(dir, "node.toml")
	write(t, path, text)
	return path
}

func TestServeNodeConfig(t *testing.T) {
	path := nodeFile(t, `
listen = "127.0.0.1:0"
json = true
admin = "none"

[[app]]
path = "blog"
cordon = "together"

[[app]]
path = "shop"
cordon = "together"
`, "blog", "shop")
	p := start(t, "serve", "--config", path)
	p.await(`\{"event":"serving".*"apps":\["blog","shop"\]`)
	for _, app := range []string{"blog", "shop"} {
		if status, body := getFrom(t, p.url(), app+".example.com"); status != 200 || body != "the "+app {
			t.Errorf("%s: %d %q", app, status, body)
		}
	}
}

// What stands on the command line counts, be it options or apps.
func TestServeNodeConfigOverridden(t *testing.T) {
	path := nodeFile(t, "listen = \"192.0.2.1:1\"\nisolation = \"none\"\n[[app]]\npath = \"missing\"\n", "shop")
	p := start(t, "serve", filepath.Join(filepath.Dir(path), "shop"), "--config", path, "--listen", "127.0.0.1:0")
	p.await("app +shop for shop.example.com")
	if status, body := getFrom(t, p.url(), "shop.example.com"); status != 200 || body != "the shop" {
		t.Errorf("%d %q", status, body)
	}
}

// SIGHUP takes apps of the file that have come, and refuses a file that is broken.
func TestServeNodeConfigReloads(t *testing.T) {
	const first = "listen = \"127.0.0.1:0\"\nadmin = \"none\"\n[[app]]\npath = \"blog\"\n"
	path := nodeFile(t, first, "blog", "shop")
	p := start(t, "serve", "--config", path)
	url := p.url()
	write(t, path, first+"lisen = 1\n")
	p.control <- syscall.SIGHUP
	p.await(`unknown key "lisen" in \[\[app\]\](?s:.*)what was served before is still served`)
	write(t, path, first+"[[app]]\npath = \"shop\"\n")
	p.control <- syscall.SIGHUP
	p.await("reloaded in .*: shop")
	for _, app := range []string{"blog", "shop"} {
		if status, body := getFrom(t, url, app+".example.com"); status != 200 || body != "the "+app {
			t.Errorf("%s: %d %q", app, status, body)
		}
	}
}

// SIGHUP says which options it has not taken up, as long as there are any.
func TestReloadOfOptions(t *testing.T) {
	const rest = "listen = \"127.0.0.1:0\"\nadmin = \"none\"\n[[app]]\npath = \"shop\"\n"
	path := nodeFile(t, "max_fields = \"50\"\nmax_head = \"8KiB\"\n"+rest, "shop")
	p := start(t, "serve", "--config", path, "--max-target", "4KiB")
	p.url()
	write(t, path, "max_fields = \"60\"\ntrusted_proxy = [\"10.0.0.0/8\"]\nmax_target = \"2KiB\"\n"+rest)
	p.control <- syscall.SIGHUP
	p.await(`reloaded in .*: no app has changed\n.*waiting for SIGUSR2: max_fields, max_head, trusted_proxy\n`)
	write(t, path, "max_fields = \"50\"\nmax_head = \"8KiB\"\n"+rest)
	p.control <- syscall.SIGHUP
	p.await(`reloaded in .*: no app has changed\n`)
	if code := p.interrupt(); code != exitOK || strings.Count(p.stdout.String(), "waiting for") != 1 {
		t.Errorf("exit code %d, %s", code, p.stdout)
	}
}

// An app that is served stays in its cordon, and whoever says otherwise is told so. One that
// comes gets the one that the file has for it.
func TestReloadOfCordons(t *testing.T) {
	const first = "listen = \"127.0.0.1:0\"\nadmin = \"none\"\n[[app]]\npath = \"blog\"\n"
	path := nodeFile(t, first, "blog", "shop")
	p := start(t, "serve", "--config", path)
	p.url()
	write(t, path, first+"cordon = \"team\"\n")
	p.control <- syscall.SIGHUP
	p.await(`the app blog is to move from the cordon blog to team, which takes effect with SIGUSR2(?s:.*)what was served before is still served`)
	write(t, path, first+"[[app]]\npath = \"shop\"\ncordon = \"team\"\n")
	p.control <- syscall.SIGHUP
	p.await("reloaded in .*: shop")

	_, groups := cordonsOf(isolationCordon, map[string]string{"blog": "team"})
	served := []node.AppStatus{{Name: "blog"}}
	must(t, groups.adopt(map[string]string{"blog": "team", "shop": "team"}, served))
	for app, want := range map[string]string{"blog": "team", "shop": "team", "wiki": "wiki"} {
		if got := groups.of(app); got != want {
			t.Errorf("%s lives in %s, want %s", app, got, want)
		}
	}
	if err := groups.adopt(nil, served); err == nil || groups.of("shop") != "team" {
		t.Errorf("an app that is served is moved: %v", err)
	}
	_, groups = cordonsOf(isolationNone, nil)
	must(t, groups.adopt(nil, served))
	if err := groups.adopt(map[string]string{"shop": "team"}, served); err == nil {
		t.Error("a cordon is taken where there are none")
	}
}

// What a server would refuse to begin with, the doctor says beforehand.
func TestServeNodeConfigFails(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"key", "lisen = \":80\"\n", "node.toml:1:1: unknown key \"lisen\""},
		{"choice", "isolation = \"some\"\n", "isolation needs cordon or none, not \"some\""},
		{"network", "allow_egress = [\"ten\"]\n", "allow_egress needs a network such as 10.1.0.0/16, not \"ten\""},
		{"no app", "listen = \":80\"\n", "there is no app to serve"},
		{"app that is wrong", "[[app]]\npath = \"shop\"\n[[app]]\npath = \"wrong\"\n", "DIR/wrong/hedge.toml:1:1: unknown key \"nmae\""},
		{"app that throws", "[[app]]\npath = \"throws\"\n", "throws: the app failed to load: Error: too early"},
		{"key that is not set", "[[app]]\npath = \"pictures\"\n", "image_key: the variable PICTURES of the environment is not set"},
		{"no such app", "[[app]]\npath = \"nowhere\"\n", "nowhere: no such file or directory"},
		{"one of the command line", "cordon = [\"a=b\"]\n", "unknown key \"cordon\""},
		{"TLS without a key", "tls_cert = [\"cert.pem\"]\n[[app]]\npath = \"shop\"\n", "each --tls-cert needs its --tls-key"},
		{"certificate", "tls_cert = [\"cert.pem\"]\ntls_key = [\"key.pem\"]\n[[app]]\npath = \"shop\"\n", "DIR/cert.pem"},
		{"cordon without isolation", "isolation = \"none\"\n[[app]]\npath = \"shop\"\ncordon = \"a\"\n", "--cordon makes no sense with --isolation none"},
		{"address", "listen = \"everywhere\"\n[[app]]\npath = \"shop\"\n", "node.toml:1:10: listen needs HOST:PORT or a port from 0 to 65535, not \"everywhere\""},
		{"metrics for everybody", "admin_listen = \"0.0.0.0:0\"\n[[app]]\npath = \"shop\"\n", "can be reached by others"},
		{"cache on the disk alone", "cache_memory = \"none\"\ncache_dir = \"cache\"\n[[app]]\npath = \"shop\"\n", "--cache-dir needs memory too"},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := nodeFile(t, test.text, "shop")
			for name, text := range map[string]string{
				"wrong/hedge.toml":    "nmae = \"wrong\"\n",
				"throws/hedge.toml":   "name = \"throws\"\nmain = \"main.js\"\n",
				"throws/main.js":      "throw new Error(\"too early\");\n",
				"pictures/hedge.toml": "name = \"pictures\"\n[[route]]\nmatch = \"/img/*\"\nto = \"dir:img\"\nimage = true\nimage_key = \"PICTURES\"\n",
				"pictures/img/a.txt":  "",
			} {
				write(t, filepath.Join(filepath.Dir(path), name), text)
			}
			code, _, stderr := run(t, "serve", "--config", path)
			stderr = strings.ReplaceAll(stderr, filepath.Dir(path), "DIR")
			if code == 0 || !strings.Contains(stderr, test.want) {
				t.Errorf("exit code %d, %q; want %q", code, stderr, test.want)
			}
			code, stdout, _ := run(t, "doctor", "--config", path)
			stdout = strings.ReplaceAll(stdout, filepath.Dir(path), "DIR")
			if code != 1 || !strings.Contains(stdout, test.want) {
				t.Errorf("the doctor: exit code %d, %s; want 1 and %q", code, stdout, test.want)
			}
		})
	}
	code, _, stderr := run(t, "serve", "--config", "nowhere.toml")
	if code != 1 || !strings.Contains(stderr, "nowhere.toml: no such file or directory") {
		t.Errorf("exit code %d, %q", code, stderr)
	}
}

// The processes that change pictures are confined as those of apps are, and what holds them
// is told as well.
func TestDoctorTellsOfImages(t *testing.T) {
	library := imagetest.Library(t)
	p := startIn(t, func(name string) string {
		if name == libraryVariable {
			return library
		}
		return ""
	}, "doctor")
	p.wait()
	for _, want := range []string{"pictures are changed with " + library, "confinement    of apps: ", "confinement    of images: "} {
		if !strings.Contains(p.stdout.String(), want) {
			t.Errorf("the report lacks %q:\n%s%s", want, p.stdout, p.stderr)
		}
	}
}

func TestDoctor(t *testing.T) {
	code, stdout, stderr := run(t, "doctor", "--config", nodeFile(t, "[[app]]\npath = \"shop\"\n", "shop"))
	for _, want := range []string{"ok       apps           an app starts in a cordon", "seccomp filter", "configuration", "shop for shop.example.com", "HEDGE_KEY is not set"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("the report lacks %q:\n%s%s", want, stdout, stderr)
		}
	}
	if code != 0 {
		t.Errorf("the exit code is %d, want 0", code)
	}
	code, stdout, _ = run(t, "doctor", "--json", "--config", nodeFile(t, "[[app]]\npath = \"nowhere\"\n"))
	if code != 1 || !strings.Contains(stdout, `"state":"failure"`) || !strings.Contains(stdout, "nowhere: no such file or directory") {
		t.Errorf("exit code %d, %s; want 1 and what is missing", code, stdout)
	}
	p := startIn(t, func(name string) string { return map[string]string{cacheKeyVariable: "short"}[name] }, "doctor")
	if code := p.wait(); code != 1 || !strings.Contains(p.stdout.String(), cacheKeyVariable+" has 5 characters") {
		t.Errorf("exit code %d, %s; want 1 and what is wrong with the key of the cache", code, p.stdout)
	}
}
