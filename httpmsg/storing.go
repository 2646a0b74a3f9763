package httpmsg

import "time"

// Caching is what a shared cache has to know about an answer.
type Caching struct {
	// CacheControl has the directives that are in force for the cache.
	CacheControl
	// Targeted says that they are from a field for caches such as this one, which stands
	// above Cache-Control and Expires (RFC 9213 §2.2).
	Targeted bool
	// Lifetime is how long the answer is fresh, from an age of 0 (RFC 9111 §4.2.1).
	Lifetime time.Duration
	// Explicit says that the answer says so itself; otherwise Lifetime is a guess.
	Explicit bool
}

// Surrogate is the name by which answers address this cache in Surrogate-Control.
const Surrogate = "hedge"

// CachingOf reads the directives of an answer and finds how long it is fresh. received
// is when its head came.
//
// The first of CDN-Cache-Control, Surrogate-Control and Cache-Control that is there and
// well-formed counts; max-age of the first two leaves Expires out as well.
func CachingOf(status int, h *Header, received time.Time) Caching {
	var c Caching
	if c.CacheControl, c.Targeted = ParseTargeted(h, "CDN-Cache-Control"); !c.Targeted {
		c.CacheControl, c.Targeted = ParseSurrogateControl(h, Surrogate)
	}
	if !c.Targeted {
		c.CacheControl = ParseCacheControl(h, "Cache-Control")
	}
	c.Lifetime, c.Explicit = c.lifetime(status, h, received)
	return c
}

func (c *Caching) lifetime(status int, h *Header, received time.Time) (d time.Duration, explicit bool) {
	switch {
	case c.SMaxAge.Set:
		return c.SMaxAge.Duration(), true
	case c.MaxAge.Set:
		return c.MaxAge.Duration(), true
	case !c.Targeted && h.Has("Expires"):
		expires, ok := DateOf(h, "Expires")
		if !ok {
			return 0, true // as one that is past (RFC 9111 §5.3)
		}
		return max(expires.Sub(dateOr(h, received)), 0), true
	case c.Public || HeuristicStatus(status):
		return heuristicLifetime(h, received), false
	}
	return 0, false
}

// Duration returns the seconds as a time.Duration.
func (s Seconds) Duration() time.Duration { return time.Duration(s.Value) * time.Second }

// dateOr returns when an answer says that it was made, or else when it came.
func dateOr(h *Header, received time.Time) time.Time {
	if date, ok := DateOf(h, "Date"); ok {
		return date
	}
	return received
}

// heuristicMost bounds what is guessed.
const heuristicMost = 24 * time.Hour

// heuristicLifetime guesses from Last-Modified alone: what has not changed for ten days
// will do for another one (RFC 9111 §4.2.2).
func heuristicLifetime(h *Header, received time.Time) time.Duration {
	modified, ok := DateOf(h, "Last-Modified")
	if !ok {
		return 0
	}
	return min(max(dateOr(h, received).Sub(modified)/10, 0), heuristicMost)
}

// HeuristicStatus reports whether answers with this status may be stored, and their
// lifetime guessed, although they do not say so (RFC 9110 §15.1). 206 is not among them:
// who stores parts goes by its own rules.
func HeuristicStatus(status int) bool {
	switch status {
	case 200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501:
		return true
	}
	return false
}

// understoodStatus reports whether this cache knows what a status means, which the
// directive must-understand asks for (RFC 9111 §5.2.2.3).
func understoodStatus(status int) bool { return StatusText(status) != "" }

// AgeAt returns how old an answer was when its head came (RFC 9111 §4.2.3). A clock of
// the origin that is ahead of ours does not make it younger than new.
func AgeAt(h *Header, requested, received time.Time) time.Duration {
	apparent := time.Duration(0)
	if date, ok := DateOf(h, "Date"); ok {
		apparent = max(received.Sub(date), 0)
	}
	delay := max(received.Sub(requested), 0)
	return max(apparent, time.Duration(Age(h))*time.Second+delay)
}

// Unstorable says why an answer must not be stored; empty: it may be.
type Unstorable string

// Why an answer is not stored.
const (
	UnstorableMethod        Unstorable = "method"
	UnstorableStatus        Unstorable = "status"
	UnstorableRequest       Unstorable = "request no-store"
	UnstorableNoStore       Unstorable = "no-store"
	UnstorablePrivate       Unstorable = "private"
	UnstorableAuthorization Unstorable = "authorization"
	UnstorableCookie        Unstorable = "set-cookie"
	UnstorableVary          Unstorable = "vary"
	UnstorableUseless       Unstorable = "no lifetime" // and nothing to revalidate it by
)

