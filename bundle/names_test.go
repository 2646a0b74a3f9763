package bundle

import (
	"slices"
	"strings"
	"testing"
)

// What is said of a configuration is what the server would refuse.
func TestConfigRefusesWhatCannotBeServed(t *testing.T) {
	target := func(url string) string {
		return "name = \"a\"\n[[route]]\nmatch = \"/*\"\nto = \"upstream:a\"\n[upstream.a]\ntargets = [\"" + url + "\"]\n"
	}
	for source, want := range map[string]string{
		target("http://127.0.0.1/"):                                       "",
		target("http://[::1]:8080/a"):                                     "",
		target("http://A.example"):                                        "",
		target("http://127.1/"):                                           `"http://127.1/" is not the URL of an origin`,
		target("http://0x7f.1/"):                                          "is not the URL of an origin",
		target("http://[fe80::1%25a]/"):                                   "is not the URL of an origin",
		target("http://[::1]/a/../b"):                                     "not a path in its normal form",
		"name = \"a\"\nmain = \"a.js\"\nhosts = [\"A.b\", \"a.b\"]\n":     `"a.b" stands here twice`,
		"name = \"a\"\nmain = \"a.js\"\nhosts = [\"*.A.b\", \"*.a.b\"]\n": `"*.a.b" stands here twice`,
		"\uFEFFname = \"a\"\nmain = \"a.js\"\n":                           "",
		"\uFEFFnam = \"a\"\nmain = \"a.js\"\n":                            `hedge.toml:1:1: unknown key "nam"`,
	} {
		_, err := ParseConfig([]byte(source))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: error %v, want one with %q", source, err, want)
		}
	}
}

// The modules that there are include those that are bundled.
func TestHintToModules(t *testing.T) {
	library := map[string]string{"hedge:html": "", "hedge:runtime": "", "node:path": ""}
	for specifier, want := range map[string]string{
		"hedge:htlm":  `did you mean "hedge:html"?`,
		"hedge:route": "",
		"hedge:x":     "the built-in modules are hedge:html, hedge:route",
	} {
		if _, hint := hedgeProblem(specifier, []string{"hedge:route"}, library); hint != want {
			t.Errorf("%s: %q, want %q", specifier, hint, want)
		}
	}
}

func TestReleaseHasHostsOnce(t *testing.T) {
	r := sampleRelease(t)
	r.Hosts = slices.Concat(r.Hosts, r.Hosts)
	if err := validate(r); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("error %v", err)
	}
}
