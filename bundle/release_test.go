package bundle

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"io"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hedge"
)

// sampleRelease has every field set.
func sampleRelease(t testing.TB) *hedge.Release {
	t.Helper()
	r := &hedge.Release{
		Name: "shop", Hosts: []string{"shop.example.com"}, Main: mainModule,
		Modules: []hedge.Module{
			{Name: mainModule, Kind: hedge.ModuleJS, Source: []byte("export default {};\n"), SourceMap: []byte(`{"version":3}`)},
			{Name: "../lib/add.wasm", Kind: hedge.ModuleWasm, Source: []byte("\x00asm\x01\x00\x00\x00")},
		},
		Vars: map[string]string{"A": "1", "B": "ü\u2028"},
		Routes: []hedge.Route{
			{Host: "shop.example.com", Path: "/a", Upstream: "a", StripPrefix: true},
			{
				Path: "/", Exact: true, Code: true, Methods: []string{"GET", "PUT"},
				Headers: []hedge.FieldMatch{{Name: "X-A", Pattern: "*"}}, Query: []hedge.FieldMatch{{Name: "b c", Pattern: "d*"}},
			},
			{
				Path: "/old", Redirect: &hedge.Redirect{To: "/new/{rest}", Status: 308},
				RequestHeaders: hedge.HeaderChanges{Remove: []string{"X-C"}, Set: []hedge.Field{{Name: "X-D", Value: "1"}}, Add: []hedge.Field{{Name: "X-E", Value: "2"}}},
			},
			{
				Path: "/ok", Exact: true, Answer: &hedge.Answer{Status: 418, Body: "fine"},
				ResponseHeaders: hedge.HeaderChanges{Set: []hedge.Field{{Name: "X-F", Value: ""}}},
			},
			{Path: "/api", Upstream: "a", Rewrite: "/v2", RateLimit: "slow", CacheKey: &hedge.CacheKey{KeepQuery: []string{}, Device: true}},
			{Path: "/", Static: &hedge.Static{Folder: "public", Fallback: "index.html", NotFound: "404.html", Dotfiles: true}},
		},
		Folders:    map[string]hedge.Folder{"public": {Files: []hedge.File{served("index.html", "home"), served("css/a.css", "a {}")}}},
		Eval:       true,
		Cache:      hedge.Cache{Front: true, Key: hedge.CacheKey{IgnoreQuery: []string{"utm_*"}, SortQuery: true, Headers: []string{"X"}, Cookies: []string{"c"}}},
		RateLimits: map[string]hedge.RateLimit{"slow": {Key: "client", Rate: 10, Per: time.Minute, Burst: 20, MaxKeys: 1000}},
		Upstreams:  map[string]hedge.Upstream{"a": {Targets: []string{"https://a.example.com"}, Host: hedge.HostClient, TLS: hedge.OriginTLS{Certificate: "a.pem", Key: "a.key", CA: "ca.pem", ServerName: "b.example.com", MinVersion: "1.3"}}},
		Egress:     hedge.Egress{Networks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, Hosts: []string{"a.example:1"}},
		Limits: hedge.Limits{
			CPU: time.Millisecond, StartupCPU: 2 * time.Millisecond, Memory: 8 << 20, Wall: 3 * time.Millisecond, WaitUntil: 4 * time.Millisecond,
			Subrequests: 5, OpenSubrequests: 6, ResponseBytes: 7, MaxBody: 8, WebSocketMessage: 1 << 10,
		},
	}
	return withID(t, r)
}

// served is a file of a folder.
func served(path, text string) hedge.File {
	return hedge.File{
		Path: path, Size: int64(len(text)), SHA256: sha256.Sum256([]byte(text)),
		Modified: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Content: strings.NewReader(text),
	}
}

// sameContent compares what files have.
func sameContent(a, b io.ReaderAt) bool {
	var text [2][]byte
	for i, r := range []io.ReaderAt{a, b} {
		text[i], _ = io.ReadAll(io.NewSectionReader(r, 0, 1<<20))
	}
	return bytes.Equal(text[0], text[1])
}

