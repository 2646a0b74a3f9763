package bundle

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// NodeKind is what the value of a node's key has to be.
type NodeKind int

// The kinds of values.
const (
	NodeText NodeKind = iota // a string
	NodeList                 // an array of strings
	NodeFlag                 // a boolean
)

// NodeKey is one key of a node's configuration, which is for the command that reads
// it to define. Set takes the value, or each of several, or "true"; it is not called
// for a flag that is false. Its error goes on after the key's name, as in "needs a
// network, not ...".
type NodeKey struct {
	Name string
	Kind NodeKind
	Set  func(value string) error
}

// NodeApp is one [[app]]: what is to be served, and the cordon that it shares, if any.
type NodeApp struct {
	Path   string // as it stands in the file
	Cordon string
}

const appTable = "app"

// ReadNodeConfig reads a node's configuration: the given keys at the top, and any number
// of [[app]]. file is what diagnostics call it. What is wrong with it is a *BuildError.
func ReadNodeConfig(file string, source []byte, keys []NodeKey) ([]NodeApp, error) {
	base, root, err := openTOML(file, source)
	if err != nil {
		return nil, err
	}
	r := &nodeReader{tomlReader: base, keys: keys}
	r.top(root)
	return r.apps, r.failure()
}

type nodeReader struct {
	tomlReader
	keys []NodeKey
	apps []NodeApp
}

func (r *nodeReader) top(root *value) {
	for _, name := range root.keys {
		if r.full() {
			return
		}
		v := root.table[name]
		i := slices.IndexFunc(r.keys, func(k NodeKey) bool { return k.Name == name })
		switch {
		case name == appTable:
			r.appList(v)
		case i < 0:
			r.unknown(v, name, "at the top of the file", r.names())
		default:
			r.read(r.keys[i], v)
		}
	}
}

func (r *nodeReader) names() []string {
	names := []string{appTable}
	for _, k := range r.keys {
		names = append(names, k.Name)
	}
	return names
}

// unknown reports a key that a table does not have.
func (r *nodeReader) unknown(v *value, name, where string, names []string) {
	hint := "the keys here are " + strings.Join(names, ", ")
	if near := nearest(name, names); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	} else if i := slices.IndexFunc(configKeys(), func(k configKey) bool { return k.Section == "" && k.Name == name }); i >= 0 {
		hint = fmt.Sprintf("%q belongs into an app's %s", name, ConfigFile)
	}
	r.fail(v.keyAt, hint, "unknown key %q %s", name, where)
}

func (r *nodeReader) read(key NodeKey, v *value) {
	switch key.Kind {
	case NodeText:
		if _, ok := r.string(v); ok {
			r.set(key, v)
		}
	case NodeList:
		r.strings(v, func(item *value) { r.set(key, item) })
	case NodeFlag:
		if r.boolean(v) {
			r.set(key, v)
		}
	}
}

func (r *nodeReader) set(key NodeKey, v *value) {
	if err := key.Set(v.text); err != nil {
		r.fail(v.at, "", "%s %v", key.Name, err)
	}
}

func (r *nodeReader) appList(v *value) {
	if !r.is(v, unstable.Array, typeTables) {
		return
	}
	for _, item := range v.items {
		if r.is(item, unstable.Table, typeTable) {
			r.app(item)
		}
	}
}

// app reads one [[app]].
func (r *nodeReader) app(t *value) {
	app, before := NodeApp{}, len(r.found)
	for _, name := range t.keys {
		if r.full() {
			return
		}
		v := t.table[name]
		switch name {
		case "path":
			app.Path, _ = r.string(v)
		case "cordon":
			app.Cordon, _ = r.string(v)
			problem, hint := checkPartName("a cordon", app.Cordon)
			r.check(v, problem, hint)
		default:
			r.unknown(v, name, "in [[app]]", []string{"path", "cordon"})
		}
	}
	if app.Path == "" && len(r.found) == before {
		r.fail(t.keyAt, `name a release file or an app's folder, as in path = "shop"`, "the app has no path")
	}
	r.apps = append(r.apps, app)
}
