package bundle

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"

	"hedge"
)

// configReader reads the tree of a hedge.toml into a Config and collects what is
// wrong with it.
type configReader struct {
	tomlReader
	keys   []configKey
	files  *appFiles
	config Config

	route    *routeEntry      // the route being read
	upstream *hedge.Upstream  // the upstream being read
	split    *splitEntry      // the split being read
	limit    *hedge.RateLimit // the rate limit being read
	parted   []*splitEntry    // all splits
	read     []*routeEntry    // all routes

	// misspelt are the keys, by section, that an unknown key probably means; they
	// are not reported as missing.
	misspelt map[[2]string]bool
}

// missing reports whether a table lacks a key, even under a misspelt name.
func (r *configReader) missing(section string, t *value, key string) bool {
	return t.table[key] == nil && !r.misspelt[[2]string{section, key}]
}

// table reads the keys of a table by the table of keys.
func (r *configReader) table(section string, t *value) {
	for _, name := range t.keys {
		if r.full() {
			return
		}
		v := t.table[name]
		i := slices.IndexFunc(r.keys, func(k configKey) bool { return k.Section == section && k.Name == name })
		if i < 0 {
			r.unknown(section, name, v)
			continue
		}
		r.keys[i].read(r, v)
	}
}

// named calls read for each of the tables that have names, as [upstream.NAME] has. what
// is what messages call one of them.
func (r *configReader) named(v *value, section, what string, read func(name string, t *value)) {
	if !r.is(v, unstable.Table, typeTable) {
		return
	}
	for _, name := range v.keys {
		t := v.table[name]
		if problem, hint := checkPartName(what, name); problem != "" {
			r.fail(t.keyAt, hint, "%s", problem)
		}
		if t.kind != unstable.Table {
			r.fail(t.keyAt, fmt.Sprintf("%s is a table of its own: %s", what, header(section)), "%q is %s, not %s", name, t.describe(), what)
			continue
		}
		read(name, t)
	}
}

// unknown reports a key that the section does not have.
func (r *configReader) unknown(section, name string, v *value) {
	where := "at the top of " + ConfigFile
	if section != "" {
		where = "in " + header(section)
	}
	r.fail(v.keyAt, r.unknownHint(section, name), "unknown key %q %s", name, where)
}

func (r *configReader) unknownHint(section, name string) string {
	var siblings []string
	for _, k := range Keys() {
		if k.Section == section {
			siblings = append(siblings, k.Name)
		}
	}
	if near := nearest(name, siblings); near != "" {
		r.misspelt[[2]string{section, near}] = true
		return fmt.Sprintf("did you mean %q?", near)
	}
	for _, k := range Keys() {
		if k.Name == name && k.Section == "" {
			return fmt.Sprintf("%q belongs to the top of the file, before the first [table]", name)
		}
		if k.Name == name {
			return fmt.Sprintf("%q belongs into %s", name, header(k.Section))
		}
	}
	return "the keys here are " + strings.Join(siblings, ", ")
}

// header writes a section as the file does.
func header(section string) string {
	if section == "route" {
		return "[[route]]"
	}
	return "[" + section + "]"
}

func (r *configReader) name(v *value) {
	name, ok := r.string(v)
	if problem, hint := checkName(name); ok && r.check(v, problem, hint) {
		r.config.Name = name
	}
}

func (r *configReader) main(v *value) {
	main, ok := r.string(v)
	if !ok {
		return
	}
	r.config.Main = strings.TrimPrefix(main, "./")
	problem, hint := r.files.main(r.config.Main)
	if main == "" {
		problem, hint = "main is empty", "name the module that exports the handlers, or remove the line from an app of routes alone"
	}
	r.check(v, problem, hint)
}

func (r *configReader) hosts(v *value) {
	seen := map[string]bool{} // r.strings has compared them as they are written
	r.strings(v, func(item *value) {
		host := strings.ToLower(item.text)
		problem, hint := CheckHostPattern(host)
		if seen[host] {
			problem, hint = fmt.Sprintf("%q stands here twice", host), "remove it"
		}
		seen[host] = true
		if r.check(item, problem, hint) {
			r.config.Hosts = append(r.config.Hosts, host)
		}
	})
}

func (r *configReader) vars(v *value) {
	if !r.is(v, unstable.Table, typeTable) {
		return
	}
	r.config.Vars = map[string]string{}
	for _, name := range v.keys {
		item := v.table[name]
		if problem, hint := checkVarName(name); problem != "" {
			r.fail(item.keyAt, hint, "%s", problem)
			continue
		}
		if text, ok := r.string(item); ok {
			r.config.Vars[name] = text
		}
	}
}
