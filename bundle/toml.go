package bundle

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// span is a range of bytes in the configuration file.
type span struct{ start, end int }

// value is a TOML value and where it stands. Scalars have text; an array has
// items; a table has keys and values.
type value struct {
	kind  unstable.Kind // String, Integer, …, Array, Table; never InlineTable
	at    span          // the value
	keyAt span          // its key, or the header that opened the table
	text  string        // the content of a String; the source of other scalars
	items []*value
	keys  []string // in the order of the file
	table map[string]*value

	defined bool // a table whose header, or inline form, has been seen
	inline  bool // an inline table or array, which nothing may be added to
}

func newTable(at span) *value {
	return &value{kind: unstable.Table, at: at, keyAt: at, table: map[string]*value{}}
}

func (v *value) set(key string, child *value) {
	v.keys = append(v.keys, key)
	v.table[key] = child
}

// document builds the tree of a TOML file. It knows the rules of the format on
// what may be defined twice just well enough for good messages; see parseTOML.
type document struct {
	parser unstable.Parser
	source []byte
	root   *value
	fail   func(at span, hint, format string, args ...any)
}

// parseTOML reads a TOML file, and calls fail for each thing that is wrong with
// it. The syntax is read up to the first error.
func parseTOML(source []byte, fail func(at span, hint, format string, args ...any)) *value {
	failures := 0
	d := document{source: source, root: newTable(span{}), fail: func(at span, hint, format string, args ...any) {
		failures++
		fail(at, hint, format, args...)
	}}
	d.parser.Reset(source)
	current := d.root
	for failures <= maxFound && d.parser.NextExpression() {
		current = d.expression(d.parser.Expression(), current)
	}
	if err := d.parser.Error(); err != nil {
		d.syntaxError(err)
	}
	if failures == 0 {
		d.arbitrate()
	}
	return d.root
}

// arbitrate lets the library check what the tree does not: dates, numbers, and
// the finer rules on redefinition.
func (d *document) arbitrate() {
	var discard map[string]any
	err := toml.Unmarshal(d.source, &discard)
	if e := (*toml.DecodeError)(nil); errors.As(err, &e) {
		row, column := e.Position()
		at := lineStart(d.source, row) + column - 1
		d.fail(span{at, at + 1}, "", "%s", strings.TrimPrefix(e.Error(), "toml: "))
	} else if err != nil {
		d.fail(span{}, "", "%s", strings.TrimPrefix(err.Error(), "toml: "))
	}
}

// lineStart returns the offset of a line, counted from 1.
func lineStart(source []byte, line int) int {
	at := 0
	for ; line > 1; line-- {
		i := bytes.IndexByte(source[at:], '\n')
		if i < 0 {
			break
		}
		at += i + 1
	}
	return at
}

func (d *document) syntaxError(err error) {
	e := (*unstable.ParserError)(nil)
	if !errors.As(err, &e) {
		d.fail(span{}, "", "%v", err)
		return
	}
	r := d.parser.Range(e.Highlight)
	at := spanOf(r)
	if strings.Contains(e.Message, "at start of value") || strings.Contains(e.Message, "expected keyword") {
		word, _, _ := strings.Cut(string(d.source[at.start:]), "\n")
		word = strings.TrimSpace(strings.TrimRight(word, " \t\r,]}"))
		d.fail(span{at.start, at.start + len(word)}, fmt.Sprintf("strings stand in quotes: %q", word), "this is not a value of TOML")
		return
	}
	d.fail(at, "", "%s", e.Message)
}

func spanOf(r unstable.Range) span {
	return span{int(r.Offset), int(r.Offset + r.Length)}
}

// expression adds one line of the file to the tree, and returns the table that
// the next line belongs to.
func (d *document) expression(n *unstable.Node, current *value) *value {
	switch n.Kind {
	case unstable.Table:
		return d.header(n)
	case unstable.ArrayTable:
		return d.arrayHeader(n)
	case unstable.KeyValue:
		d.assign(n, current)
	}
	return current
}

// keyPart is one part of a dotted key.
type keyPart struct {
	name string
	at   span
}

func keyParts(n *unstable.Node) []keyPart {
	var parts []keyPart
	for it := n.Key(); it.Next(); {
		parts = append(parts, keyPart{string(it.Node().Data), spanOf(it.Node().Raw)})
	}
	return parts
}

