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
	// IgnoreQuery are parameters of the query that make no difference, and SortQuery says
	// that their order makes none.
	IgnoreQuery []string
	SortQuery   bool
	// NoCompress keeps the edge from compressing what routes answer from the cache.
	NoCompress bool
}
