package cache

import (
	"crypto/sha256"
	"encoding/binary"

	"hedge/httpmsg"
)

// keyVersion begins every key. Another one makes all entries that were stored before
// unreachable.
const keyVersion = 3

// keyOf returns the primary key of a request: the app, what stands behind the cache,
// and the URL, both that of the client and what is left of it for the origin: whoever purges
// knows the former. HEAD has the key of GET, as its answers are made from those.
func keyOf(p *Policy, scheme, authority, prefix, target string) Key {
	var space [512]byte
	b := append(space[:0], keyVersion)
	for _, s := range [...]string{p.App, p.Scope, scheme, authority, prefix, p.Key.Query.apply(target)} {
		b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
	}
	return keyFor(p.App, b)
}

// appPart is where the part of a key begins that all of an app's keys have.
const appPart = sha256.Size - 8

// keyFor makes an app's key of what it is about.
func keyFor(app string, about []byte) Key {
	key, of := Key(sha256.Sum256(about)), sha256.Sum256([]byte(app))
	copy(key[appPart:], of[:])
	return key
}

// AppKey returns a key of an app, of nothing that is stored.
func AppKey(app string) Key { return keyFor(app, nil) }

// beside makes another key of the same app.
func (k *Key) beside(about []byte) Key {
	key := Key(sha256.Sum256(about))
	copy(key[appPart:], k[appPart:])
	return key
}

// App returns what all keys of an app have, and those of other apps have not.
func (k *Key) App() uint64 { return binary.LittleEndian.Uint64(k[appPart:]) }

// variant returns the key of an answer that was chosen by fields of the request, behind
// a signpost.
func variant(primary Key, signpost *Meta, req *httpmsg.Header) Key {
	var space [512]byte
	b := append(space[:0], primary[:]...)
	b = binary.LittleEndian.AppendUint64(b, signpost.Signpost) // those of the one before are out of reach
	names := signpost.Vary
	for len(names) > 0 && notField(names[len(names)-1]) {
		b = appendChoice(b, names[len(names)-1], req)
		names = names[:len(names)-1]
	}
	vary := httpmsg.Vary{Names: names}
	return primary.beside(vary.AppendKey(b, req))
}
