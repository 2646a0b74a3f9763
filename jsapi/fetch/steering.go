package fetch

import (
	"slices"
	"strconv"
	"strings"

	"hedge/frame"
	"hedge/httpmsg"
)

// steered stands behind the mode in its word where there is more (steering.ts).
const steered = 8

// readSteering reads what code wants of the cache, as steering.ts writes it: the mode,
// and then, if there is more, a key, and options as texts that end with NUL, by twos.
// nil: code wants nothing.
func readSteering(r *frame.Reader) (s *httpmsg.Steering, ok bool) {
	word := r.Word()
	if word == 0 {
		return nil, true
	}
	s = &httpmsg.Steering{Mode: httpmsg.CacheMode(word &^ steered)}
	if s.Mode > httpmsg.CacheOnlyIfCached {
		return nil, false
	}
	if word&steered == 0 {
		return s, true
	}
	s.Key = r.Text()
	ok = EachOption(r.Text(), func(name, value string) bool { return readOption(s, name, value) })
	return s, ok && r.Err() == nil
}

// EachOption takes options apart, which are texts that end with NUL, by twos, and stops
// when one is not taken.
func EachOption(options string, take func(name, value string) bool) (ok bool) {
	for options != "" {
		name, rest, ok1 := strings.Cut(options, "\x00")
		value, rest, ok2 := strings.Cut(rest, "\x00")
		if !ok1 || !ok2 || !take(name, value) {
			return false
		}
		options = rest
	}
	return true
}

func readOption(s *httpmsg.Steering, name, value string) bool {
	var seconds *httpmsg.Seconds
	switch name {
	case "tag":
		s.Tags = append(s.Tags, value)
		return value != ""
	case "store":
		i := slices.Index([]string{"always", "never"}, value)
		s.Store = httpmsg.StoreMode(i + 1)
		return i >= 0
	case "ttl":
		seconds = &s.TTL
	case "staleWhileRevalidate":
		seconds = &s.StaleWhileRevalidate
	case "staleIfError":
		seconds = &s.StaleIfError
	default:
		return false
	}
	n, err := strconv.ParseUint(value, 10, 32)
	*seconds = httpmsg.Seconds{Value: int64(n), Set: true}
	return err == nil && n <= httpmsg.MaxSeconds
}

// tellCaches adds what the standard has said to caches further on (Fetch,
// "HTTP-network-or-cache fetch").
func tellCaches(req *httpmsg.Request) {
	if req.Steering == nil {
		return
	}
	switch req.Steering.Mode {
	case httpmsg.CacheNoStore, httpmsg.CacheReload:
		if !req.Header.Has("Pragma") {
			req.Header.Add("Pragma", "no-cache")
		}
		if !req.Header.Has("Cache-Control") {
			req.Header.Add("Cache-Control", "no-cache")
		}
	case httpmsg.CacheNoCache:
		if !req.Header.Has("Cache-Control") {
			req.Header.Add("Cache-Control", "max-age=0")
		}
	}
}
