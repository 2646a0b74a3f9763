package bundle

import (
	"errors"
	"time"

	"github.com/pelletier/go-toml/v2/unstable"

	"hedge"
)

func cacheKeys() []configKey {
	return []configKey{
		{Key{"route", "cache", typeBoolean, "true", "Whether the route's answers go through the cache. It holds for upstreams and splits, and for code where [cache] has front = true."}, (*configReader).routeCache},
		{Key{"route", "compress", typeBoolean, "true", "Whether what the route answers from the cache is compressed, as [cache] compress says."}, func(r *configReader, v *value) { r.route.NoCompress = !r.boolean(v) }},

		{Key{"cache", "enabled", typeBoolean, "true", "Whether the answers of upstreams, and those to fetch, go through the cache, which keeps what they allow (RFC 9111)."}, func(r *configReader, v *value) { r.config.Cache.Off = !r.boolean(v) }},
		{Key{"cache", "front", typeBoolean, "false", "Whether the cache is asked before code runs. It keeps the answers of code that say how long they are fresh, until the app is deployed anew."}, func(r *configReader, v *value) { r.config.Cache.Front = r.boolean(v) }},
		{Key{"cache", "set_cookie", typeBoolean, "false", "Whether answers with Set-Cookie are kept as others are (RFC 9111 §7.3). Otherwise they have to say that they are for shared caches, by public, s-maxage, CDN-Cache-Control or Surrogate-Control."}, func(r *configReader, v *value) { r.config.Cache.SetCookie = r.boolean(v) }},
		{Key{"cache", "stale_while_revalidate", typeDuration, `"0s"`, "How long a stale answer is used while it is revalidated, up to 720h, if it says nothing about that and does not forbid it (RFC 5861)."}, func(r *configReader, v *value) { r.config.Cache.StaleWhileRevalidate = r.duration(v, 0, maxStale) }},
		{Key{"cache", "stale_if_error", typeDuration, `"0s"`, "How long a stale answer is used when the origin fails, likewise."}, func(r *configReader, v *value) { r.config.Cache.StaleIfError = r.duration(v, 0, maxStale) }},
		{Key{"cache", "ignore_query", typeStrings, "[]", `Parameters of the query that make no difference to answers, as in ["utm_source", "fbclid"].`}, (*configReader).cacheIgnoreQuery},
		{Key{"cache", "sort_query", typeBoolean, "false", "Whether the order of the query's parameters makes no difference."}, func(r *configReader, v *value) { r.config.Cache.SortQuery = r.boolean(v) }},
		{Key{"cache", "compress", typeBoolean, "true", "Whether what routes answer from the cache is compressed (zstd, br or gzip, whichever the client likes best) if it is text or the like, has 1 KiB at least, and neither side says no-transform. It holds for routes to upstreams, and for code where front = true."}, func(r *configReader, v *value) { r.config.Cache.NoCompress = !r.boolean(v) }},
	}
}

// maxStale is how long a stale answer may be used at most.
const maxStale = 720 * time.Hour

func (r *configReader) cache(v *value) {
	if r.is(v, unstable.Table, typeTable) {
		r.table("cache", v)
	}
}

func (r *configReader) routeCache(v *value) { r.route.NoCache = !r.boolean(v) }

func (r *configReader) cacheIgnoreQuery(v *value) {
	r.strings(v, func(item *value) {
		if item.text == "" {
			r.fail(item.at, "remove it", "a parameter without a name cannot be left out")
			return
		}
		r.config.Cache.IgnoreQuery = append(r.config.Cache.IgnoreQuery, item.text)
	})
}

// manifestCache has times in nanoseconds.
type manifestCache struct {
	Off                  bool          `json:"off,omitempty"`
	Front                bool          `json:"front,omitempty"`
	SetCookie            bool          `json:"set_cookie,omitempty"`
	StaleWhileRevalidate time.Duration `json:"stale_while_revalidate,omitempty"`
	StaleIfError         time.Duration `json:"stale_if_error,omitempty"`
	IgnoreQuery          []string      `json:"ignore_query,omitempty"`
	SortQuery            bool          `json:"sort_query,omitempty"`
	NoCompress           bool          `json:"no_compress,omitempty"`
}

func validateCache(c hedge.Cache) error {
	for _, d := range [...]time.Duration{c.StaleWhileRevalidate, c.StaleIfError} {
		if d < 0 || d > maxStale {
			return errors.New("the cache is to use stale answers for a time that makes no sense")
		}
	}
	return nil
}