// descend walks from a table along a dotted key, making the tables that are
// missing. It returns nil after a failure.
func (d *document) descend(from *value, parts []keyPart) *value {
	for _, p := range parts {
		next := from.table[p.name]
		if next == nil {
			next = newTable(p.at)
			from.set(p.name, next)
		}
		if next.kind == unstable.Array && !next.inline {
			next = next.items[len(next.items)-1]
		}
		if next.kind != unstable.Table || next.inline {
			d.fail(p.at, "", "%q is already set at line %v, and nothing can be added to it", p.name, line{d.source, next.keyAt})
			return nil
		}
		from = next
	}
	return from
}

// header opens [a.table]. After a failure it returns a table that is in no tree,
// so that the keys below the header cause no further messages.
func (d *document) header(n *unstable.Node) *value {
	parts := keyParts(n)
	last := parts[len(parts)-1]
	parent := d.descend(d.root, parts[:len(parts)-1])
	if parent == nil {
		return newTable(span{})
	}
	t := parent.table[last.name]
	if t == nil {
		t = newTable(last.at)
		parent.set(last.name, t)
	} else if t.kind != unstable.Table || t.defined {
		d.duplicate(last, t)
		return newTable(span{})
	}
	t.defined = true
	t.keyAt = last.at
	return t
}

// arrayHeader opens one more element of an [[array.of.tables]].
func (d *document) arrayHeader(n *unstable.Node) *value {
	parts := keyParts(n)
	last := parts[len(parts)-1]
	element := newTable(last.at)
	element.defined = true
	parent := d.descend(d.root, parts[:len(parts)-1])
	if parent == nil {
		return element
	}
	array := parent.table[last.name]
	if array == nil {
		array = &value{kind: unstable.Array, at: last.at, keyAt: last.at}
		parent.set(last.name, array)
	} else if array.kind != unstable.Array || array.inline {
		d.duplicate(last, array)
		return element
	}
	array.items = append(array.items, element)
	return element
}

// assign adds key = value to a table.
func (d *document) assign(n *unstable.Node, t *value) {
	parts := keyParts(n)
	last := parts[len(parts)-1]
	v := d.value(n.Value(), d.afterEquals(last.at.end))
	v.keyAt = last.at
	t = d.descend(t, parts[:len(parts)-1])
	if t == nil {
		return
	}
	if old := t.table[last.name]; old != nil {
		d.duplicate(last, old)
		return
	}
	t.set(last.name, v)
}

func (d *document) duplicate(key keyPart, first *value) {
	d.fail(key.at, "", "%q is already set at line %v", key.name, line{d.source, first.keyAt})
}

// line is the number of the line that something stands in. It is found out when it is
// printed, which not all messages are.
type line struct {
	source []byte
	at     span
}

func (l line) String() string {
	return strconv.Itoa(1 + bytes.Count(l.source[:l.at.start], []byte("\n")))
}

// afterEquals returns the offset of the value that follows a key.
func (d *document) afterEquals(at int) int {
	for at < len(d.source) && strings.IndexByte(" \t=", d.source[at]) >= 0 {
		at++
	}
	return at
}

// value converts a node. The parser keeps no position for arrays; they get the
// place where they are expected.
func (d *document) value(n *unstable.Node, expected int) *value {
	v := &value{kind: n.Kind, at: spanOf(n.Raw), text: string(n.Data)}
	switch n.Kind {
	case unstable.Array:
		v.at, v.inline = span{expected, expected + 1}, true
		for it := n.Children(); it.Next(); {
			v.items = append(v.items, d.value(it.Node(), expected))
		}
	case unstable.InlineTable:
		v.kind, v.table = unstable.Table, map[string]*value{}
		for it := n.Children(); it.Next(); {
			d.assign(it.Node(), v)
		}
		v.inline = true
	}
	return v
}

// describe names a value's type as a message does.
func (v *value) describe() string {
	switch v.kind {
	case unstable.String:
		return "a string"
	case unstable.Integer:
		return "an integer"
	case unstable.Float:
		return "a number"
	case unstable.Bool:
		return "a boolean"
	case unstable.Array:
		return "an array"
	case unstable.Table:
		return "a table"
	case unstable.LocalTime:
		return "a time"
	default:
		return "a date"
	}
}