// Storable finds out whether a shared cache may store an answer to a GET (RFC 9111 §3,
// §3.5). cookies says that a Set-Cookie is no reason against it, as the standard has it
// (§7.3); otherwise the answer has to be explicitly for shared caches, as most that set
// cookies are one visitor's, and do not say so.
//
// A 206 is judged as the answer that it is a part of. A status that is not final, and
// 304, are not for storing.
func Storable(req *Header, status int, h *Header, c *Caching, cookies bool) Unstorable {
	switch {
	case status < 200 || status == 304:
		return UnstorableStatus
	case c.MustUnderstand:
		if !understoodStatus(status) {
			return UnstorableStatus
		}
	case c.NoStore:
		return UnstorableNoStore
	}
	forShared := c.Public || c.SMaxAge.Set || c.Targeted && c.MaxAge.Set
	switch {
	case c.Private:
		return UnstorablePrivate
	case req.Has("Authorization") && !c.Public && !c.SMaxAge.Set && !c.MustRevalidate:
		return UnstorableAuthorization
	case !cookies && !forShared && h.Has("Set-Cookie") && !listed(c.PrivateFields, "Set-Cookie") && !listed(c.NoCacheFields, "Set-Cookie"):
		return UnstorableCookie
	case !c.Explicit && !c.Public && !HeuristicStatus(status) && status != 206:
		return UnstorableStatus
	}
	for item := range h.Items("Vary") {
		if item == "*" || !ValidFieldName(item) || toldLater(item) {
			return UnstorableVary
		}
	}
	if !h.Has("ETag") && !h.Has("Last-Modified") && !c.usable() {
		return UnstorableUseless
	}
	return ""
}

// toldLater reports whether a field of this name tells origins who the client is, which this
// edge adds to a request once the cache has been asked (see Forwarding): all clients would be
// the same to the cache.
func toldLater(name string) bool {
	return EqualFold(name, "X-Forwarded-For") || EqualFold(name, "X-Real-IP") || EqualFold(name, "Forwarded")
}

// usable reports whether there is a time at which the answer may be used without asking
// whether it is right still.
func (c *Caching) usable() bool {
	return !c.NoCache && (c.Lifetime > 0 || c.StaleIfError.Value > 0 || c.StaleWhileRevalidate.Value > 0)
}

// listed reports whether a field is in a list of names.
func listed(names, name string) bool {
	for item := range Items(names) {
		if EqualFold(item, name) {
			return true
		}
	}
	return false
}

// StoredHeader returns the fields of an answer that are stored: without those of the
// connection, which are gone when it has been received, those of proxies (RFC 9111
// §3.1), and those that private="…" and no-cache="…" keep from being used again.
func StoredHeader(h *Header, c *Caching) Header {
	stored := h.Clone()
	stored.DelFunc(func(f Field) bool {
		return unstoredField(f.Name) || listed(c.PrivateFields, f.Name) || listed(c.NoCacheFields, f.Name)
	})
	return stored
}

// unstoredField reports whether a field of this name is for this exchange only: Age is
// made anew, Content-Length is known by the content.
func unstoredField(name string) bool {
	switch len(name) {
	case len("Age"):
		return EqualFold(name, "Age")
	case len("Cache-Status"):
		return EqualFold(name, "Cache-Status")
	case len("Content-Length"):
		return EqualFold(name, "Content-Length")
	case len("Proxy-Authentication-Info"):
		return EqualFold(name, "Proxy-Authentication-Info")
	}
	return hopByHop(name)
}

// RefreshedHeader returns the fields of a stored answer after a 304 that found it right
// (RFC 9111 §3.2): those of the 304 take the place of the stored ones with their names,
// but for those that describe the content, which has not been sent anew.
func RefreshedHeader(stored, fresh *Header) Header {
	h := stored.Clone()
	h.DelFunc(func(f Field) bool { return !describesContent(f.Name) && fresh.Has(f.Name) })
	for _, f := range fresh.Fields() {
		if !describesContent(f.Name) {
			h.Add(f.Name, f.Value)
		}
	}
	return h
}

func describesContent(name string) bool {
	switch len(name) {
	case len("ETag"):
		return EqualFold(name, "ETag")
	case len("Content-MD5"):
		return EqualFold(name, "Content-MD5")
	case len("Content-Range"):
		return EqualFold(name, "Content-Range")
	case len("Content-Length"):
		return EqualFold(name, "Content-Length")
	case len("Content-Encoding"):
		return EqualFold(name, "Content-Encoding")
	}
	return false
}