func withID(t testing.TB, r *hedge.Release) *hedge.Release {
	t.Helper()
	id, err := identify(r)
	if err != nil {
		t.Fatal(err)
	}
	r.ID = id
	return r
}

func write(t testing.TB, r *hedge.Release) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteRelease(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(data []byte) (*hedge.Release, error) {
	return ReadRelease(bytes.NewReader(data), int64(len(data)))
}

func TestReleaseRoundTrip(t *testing.T) {
	built := build(t, writeApp(t, appOfKinds(t)))
	built.Dir = "" // not part of a release file
	tests := map[string]*hedge.Release{
		"every field": sampleRelease(t),
		"a build":     built,
		"routes alone": withID(t, &hedge.Release{
			Name: "r", Routes: []hedge.Route{{Path: "/", Upstream: "a"}},
			Upstreams: map[string]hedge.Upstream{"a": {Targets: []string{"http://127.0.0.1:1"}, Host: hedge.HostOrigin}},
		}),
	}
	for name, want := range tests {
		t.Run(name, func(t *testing.T) {
			data := write(t, want)
			got, err := read(data)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, cmp.Comparer(samePrefix), cmp.Comparer(sameContent)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if !bytes.Equal(data, write(t, got)) {
				t.Error("the file is not the same when written again")
			}
		})
	}
}

// repack writes the files of a release file again, changed. An empty content
// leaves the file out.
func repack(t *testing.T, data []byte, change func(name, content string) string) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		changed := change(f.Name, string(content))
		switch {
		case changed != "" && f.Method == zip.Store:
			addStored(t, w, f.Name, changed)
		case changed != "":
			addFile(t, w, f.Name, changed)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func addFile(t *testing.T, w *zip.Writer, name, content string) {
	t.Helper()
	f, err := w.Create(name)
	if err == nil {
		_, err = io.WriteString(f, content)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func addStored(t *testing.T, w *zip.Writer, name, content string) {
	t.Helper()
	f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
	if err == nil {
		_, err = io.WriteString(f, content)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// inManifest replaces text in release.json.
func inManifest(t *testing.T, data []byte, from, to string) []byte {
	return repack(t, data, func(name, content string) string {
		if name != manifestName {
			return content
		}
		if !strings.Contains(content, from) {
			t.Fatalf("no %q in %s", from, content)
		}
		return strings.ReplaceAll(content, from, to)
	})
}

// signed replaces text in release.json and makes the ID fit again.
func signed(t *testing.T, data []byte, from, to string) []byte {
	return repack(t, inManifest(t, data, from, to), func(name, content string) string {
		if name != manifestName {
			return content
		}
		var m manifest
		if err := json.Unmarshal([]byte(content), &m); err != nil {
			t.Fatal(err)
		}
		id, err := m.identify()
		if err != nil {
			t.Fatal(err)
		}
		m.ID = id
		out, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	})
}

func TestReadReleaseRefuses(t *testing.T) {
	good := write(t, sampleRelease(t))
	only := func(name, to string) []byte {
		return repack(t, good, func(n, content string) string {
			if n == name {
				return to
			}
			return content
		})
	}
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"empty", nil, "too short"},
		{"no zip", bytes.Repeat([]byte("x"), 100), "not a release, or cut off"},
		{"cut off", good[:len(good)-10], "not a release, or cut off"},
		{"something in front", append([]byte("#!/bin/sh\n"), good...), "not where it should be"},
		{"something behind", append(bytes.Clone(good), 'x'), "not a release, or cut off"},
		{"no manifest", only(manifestName, ""), "no release.json"},
		{"malformed manifest", only(manifestName, "{"), "unexpected end"},
		{"another version", inManifest(t, good, `"version": 2`, `"version": 1`), "format 1, and this version of hedge reads format 2"},
		{"unknown field", inManifest(t, good, `"version": 2`, `"version": 2, "x": 1`), `unknown field "x"`},
		{"changed configuration", inManifest(t, good, "shop", "evil"), "ID does not match"},
		{"changed ID", inManifest(t, good, sampleRelease(t).ID, strings.Repeat("0", 64)), "ID does not match"},
		{"missing module", only("modules/1.wasm", ""), `no "modules/1.wasm"`},
		{"changed module", only("modules/1.wasm", "\x00asm\x02\x00\x00\x00"), "its hash"},
		{"short module", only("modules/1.wasm", "x"), "its hash"},
		{"changed source map", only("modules/0.js.map", `{"version":4}`), "its hash"},
		{"long module", only("modules/1.wasm", strings.Repeat("x", 1<<20)), "unpacks to more than 8B"},
		{"long manifest", only(manifestName, strings.Repeat(" ", maxManifestBytes+1)), "unpacks to more than"},
		{"too much code", signed(t, good, `"bytes": 8`, `"bytes": 10485760`), "too large"},
		{"overflowing sizes", signed(t, good, `"bytes": 8`, `"bytes": 9223372036854775807`), "too large"},
		{"negative size", signed(t, good, `"bytes": 8`, `"bytes": -8`), "negative size"},
		{"one file for two modules", signed(t, good, "modules/1.wasm", "modules/0.js"), `no "modules/0.js"`},
		{"bad name", signed(t, good, `"name": "shop"`, `"name": "a/b"`), "not a name for an app"},
		{"bad host", signed(t, good, "shop.example.com", "SHOP"), "not a host name"},
		{"bad variable", signed(t, good, `"A": "1"`, `"A B": "1"`), "not a name for a variable"},
		{"bad path", signed(t, good, `"path": "/a"`, `"path": "a"`), "not a path"},
		{"bad method", signed(t, good, `"PUT"`, `"put"`), "not a method"},
		{"method twice", signed(t, good, `"PUT"`, `"GET"`), "method GET twice"},
		{"target twice", signed(t, good, `"https://a.example.com"`, `"https://a.example.com", "https://a.example.com"`), `upstream "a" has the target "https://a.example.com" twice`},
		{"bad field", signed(t, good, `"X-A"`, `"X A"`), "not a name for a field"},
		{"field that has gone", signed(t, good, `"X-A"`, `"Connection"`), "no route can match by the field Connection"},
		{"bad parameter", signed(t, good, `"b c"`, `""`), "not a name for a parameter"},
		{"bad wildcard", signed(t, good, `"host": "shop.example.com"`, `"host": "*"`), "not a host name"},
		{"bad redirect", signed(t, good, `/new/{rest}`, `/new/{r}`), "makes no sense"},
		{"bad redirect's host", signed(t, good, `/new/{rest}`, `https://a:b/`), "makes no sense"},
		{"bad redirect's status", signed(t, good, `"status": 308`, `"status": 200`), "makes no sense"},
		{"bad answer", signed(t, good, `"status": 418`, `"status": 100`), "which is none"},
		{"answer without a body", signed(t, good, `"status": 418`, `"status": 204`), "has no body"},
		{"owned field", signed(t, good, `"X-E"`, `"X-Forwarded-For"`), "cannot be changed"},
		{"field that is two", signed(t, good, `"value": "2"`, `"value": "2\r\nX: 3"`), "not a value of a field"},
		{"bad rewrite", signed(t, good, `"/v2"`, `"v2"`), "not a path"},
		{"rewrite for nobody", signed(t, good, `"answer"`, `"rewrite": "/x", "answer"`), "for nobody"},
		{"bad limit", signed(t, good, `"burst": 20`, `"burst": 0`), "makes no sense"},
		{"bad limit's key", signed(t, good, `"key": "client"`, `"key": "klient"`), "nothing to count by"},
		{"limit that is not there", signed(t, good, `"rate_limit": "slow"`, `"rate_limit": "sloth"`), "which there is not"},
		{"missing file", only("files/1", ""), `no "files/1"`},
		{"changed file", only("files/0", "hose"), "its hash"},
		{"long file", only("files/0", "homes"), "its size"},
		{"file twice", signed(t, good, `"css/a.css"`, `"index.html"`), `"index.html" twice`},
		{"file outside", signed(t, good, `"css/a.css"`, `"../a.css"`), "not the path of a file"},
		{"folder outside", signed(t, good, `"public"`, `"../public"`), "not a folder"},
		{"folder of the app", signed(t, good, `"public"`, `"."`), "own folder"},
		{"folder that is not there", signed(t, good, `"folder": "public"`, `"folder": "publik"`), "goes nowhere"},
		{"large file", signed(t, good, `"bytes": 4`, `"bytes": 1073741825`), "too large"},
		{"page outside", signed(t, good, `"404.html"`, `"/404.html"`), "not the path of a file"},
		{"bad target", signed(t, good, "https://a.example.com", "file:///etc/passwd"), "not the URL of an origin"},
		{"bad host policy", signed(t, good, `"host": "client"`, `"host": "x"`), "unknown host policy"},
		{"route to nowhere", signed(t, good, `"upstream": "a"`, `"upstream": "b"`), "goes nowhere"},
		{"route to two", signed(t, good, `"upstream": "a"`, `"upstream": "a", "code": true`), "goes nowhere"},
		{"negative limit", signed(t, good, `"cpu": 1000000`, `"cpu": -1`), "cpu in [limits] is -1ns; it is from 1ms to 5m"},
		{"unknown kind", signed(t, good, `"kind": "wasm"`, `"kind": "elf"`), "unknown kind"},
		{"module twice", signed(t, good, "../lib/add.wasm", "main.js"), `"main.js" twice`},
		{"no main", signed(t, good, `"main": "main.js"`, `"main": "other.js"`), "not its main"},
		{"code without main", signed(t, good, `"main": "main.js",`, ``), "goes nowhere"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r, err := read(test.data)
			if err == nil || r != nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}

func TestReadReleaseRefusesArchives(t *testing.T) {
	good := write(t, sampleRelease(t))
	archive := func(fill func(w *zip.Writer)) []byte {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		fill(w)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	manifestOf := func(data []byte) (content string) {
		repack(t, data, func(name, c string) string {
			if name == manifestName {
				content = c
			}
			return c
		})
		return content
	}
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"a file twice", archive(func(w *zip.Writer) {
			addFile(t, w, manifestName, "{}")
			addFile(t, w, manifestName, "{}")
		}), "twice"},
		{"a file that is not named", archive(func(w *zip.Writer) {
			routes := withID(t, &hedge.Release{Name: "r"})
			addFile(t, w, manifestName, manifestOf(write(t, routes)))
			addFile(t, w, "../../etc/passwd", "x")
		}), "does not name"},
		{"many files", archive(func(w *zip.Writer) {
			for i := range 40 {
				addFile(t, w, strings.Repeat("x", 60_000)+strconv.Itoa(i), "")
			}
		}), "too many files"},
		{"many routes", archive(func(w *zip.Writer) {
			addFile(t, w, manifestName, `{"version": 2, "routes": [{}`+strings.Repeat(",{}", 2<<20)+`]}`)
		}), "the configuration is too large"},
		{"many hosts", archive(func(w *zip.Writer) {
			addFile(t, w, manifestName, `{"version": 2, "hosts": ["a"`+strings.Repeat(`,"a"`, 1<<20)+`]}`)
		}), "the configuration is too large"},
		{"an archive of Zip64", zip64(t), "too many files"},
		{"a comment", archive(func(w *zip.Writer) {
			addFile(t, w, manifestName, manifestOf(good))
			if err := w.SetComment("hello"); err != nil {
				t.Fatal(err)
			}
		}), "not a release, or cut off"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := read(test.data); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}

// zip64 is an archive of more files than an end record can count, whose end record says
// that the directory is small.
func zip64(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := range 1 << 16 {
		addStored(t, w, strconv.Itoa(i), "")
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	data := b.Bytes()
	end := data[len(data)-22:]
	binary.LittleEndian.PutUint32(end[12:], 0)
	binary.LittleEndian.PutUint32(end[16:], uint32(len(data)-22))
	return data
}

// What stands in texts does not count: an answer may be JSON.
func TestTextsAreNotCounted(t *testing.T) {
	r := sampleRelease(t)
	r.Vars["A"] = `\"` + strings.Repeat("{[,", maxValues)
	r = withID(t, r)
	if got, err := read(write(t, r)); err != nil || got.Vars["A"] != r.Vars["A"] {
		t.Errorf("error %v", err)
	}
}

func FuzzReadRelease(f *testing.F) {
	good := write(f, sampleRelease(f))
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\x00", 18)))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := read(data)
		if err != nil {
			return
		}
		again, err := read(write(t, r))
		if err != nil {
			t.Fatalf("a release that was read cannot be read again: %v", err)
		}
		if diff := cmp.Diff(r, again, cmp.Comparer(samePrefix), cmp.Comparer(sameContent)); diff != "" {
			t.Error(diff)
		}
	})
}

// FuzzManifest reads archives that are whole, with manifests that are anything.
func FuzzManifest(f *testing.F) {
	sample := sampleRelease(f)
	m, files, served := describe(sample)
	data, err := json.Marshal(m)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		var m manifest
		if json.Unmarshal(data, &m) != nil {
			return
		}
		id, err := m.identify()
		if err != nil {
			return
		}
		m.ID = id
		if data, err = json.Marshal(m); err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		addFile(t, w, manifestName, string(data))
		for _, file := range files {
			addFile(t, w, file.File, string(file.content))
		}
		for _, file := range served {
			if err := writeServed(w, file); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		r, err := read(b.Bytes())
		if err != nil {
			return
		}
		if again, err := read(write(t, r)); err != nil || again.ID != r.ID {
			t.Errorf("a release that was read cannot be read again: %v", err)
		}
	})
}

func FuzzParseConfig(f *testing.F) {
	f.Add("name = \"shop\"\nmain = \"index.ts\"\n[[route]]\nmatch = \"/*\"\nto = \"upstream:a\"\n[upstream.a]\ntargets = [\"https://a\"]\n")
	f.Add("route = [{match = 1}, 2]\nupstream.a.b.c = []\n[limits]\ncpu = 'x'\n[[vars]]\n[vars.x]\n")
	f.Add("a = \"\"\"\n\U0001F600")
	f.Fuzz(func(t *testing.T, source string) {
		config, err := ParseConfig([]byte(source))
		if err != nil {
			_ = err.Error()
			return
		}
		r, _, err := assemble(config, config.Folders, nil, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if config.Main == "" {
			if err := validate(r); err != nil {
				t.Errorf("hedge.toml may say what a release may not: %v", err)
			}
		}
	})
}

func TestKeysAreDocumented(t *testing.T) {
	for _, k := range Keys() {
		if k.Section == "vars" {
			continue // any name
		}
		if !strings.HasSuffix(k.Doc, ".") || k.Type == "" {
			t.Errorf("%s.%s has no type, or its documentation is no sentence: %q", k.Section, k.Name, k.Doc)
		}
	}
	d := hedge.DefaultLimits()
	defaults := map[string]string{
		"cpu": d.CPU.String(), "startup_cpu": d.StartupCPU.String(), "wall": d.Wall.String(),
		"wait_until": d.WaitUntil.String(), "memory": formatSize(d.Memory),
	}
	for _, k := range Keys() {
		want, ok := defaults[k.Name]
		if ok && k.Section == "limits" && k.Default != `"`+want+`"` {
			t.Errorf("the default of %s is documented as %s, and is %s", k.Name, k.Default, want)
		}
	}
	if formatDuration(30*time.Second) != "30s" || formatDuration(time.Hour) != "1h" {
		t.Error("durations are not written as hedge.toml would")
	}
}

func TestWriteReleaseRefusesWhatCannotBeRead(t *testing.T) {
	r := sampleRelease(t)
	for range maxModules {
		r.Modules = append(r.Modules, hedge.Module{Name: "x", Kind: hedge.ModuleWasm})
	}
	if err := WriteRelease(io.Discard, r); err == nil || !strings.Contains(err.Error(), "at most 1024") {
		t.Errorf("error %v", err)
	}
	r = sampleRelease(t)
	r.Routes = make([]hedge.Route, maxObjects)
	if err := WriteRelease(io.Discard, r); err == nil || !strings.Contains(err.Error(), "the configuration is too large") {
		t.Errorf("error %v", err)
	}
}

func samePrefix(a, b netip.Prefix) bool { return a == b }
