package hedge

import "time"

// Cache says what of an app goes through the edge's cache, and how. The zero value: what
// upstreams answer, and what code fetches, by what the answers say about it.
type Cache struct {
	// Off keeps the cache out of everything that the app does.
	Off bool
	// Front has the cache asked before the app's code runs, and keeps what code answers.
	Front bool
	// SetCookie stores answers with Set-Cookie as it does others. Otherwise they have to
	// say that they are for shared caches.
	SetCookie bool
	// StaleWhileRevalidate and StaleIfError are how long stale answers may be used that
	// say nothing about it, and do not forbid it (RFC 5861).
	StaleWhileRevalidate time.Duration
	StaleIfError         time.Duration
	// NoCompress keeps the edge from compressing what routes answer from the cache.
	NoCompress bool
	// Key says by what entries are found besides the URL, and what of that does not matter.
	Key CacheKey
}

// CacheKey says what of a request answers are cached by. The zero value: the URL, and what
// an answer says that it varies by.
type CacheKey struct {
	// IgnoreQuery are parameters of the query that make no difference, KeepQuery those that
	// alone do, nil: all; in both a "*" at the end stands for any characters. SortQuery says
	// that their order makes none. What makes no difference does not reach who answers.
	IgnoreQuery []string
	KeepQuery   []string
	SortQuery   bool
	// Headers and Cookies are names of fields and cookies by which answers differ.
	Headers []string
	Cookies []string
	// Device says that answers differ by the class of the device: mobile, tablet, desktop.
	Device bool
}
