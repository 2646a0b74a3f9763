package cli

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"hedge/bundle"
)

// nodeConfig is the file that `hedge serve --config` reads: a key for each option that
// may stand in it, by the option's name, and the apps.
type nodeConfig struct {
	path  string          // empty without --config
	given map[string]bool // the options on the command line, which count more than the file
	// effective is what the file said of the other options when they were set, by key, and
	// latest what it says by now.
	effective, latest map[string][]string
}

// option is --config itself.
func (n *nodeConfig) option() option {
	return textOption(&n.path, "--config", "FILE", "take apps and options from a file; options on the command line count more").alone()
}

// watch has n know which of the options stand on the command line.
func (n *nodeConfig) watch(options []option) []option {
	n.given = map[string]bool{}
	watched := slices.Clone(options)
	for i, o := range options {
		watched[i].set = func(value string) error {
			n.given[o.name] = true
			return o.set(value)
		}
	}
	return watched
}

// places returns what is to be served: what the command line names, or else the
// apps of the file. It sets the options that the file has.
func (n *nodeConfig) places(args []string, options []option) ([]bundle.NodeApp, error) {
	var places []bundle.NodeApp
	if n.path != "" {
		apps, err := n.read(options)
		if err != nil {
			return nil, err
		}
		places = apps
	}
	if len(args) > 0 {
		places = nil
	}
	for _, arg := range args {
		places = append(places, bundle.NodeApp{Path: arg})
	}
	switch {
	case len(places) > 0:
		return places, nil
	case n.path != "":
		return nil, fmt.Errorf("%s: there is no app to serve: name one, as in\n\n[[app]]\npath = \"shop\"", n.path)
	default:
		return nil, &usageError{problem: "`hedge serve` needs a release file or an app's folder", see: "hedge help serve"}
	}
}

// again is places when the options are set already: what the file says of them by now
// has to be of their form, and changes nothing, see waiting.
func (n *nodeConfig) again(args []string, options []option) ([]bundle.NodeApp, error) {
	fixed := slices.Clone(options)
	for i := range fixed {
		fixed[i].set = func(string) error { return nil }
	}
	return n.places(args, fixed)
}

// waiting returns the keys of which the file says something else than is in effect.
func (n *nodeConfig) waiting() []string {
	all := slices.Concat(slices.Collect(maps.Keys(n.effective)), slices.Collect(maps.Keys(n.latest)))
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(key string) bool { return slices.Equal(n.latest[key], n.effective[key]) })
}

// read sets the options that the file has, and returns its apps. Paths in the file are
// relative to its folder.
func (n *nodeConfig) read(options []option) ([]bundle.NodeApp, error) {
	source, err := os.ReadFile(n.path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", n.path, cause(err))
	}
	dir := filepath.Dir(n.path)
	said := map[string][]string{}
	apps, err := bundle.ReadNodeConfig(n.path, source, n.keys(options, dir, said))
	if err != nil {
		return nil, err
	}
	if n.effective == nil {
		n.effective = said
	}
	n.latest = said
	for i := range apps {
		apps[i].Path = under(dir, apps[i].Path)
	}
	return apps, nil
}

// keys are those of the file, which note in said what it says.
func (n *nodeConfig) keys(options []option, dir string, said map[string][]string) []bundle.NodeKey {
	var keys []bundle.NodeKey
	for _, o := range options {
		if o.commandLineOnly {
			continue
		}
		key := bundle.NodeKey{Name: keyOf(o), Kind: kindOf(o), Set: func(value string) error {
			if n.given[o.name] {
				return nil
			}
			said[keyOf(o)] = append(said[keyOf(o)], value)
			if o.inFolder != nil {
				value = o.inFolder(dir, value)
			}
			return o.set(value)
		}}
		keys = append(keys, key)
	}
	return keys
}

// keyOf is the key of an option: --tls-cert is tls_cert.
func keyOf(o option) string {
	return strings.ReplaceAll(strings.TrimLeft(o.name, "-"), "-", "_")
}

func kindOf(o option) bundle.NodeKind {
	switch {
	case o.value == "":
		return bundle.NodeFlag
	case o.repeats:
		return bundle.NodeList
	default:
		return bundle.NodeText
	}
}

// NodeKeys documents the keys of a node's configuration, in the order of the options
// that they stand for.
func NodeKeys() []bundle.Key {
	types := map[bundle.NodeKind]string{bundle.NodeText: "a string", bundle.NodeList: "an array of strings", bundle.NodeFlag: "a boolean"}
	var keys []bundle.Key
	for _, o := range new(serveOptions).options() {
		if !o.commandLineOnly {
			keys = append(keys, bundle.Key{Name: keyOf(o), Type: types[kindOf(o)], Doc: "`" + o.name + "`: " + o.help})
		}
	}
	return keys
}

// under resolves a path that stands in a file in dir.
func under(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}
