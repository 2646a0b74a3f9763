package router

import (
	"cmp"
	"slices"
	"strings"

	"hedge"
	"hedge/httpmsg"
)

// segment is a node of the tree of paths: a segment, and those behind it.
type segment struct {
	// few are the segments behind this one when there are few of them, which are found
	// faster by looking at each than by hashing; otherwise they are in behind.
	few    []branch
	behind map[string]*segment
	// exact are the routes for the path that ends here, prefix those for it and all paths
	// below, below those for the paths below alone. More conditions come first.
	exact, prefix, below []candidate
	// up is the nearest segment in front of this one that has prefix or below.
	up *segment
}

// maxFew is how many segments are looked through.
const maxFew = 4

// branch is a segment and its name.
type branch struct {
	name string
	to   *segment
}

// candidate is a route whose host and path match.
type candidate struct {
	index      int // of the route in the list
	conditions conditions
}

// add adds a route.
func (s *segment) add(index int, route *hedge.Route) {
	path, below := route.Path, false
	if !route.Exact {
		path, below = strings.CutSuffix(path, "/")
	}
	at := s
	for path != "" {
		var name string
		name, path = cutSegment(path)
		if at.behind == nil {
			at.behind = map[string]*segment{}
		}
		if at.behind[name] == nil {
			at.behind[name] = &segment{}
		}
		at = at.behind[name]
	}
	list := &at.prefix
	switch {
	case route.Exact:
		list = &at.exact
	case below:
		list = &at.below
	}
	*list = append(*list, candidate{index, compile(route)})
	slices.SortStableFunc(*list, func(a, b candidate) int { return cmp.Compare(b.conditions.count(), a.conditions.count()) })
}

// link sets up in the segments behind s, and few.
func (s *segment) link() {
	up := s
	if len(s.prefix)+len(s.below) == 0 {
		up = s.up
	}
	for _, next := range s.behind {
		next.up = up
		next.link()
	}
	if len(s.behind) <= maxFew {
		for name, next := range s.behind {
			s.few = append(s.few, branch{name, next})
		}
		s.behind = nil
	}
}

// next returns the segment of a name behind s; nil if there is none.
func (s *segment) next(name string) *segment {
	for i := range s.few {
		if s.few[i].name == name {
			return s.few[i].to
		}
	}
	return s.behind[name]
}

// find returns the index of the most specific route for a path in normal form, -1 if
// there is none.
func (s *segment) find(path string, req *httpmsg.Request) int {
	at, rest := s, path
	for rest != "" {
		name, after := cutSegment(rest)
		next := at.next(name)
		if next == nil {
			break
		}
		at, rest = next, after
	}
	if rest == "" { // the path ends here; otherwise it goes on, below
		if i := first(at.exact, req); i >= 0 {
			return i
		}
		if i := first(at.prefix, req); i >= 0 {
			return i
		}
		at = at.up
	}
	for ; at != nil; at = at.up {
		if i := first(at.below, req); i >= 0 {
			return i
		}
		if i := first(at.prefix, req); i >= 0 {
			return i
		}
	}
	return -1
}

// first returns the index of the first route whose conditions hold.
func first(candidates []candidate, req *httpmsg.Request) int {
	for i := range candidates {
		if candidates[i].conditions.hold(req) {
			return candidates[i].index
		}
	}
	return -1
}

// cutSegment cuts the first segment off a path that begins with a slash; rest is empty,
// or begins with the next slash.
func cutSegment(path string) (name, rest string) {
	path = path[1:]
	if i := strings.IndexByte(path, '/'); i >= 0 {
		return path[:i], path[i:]
	}
	return path, ""
}
