package cache

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"

	"hedge/httpmsg"
)

// keyVersion begins every key. Another one makes all entries that were stored before
// unreachable.
const keyVersion = 1

// keyOf returns the primary key of a request: the app, what stands behind the cache,
// and the URL. HEAD has the key of GET, as its answers are made from those.
func keyOf(p *Policy, scheme, authority, target string) Key {
	var space [512]byte
	b := append(space[:0], keyVersion)
	for _, s := range [...]string{p.App, p.Scope, scheme, authority, p.Query.apply(target)} {
		b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
	}
	return sha256.Sum256(b)
}

// variant returns the key of an answer that was chosen by fields of the request, behind
// a signpost.
func variant(primary Key, signpost *Meta, req *httpmsg.Header) Key {
	var space [512]byte
	b := append(space[:0], primary[:]...)
	b = binary.LittleEndian.AppendUint64(b, signpost.Signpost) // those of the one before are out of reach
	vary := httpmsg.Vary{Names: signpost.Vary}
	return sha256.Sum256(vary.AppendKey(b, req))
}

// apply returns a target with the part of its query that matters.
func (q *Query) apply(target string) string {
	if !q.Sort && q.Ignore == nil && q.Keep == nil {
		return target
	}
	path, query, ok := strings.Cut(target, "?")
	if !ok {
		return target
	}
	var kept []string
	for param := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(param, "=")
		if param != "" && (q.Keep == nil || slices.Contains(q.Keep, name)) && !slices.Contains(q.Ignore, name) {
			kept = append(kept, param)
		}
	}
	if q.Sort {
		slices.Sort(kept)
	}
	if len(kept) == 0 {
		return path
	}
	return path + "?" + strings.Join(kept, "&")
}
