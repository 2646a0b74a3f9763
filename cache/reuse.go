package cache

import (
	"slices"
	"time"

	"hedge/httpmsg"
)

// use is what may be done with an entry for a request (RFC 9111 §4).
type use int

const (
	useIt       use = iota // it is fresh enough
	useStale               // it is stale, and may be used while it is revalidated
	useOffered             // it is stale, and the client takes it so
	useVerified            // only after the origin has said that it is right still
)

// softGrace is how long what was purged softly may be used, where the answer itself
// allows less.
const softGrace = time.Hour

// ageOf returns how old an entry is. A clock that went back makes nothing younger than
// it was.
func ageOf(m *Meta, now time.Time) time.Duration {
	return m.AgeThen + max(now.Sub(m.Received), 0)
}

// judge finds out what may be done with an entry that is not purged for good. why is
// what keeps it from being used as it is.
func judge(m *Meta, soft bool, cc *httpmsg.CacheControl, immutable bool, now time.Time) (u use, why Reason) {
	age := ageOf(m, now)
	left := m.Lifetime - age
	fresh := left > 0 && !soft
	switch {
	case m.NoCache:
		return useVerified, ReasonExpired
	case cc.NoCache:
		return useVerified, ReasonRequest
	case cc.MaxAge.Set && age > cc.MaxAge.Duration() && !(fresh && immutable), cc.MinFresh.Set && left < cc.MinFresh.Duration():
		return useVerified, ReasonRequest
	case fresh:
		return useIt, ReasonHit
	}
	grace := m.StaleWhileRevalidate
	why = ReasonExpired
	if soft {
		why = ReasonPurged
		if !m.MustRevalidate {
			grace = max(grace, softGrace)
		}
	}
	switch {
	case -left <= grace && grace > 0:
		return useStale, ReasonStale
	case cc.MaxStale.Set && !m.MustRevalidate && !soft && -left <= cc.MaxStale.Duration():
		return useOffered, ReasonStale
	}
	return useVerified, why
}

// forError reports whether an entry may answer although its origin cannot (RFC 5861 §4).
func forError(m *Meta, soft bool, cc *httpmsg.CacheControl, now time.Time) bool {
	if m.NoCache || cc.NoCache {
		return false
	}
	grace := m.StaleIfError
	if cc.StaleIfError.Set && !m.MustRevalidate {
		grace = max(grace, cc.StaleIfError.Duration())
	}
	if soft && !m.MustRevalidate {
		grace = max(grace, softGrace)
	}
	return grace > 0 && ageOf(m, now)-m.Lifetime <= grace
}

// metaOf makes the metadata of an answer that may be stored.
func metaOf(p *Policy, req *httpmsg.Request, res *httpmsg.Response, c *httpmsg.Caching, requested, received time.Time, epoch uint64) *Meta {
	own := p.withoutOwn(&res.Header)
	m := &Meta{
		App: p.App, Host: req.Authority, Target: req.Prefix + p.Key.Query.apply(req.Target), Tags: tagsOf(req.Steering, &res.Header),
		Vary:   p.Key.choices(httpmsg.ParseVary(&res.Header).Names),
		Status: res.Status, Header: httpmsg.StoredHeader(&own, c),
		Length: res.ContentLength, Size: res.ContentLength,
		Requested: requested, Received: received, Epoch: epoch,
		Lifetime: c.Lifetime, AgeThen: httpmsg.AgeAt(&res.Header, requested, received),
		NoCache: c.NoCache, Shared: c.Public || c.SMaxAge.Set || c.MustRevalidate, Immutable: c.Immutable,
	}
	m.Lifetime = req.Steering.Lifetime(res.Status, c, m.AgeThen)
	if !m.Header.Has("Date") { // RFC 9110 §6.6.1
		m.Header.Add("Date", httpmsg.FormatDate(received))
	}
	m.Header.Clip()
	forbidden := c.MustRevalidate || c.ProxyRevalidate || c.NoCache
	m.MustRevalidate = forbidden || c.SMaxAge.Set // RFC 9111 §5.2.2.10; what the answer itself allows still holds
	m.StaleWhileRevalidate = grace(c.StaleWhileRevalidate, p.StaleWhileRevalidate, forbidden, m.MustRevalidate)
	m.StaleIfError = grace(c.StaleIfError, p.StaleIfError, forbidden, m.MustRevalidate)
	if s := req.Steering; s != nil {
		m.steer(s)
	}
	return m
}

// grace is how long a stale answer may be used: by its own word, or else by ours.
func grace(said httpmsg.Seconds, ours time.Duration, forbidden, notOurs bool) time.Duration {
	switch {
	case forbidden:
		return 0
	case said.Set:
		return said.Duration()
	case notOurs:
		return 0
	}
	return ours
}

// maxTags bounds the tags of an answer.
const maxTags = 256

// tagsOf returns what an answer is about: by who has asked for it, and by its own word in
// Surrogate-Key, words between spaces, and Cache-Tag, a list.
func tagsOf(s *httpmsg.Steering, h *httpmsg.Header) (tags []string) {
	if s != nil {
		tags = slices.Clone(s.Tags[:min(len(s.Tags), maxTags)])
	}
	for _, f := range h.Fields() {
		list := httpmsg.EqualFold(f.Name, "Cache-Tag")
		if !list && !httpmsg.EqualFold(f.Name, "Surrogate-Key") {
			continue
		}
		for rest := f.Value; rest != "" && len(tags) < maxTags; {
			var tag string
			tag, rest = cutTag(rest, list)
			if tag != "" {
				tags = append(tags, tag)
			}
		}
	}
	return tags
}

// cutTag cuts the first tag off.
func cutTag(s string, list bool) (tag, rest string) {
	for i := range len(s) {
		if list && s[i] == ',' || !list && (s[i] == ' ' || s[i] == '\t') {
			return httpmsg.TrimOWS(s[:i]), s[i+1:]
		}
	}
	return httpmsg.TrimOWS(s), ""
}
