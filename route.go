package hedge

// Route says where the requests that match it go, without code. Of several that match,
// the most specific one is taken: the one with
//
//  1. the more specific host: a name before a wildcard, a longer wildcard before a
//     shorter one, any host last;
//  2. then the more specific path: a whole path before a prefix, a longer prefix
//     before a shorter one;
//  3. then more conditions: Methods as a whole, each header and each parameter are one;
//  4. then the earlier one.
type Route struct {
	// Host is the name to match in lower case; "*.example.com" for all names below that
	// one, at any depth, but not itself; empty for any.
	Host string
	// Path is the prefix to match, as in "/static/", or, when Exact is set,
	// the whole path. A prefix ends at a segment: "/a" matches "/a" and "/a/b"
	// but not "/ab".
	Path  string
	Exact bool
	// Methods are those to match, GET standing for HEAD as well; none stands for any.
	Methods []string
	// Headers and Query are fields of the request and parameters of its query, all of
	// which have to be there.
	Headers []FieldMatch
	Query   []FieldMatch
	// Upstream names the pool that answers, Split the split; Code hands the request to the
	// app's module. Of these, Redirect, Answer and Static one is set.
	Upstream string
	Split    string
	Code     bool
	Redirect *Redirect
	Answer   *Answer
	Static   *Static
	// StripPrefix removes Path from the request's path before it is sent on,
	// and puts it back in front of Location and cookie paths in the answer.
	StripPrefix bool
	// Rewrite takes the place of Path in the request's path before it is sent on, and Path
	// its place in Location and cookie paths of the answer; empty: nothing does.
	Rewrite string
	// MaxBody takes the place of Limits.MaxBody; 0: it does not.
	MaxBody int64
	// RateLimit names the limit that holds for the route; empty: none does.
	RateLimit string
	// Images has pictures changed on the way; nil: the route leaves them as they are.
	Images *Images
	// NoCache keeps the cache out of the route.
	NoCache bool
	// NoCompress keeps the edge from compressing what the route answers from the cache.
	NoCompress bool
	// CacheKey takes the place of that of the app; nil: it does not.
	CacheKey *CacheKey
	// RequestHeaders are made before the request is sent on, ResponseHeaders in every
	// answer, also one to an error.
	RequestHeaders  HeaderChanges
	ResponseHeaders HeaderChanges
}

// FieldMatch asks for a field or parameter of a name, one of whose values fits a pattern.
type FieldMatch struct {
	// Name is compared in any case where it is that of a field, exactly where it is that
	// of a parameter.
	Name string
	// Pattern is a text, in which each "*" stands for any characters, also none: "*" asks
	// that the name is there. The rest is compared exactly.
	Pattern string
}

// Conditions is how many there are besides host and path.
func (r *Route) Conditions() int {
	n := len(r.Headers) + len(r.Query)
	if len(r.Methods) > 0 {
		n++
	}
	return n
}
