package httpmsg

import "strings"

// MaxSeconds is what a number of seconds that is too large stands for: 2^31 (RFC
// 9111 §1.2.2).
const MaxSeconds = 1 << 31

// Seconds is the argument of a directive such as max-age.
type Seconds struct {
	// Value is from 0 to MaxSeconds. An argument that is missing or is no number
	// counts as 0, which makes stale what it was to keep fresh (RFC 9111 §4.2.1).
	Value int64
	// Set says that the directive was there.
	Set bool
}

// CacheControl is the directives of a Cache-Control field, of a request or a
// response (RFC 9111 §5.2). The zero value has none.
type CacheControl struct {
	MaxAge               Seconds
	SMaxAge              Seconds // response
	MaxStale             Seconds // request; MaxSeconds if it has no argument
	MinFresh             Seconds // request
	StaleWhileRevalidate Seconds // response, RFC 5861
	StaleIfError         Seconds // RFC 5861

	NoCache         bool // without field names
	NoStore         bool
	NoTransform     bool
	OnlyIfCached    bool // request
	MustRevalidate  bool // response, as are those that follow
	ProxyRevalidate bool
	MustUnderstand  bool
	Public          bool
	Private         bool // without field names
	Immutable       bool // RFC 8246

	// NoCacheFields and PrivateFields are the field names that no-cache and private
	// are limited to; Items takes the lists apart. A cache may take the limited
	// form for the unlimited one.
	NoCacheFields string
	PrivateFields string

	// Extensions are the other directives in order, with their names in lower case
	// and their values unquoted.
	Extensions []Field
}

// ParseCacheControl reads the directives in all the fields called name:
// "Cache-Control", or a targeted one such as "CDN-Cache-Control" (RFC 9213).
//
// It is as tolerant as RFC 9111 asks for: names are in any case, arguments may be
// quoted or not, the first of several arguments counts, and what is no directive is
// passed over. It allocates only for extensions and for field names that stand in
// more than one directive.
func ParseCacheControl(h *Header, name string) CacheControl {
	var cc CacheControl
	for item := range h.Items(name) {
		directive, argument, hasArgument := strings.Cut(item, "=")
		directive, argument = TrimOWS(directive), TrimOWS(argument)
		if unquoted, ok := Unquote(argument); ok {
			argument = unquoted
		}
		if IsToken(directive) {
			cc.add(Lower(directive), argument, hasArgument)
		}
	}
	return cc
}

// add takes in one directive, whose name is in lower case.
func (cc *CacheControl) add(name, argument string, hasArgument bool) {
	if seconds := cc.seconds(name); seconds != nil {
		if !seconds.Set {
			value, _ := parseSeconds(argument)
			if name == "max-stale" && !hasArgument {
				value = MaxSeconds
			}
			*seconds = Seconds{Value: value, Set: true}
		}
		return
	}
	if flag := cc.flag(name); flag != nil {
		*flag = true
		return
	}
	switch name {
	case "no-cache":
		addLimited(&cc.NoCache, &cc.NoCacheFields, argument)
	case "private":
		addLimited(&cc.Private, &cc.PrivateFields, argument)
	default:
		cc.Extensions = append(cc.Extensions, Field{name, argument})
	}
}

// seconds returns where the argument of a directive is kept, nil if it is not one
// that takes seconds.
func (cc *CacheControl) seconds(name string) *Seconds {
	switch name {
	case "max-age":
		return &cc.MaxAge
	case "s-maxage":
		return &cc.SMaxAge
	case "max-stale":
		return &cc.MaxStale
	case "min-fresh":
		return &cc.MinFresh
	case "stale-while-revalidate":
		return &cc.StaleWhileRevalidate
	case "stale-if-error":
		return &cc.StaleIfError
	}
	return nil
}

// flag returns where a directive that takes no argument is kept, else nil.
func (cc *CacheControl) flag(name string) *bool {
	switch name {
	case "no-store":
		return &cc.NoStore
	case "no-transform":
		return &cc.NoTransform
	case "only-if-cached":
		return &cc.OnlyIfCached
	case "must-revalidate":
		return &cc.MustRevalidate
	case "proxy-revalidate":
		return &cc.ProxyRevalidate
	case "must-understand":
		return &cc.MustUnderstand
	case "public":
		return &cc.Public
	case "immutable":
		return &cc.Immutable
	}
	return nil
}

// addLimited takes in a directive that field names may limit. An empty list of
// names limits nothing.
func addLimited(whole *bool, fields *string, names string) {
	switch {
	case TrimOWS(names) == "":
		*whole = true
	case *fields == "":
		*fields = names
	default:
		*fields += ", " + names
	}
}

// parseSeconds reads a non-negative decimal number, at most MaxSeconds; a larger
// one is MaxSeconds (RFC 9111 §1.2.2). Age and Retry-After are such numbers too.
func parseSeconds(s string) (int64, bool) {
	if s == "" {
		return 0, false
	}
	var n int64
	for i := 0; i < len(s); i++ {
		if !isDigit(s[i]) {
			return 0, false
		}
		n = min(n*10+int64(s[i]-'0'), MaxSeconds)
	}
	return n, true
}

// Age returns the value of the Age field in seconds, 0 if it is missing or
// malformed; of several members the first counts (RFC 9111 §5.1). Parameters, which it
// does not have, do not make a number malformed: what says that it is old is not young.
func Age(h *Header) int64 {
	for item := range h.Items("Age") {
		number, _, _ := strings.Cut(item, ";")
		age, _ := parseSeconds(TrimOWS(number))
		return age
	}
	return 0
}
