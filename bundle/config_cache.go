package bundle

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2/unstable"

	"hedge"
	"hedge/httpmsg"
)

func cacheKeys() []configKey {
	keys := []configKey{
		{Key{"route", "cache", typeBoolean, "true", "Whether the route's answers go through the cache. It holds for upstreams and splits, and for code where [cache] has front = true."}, (*configReader).routeCache},
		{Key{"route", "compress", typeBoolean, "true", "Whether what the route answers from the cache is compressed, as [cache] compress says."}, (*configReader).routeCompress},
		{Key{"route", "cache_key", typeTable, "", "By what of a request the route's answers are cached; it takes the place of cache.key as a whole. It holds where cache does."}, (*configReader).routeCacheKey},

		{Key{"cache", "enabled", typeBoolean, "true", "Whether the answers of upstreams, and those to fetch, go through the cache, which keeps what they allow (RFC 9111)."}, func(r *configReader, v *value) { r.config.Cache.Off = !r.boolean(v) }},
		{Key{"cache", "front", typeBoolean, "false", "Whether the cache is asked before code runs. It keeps the answers of code that say how long they are fresh, until the app is deployed anew."}, func(r *configReader, v *value) { r.config.Cache.Front = r.boolean(v) }},
		{Key{"cache", "set_cookie", typeBoolean, "false", "Whether answers with Set-Cookie are kept as others are (RFC 9111 §7.3). Otherwise they have to say that they are for shared caches, by public, s-maxage, CDN-Cache-Control or Surrogate-Control."}, func(r *configReader, v *value) { r.config.Cache.SetCookie = r.boolean(v) }},
		{Key{"cache", "stale_while_revalidate", typeDuration, `"0s"`, "How long a stale answer is used while it is revalidated, up to 720h, if it says nothing about that and does not forbid it (RFC 5861)."}, stale("stale_while_revalidate")},
		{Key{"cache", "stale_if_error", typeDuration, `"0s"`, "How long a stale answer is used when the origin fails, likewise."}, stale("stale_if_error")},
		{Key{"cache", "compress", typeBoolean, "true", "Whether what routes answer from the cache is compressed (zstd, br or gzip, whichever the client likes best) if it is text or the like, has 1 KiB at least, and neither side says no-transform. It holds for routes to upstreams and splits, for code where front = true, and for what code gets from those or with fetch, if it asks with the visitor's Accept-Encoding."}, func(r *configReader, v *value) { r.config.Cache.NoCompress = !r.boolean(v) }},
		{Key{"cache", "key", typeTable, "", "By what of a request answers are cached, besides the URL and what they say that they vary by."}, section(sectionCacheKey)},
	}
	for _, s := range []string{sectionCacheKey, sectionRouteKey} {
		keys = append(keys,
			configKey{Key{s, "ignore_query", typeStrings, "[]", `Parameters of the query that make no difference to answers, as in ["utm_*", "fbclid"]; a "*" at the end stands for any characters. They do not reach who answers.`}, func(r *configReader, v *value) { r.cacheKey(s).IgnoreQuery = r.parameters(v) }},
			configKey{Key{s, "keep_query", typeStrings, "", `The parameters that alone make a difference, likewise; [] is none. Others do not reach who answers.`}, func(r *configReader, v *value) { r.cacheKey(s).KeepQuery = r.parameters(v) }},
			configKey{Key{s, "sort_query", typeBoolean, "false", "Whether the order of the query's parameters makes no difference."}, func(r *configReader, v *value) { r.cacheKey(s).SortQuery = r.boolean(v) }},
			configKey{Key{s, "headers", typeStrings, "[]", `Fields of the request by which answers differ that do not say so in Vary, as in ["X-Tenant"].`}, func(r *configReader, v *value) { r.cacheKey(s).Headers = r.keyHeaders(v) }},
			configKey{Key{s, "cookies", typeStrings, "[]", `Cookies by which answers differ, as in ["currency"]. Answers that say nothing about cookies are the same for all others.`}, func(r *configReader, v *value) { r.cacheKey(s).Cookies = r.keyCookies(v) }},
			configKey{Key{s, "device", typeBoolean, "false", deviceDoc}, func(r *configReader, v *value) { r.cacheKey(s).Device = r.boolean(v) }})
	}
	return keys
}

func stale(key string) func(*configReader, *value) {
	return func(r *configReader, v *value) { r.number(v, cacheNumbers(&r.config.Cache), "cache", key) }
}

func (r *configReader) cache(v *value) {
	if r.is(v, unstable.Table, typeTable) {
		r.table("cache", v)
	}
}

func (r *configReader) routeCache(v *value) {
	r.route.cache = v
	r.route.NoCache = !r.boolean(v)
}

func (r *configReader) routeCompress(v *value) {
	r.route.compress = v
	r.route.NoCompress = !r.boolean(v)
}

// deviceDoc documents the classes of devices, which httpmsg.DeviceOf finds.
const deviceDoc = "Whether answers differ by the device: tablet, if User-Agent has \"iPad\", \"Tablet\", \"PlayBook\" or \"Kindle\", or \"Android\" or \"Silk/\" without \"Mobi\"; mobile, if it has \"Mobi\", \"iPhone\", \"iPod\", \"Opera Mini\" or \"BlackBerry\"; else desktop. Who answers is told by X-Device-Class, and Vary: User-Agent means the class alone."

// The sections of what keys are made of.
const (
	sectionCacheKey = "cache.key"
	sectionRouteKey = "route.cache_key"
)

