package httpmsg

import (
	"maps"
	"slices"
	"strings"
)

// Hosts finds what stands for a host name: apps, routes, and what clients are asked for
// are all found by it, so that a pattern means the same to each. It is never changed, so
// it may be shared freely between goroutines.
type Hosts[T any] struct {
	exact     map[string]*Host[T]
	wildcards label[T] // of names, from the right
}

// Host is a pattern for host names, and what stands for it.
type Host[T any] struct {
	Value T
	// Next is the most specific of the other patterns that fit the same names; nil if
	// there is none.
	Next *Host[T]
}

// label is a label of a name, and those to its left.
type label[T any] struct {
	left map[string]*label[T]
	// below stands for the names below this one: "*.example.com" at "example", and any
	// host above all labels. nil: none does.
	below *Host[T]
}

// NewHosts makes a Hosts of patterns: names in normal form, "*.example.com" for all names
// below that one, at any depth, and "" for any.
func NewHosts[T any](patterns map[string]T) *Hosts[T] {
	h := &Hosts[T]{exact: map[string]*Host[T]{}}
	// Wildcards come first, the shortest first: each is behind those that it is part of.
	for _, pattern := range slices.SortedFunc(maps.Keys(patterns), shorter) {
		if domain, wild := domainOf(pattern); wild {
			next := h.wildcard(domain)
			h.add(domain).below = &Host[T]{patterns[pattern], next}
		}
	}
	for pattern, value := range patterns {
		if _, wild := domainOf(pattern); !wild {
			h.exact[pattern] = &Host[T]{value, h.wildcard(pattern)}
		}
	}
	return h
}

func shorter(a, b string) int { return len(a) - len(b) }

// domainOf returns the name that a wildcard is about, "" for any host.
func domainOf(pattern string) (domain string, wild bool) {
	if pattern == "" {
		return "", true
	}
	return strings.CutPrefix(pattern, "*.")
}

// add returns the label for a domain, and makes it.
func (h *Hosts[T]) add(domain string) *label[T] {
	at := &h.wildcards
	for domain != "" {
		var name string
		domain, name = cutLast(domain)
		if at.left[name] == nil {
			if at.left == nil {
				at.left = map[string]*label[T]{}
			}
			at.left[name] = &label[T]{}
		}
		at = at.left[name]
	}
	return at
}

// Find returns the most specific pattern for a name in normal form, which may be empty;
// nil if there is none.
func (h *Hosts[T]) Find(name string) *Host[T] {
	if found := h.exact[name]; found != nil {
		return found
	}
	return h.wildcard(name)
}

// wildcard returns the longest wildcard for a name. It looks at no more labels than the
// patterns have, however long the name is.
func (h *Hosts[T]) wildcard(name string) *Host[T] {
	found := h.wildcards.below // of no name at all as well
	for at := &h.wildcards; at != nil && name != ""; {
		if at.below != nil {
			found = at.below
		}
		var last string
		name, last = cutLast(name)
		at = at.left[last]
	}
	return found
}

// cutLast cuts the last label off a name.
func cutLast(name string) (rest, last string) {
	i := strings.LastIndexByte(name, '.')
	return name[:max(i, 0)], name[i+1:]
}