// mostKeyParts bounds the names of fields and of cookies that are parts of a key.
const mostKeyParts = 6

func (r *configReader) cacheKey(section string) *hedge.CacheKey {
	if section == sectionCacheKey {
		return &r.config.Cache.Key
	}
	return r.route.CacheKey
}

func (r *configReader) routeCacheKey(v *value) {
	r.route.CacheKey, r.route.cacheKey = &hedge.CacheKey{}, v
	section(sectionRouteKey)(r, v)
}

// finishCache checks that a route which says how it uses the cache goes through it. One that
// says that it does not, or not in that way, is right in any case.
func (r *configReader) finishCache(route *routeEntry) {
	passes := route.Upstream+route.Split != "" || route.image != nil || route.Code && r.config.Cache.Front
	for _, wish := range []struct {
		key     string
		at      *value
		refuses bool
	}{
		{"cache", route.cache, route.NoCache},
		{"compress", route.compress, route.NoCompress},
		{"cache_key", route.cacheKey, false},
	} {
		switch {
		case wish.at == nil || wish.refuses || !route.known():
		case route.NoCache:
			r.fail(wish.at.keyAt, fmt.Sprintf("remove %s, or cache = false", wish.key), "the route is kept out of the cache")
		case !passes:
			r.fail(wish.at.keyAt, "only answers of upstreams and splits are cached, and those of code where [cache] has front = true", "%s has no effect: the route does not go through the cache", wish.key)
		}
	}
}

// parameters reads names of parameters, of which none is not the same as no list.
func (r *configReader) parameters(v *value) []string {
	names := []string{}
	r.strings(v, func(item *value) {
		if !isKeyParameter(item.text) {
			r.fail(item.at, `write a name, as in "utm_source" or "utm_*"`, "%q is not the name of a parameter", item.text)
			return
		}
		names = append(names, item.text)
	})
	return names
}

// isKeyParameter reports whether a text names parameters: with a "*" at its end, if any.
func isKeyParameter(text string) bool {
	i := strings.IndexByte(text, '*')
	return text != "" && (i < 0 || i == len(text)-1)
}

func (r *configReader) keyHeaders(v *value) []string {
	return r.keyParts(v, "a field", isKeyHeader)
}

func isKeyHeader(name string) bool {
	return httpmsg.ValidFieldName(name) && !httpmsg.EqualFold(name, "Cookie") && !httpmsg.IsGone(name)
}

func (r *configReader) keyCookies(v *value) []string {
	return r.keyParts(v, "a cookie", httpmsg.IsToken)
}

func (r *configReader) keyParts(v *value, what string, valid func(string) bool) (names []string) {
	r.strings(v, func(item *value) {
		switch {
		case !valid(item.text):
			r.fail(item.at, "", "%q is not the name of %s that answers can be told apart by", item.text, what)
		case len(names) == mostKeyParts:
			r.fail(item.at, "every combination of their values is an entry of its own", "there may be %d of them", mostKeyParts)
		default:
			names = append(names, item.text)
		}
	})
	return names
}

// manifestCache has times in nanoseconds.
type manifestCache struct {
	Off                  bool          `json:"off,omitempty"`
	Front                bool          `json:"front,omitempty"`
	SetCookie            bool          `json:"set_cookie,omitempty"`
	StaleWhileRevalidate time.Duration `json:"stale_while_revalidate,omitempty"`
	StaleIfError         time.Duration `json:"stale_if_error,omitempty"`
	Key                  manifestKey   `json:"key,omitzero"`
	NoCompress           bool          `json:"no_compress,omitempty"`
}

// manifestKey has no list of what to keep where all is kept.
type manifestKey struct {
	IgnoreQuery []string `json:"ignore_query,omitempty"`
	KeepQuery   []string `json:"keep_query,omitzero"`
	SortQuery   bool     `json:"sort_query,omitempty"`
	Headers     []string `json:"headers,omitempty"`
	Cookies     []string `json:"cookies,omitempty"`
	Device      bool     `json:"device,omitempty"`
}

func describeCache(c hedge.Cache) manifestCache {
	return manifestCache{c.Off, c.Front, c.SetCookie, c.StaleWhileRevalidate, c.StaleIfError, manifestKey(c.Key), c.NoCompress}
}

func (m manifestCache) cache() hedge.Cache {
	return hedge.Cache{
		Off: m.Off, Front: m.Front, SetCookie: m.SetCookie,
		StaleWhileRevalidate: m.StaleWhileRevalidate, StaleIfError: m.StaleIfError, Key: hedge.CacheKey(m.Key), NoCompress: m.NoCompress,
	}
}

// validateKey checks what is a part of keys.
func validateKey(k *hedge.CacheKey) error {
	if k == nil {
		return nil
	}
	not := func(valid func(string) bool) func(string) bool { return func(s string) bool { return !valid(s) } }
	if len(k.Headers) > mostKeyParts || len(k.Cookies) > mostKeyParts ||
		slices.ContainsFunc(k.Headers, not(isKeyHeader)) || slices.ContainsFunc(k.Cookies, not(httpmsg.IsToken)) ||
		slices.ContainsFunc(slices.Concat(k.IgnoreQuery, k.KeepQuery), not(isKeyParameter)) {
		return errors.New("the cache is to tell answers apart by more than makes sense, or by what there is none of")
	}
	return nil
}

func validateCache(c hedge.Cache) error {
	if err := validateNumbers(cacheNumbers(&c)); err != nil {
		return err
	}
	return validateKey(&c.Key)
}
