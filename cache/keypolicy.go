package cache

import (
	"encoding/binary"
	"slices"
	"strings"

	"hedge/httpmsg"
)

// KeyPolicy says by what of a request entries are found. The zero value: by the URL, and by
// what answers say that they vary by. What it takes out of the key does not reach the
// origin, and so cannot change what is stored; what it adds tells more answers apart.
type KeyPolicy struct {
	Query Query
	// Headers and Cookies are names of fields and cookies by which all answers differ.
	Headers, Cookies []string
	// Device has answers differ by httpmsg.DeviceOf, which Vary: User-Agent then means. The
	// origin is told by httpmsg.DeviceField.
	Device bool
}

// Query says which parameters of a query are part of a key. The zero value: all, in
// their order. A "*" at the end of a name stands for any characters.
type Query struct {
	Sort   bool     // their order does not matter
	Ignore []string // these are not part of it
	Keep   []string // nothing but these is; nil: all
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
		if param != "" && (q.Keep == nil || named(q.Keep, name)) && !named(q.Ignore, name) {
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

func named(names []string, name string) bool {
	return slices.ContainsFunc(names, func(n string) bool {
		prefix, open := strings.CutSuffix(n, "*")
		return n == name || open && strings.HasPrefix(name, prefix)
	})
}

// Among the names that answers differ by are some that are not those of fields; they come
// last, as all of a field's name is ASCII.
const (
	cookieChoice = "\xffcookie:"
	deviceChoice = "\xffdevice"
)

func notField(name string) bool {
	return strings.HasPrefix(name, cookieChoice) || name == deviceChoice
}

// choices returns by what answers differ: those that they name, and those of the policy.
func (k *KeyPolicy) choices(vary []string) []string {
	if len(k.Headers) == 0 && len(k.Cookies) == 0 && !k.Device {
		return vary
	}
	names := slices.Clone(vary)
	if k.Device {
		names = slices.DeleteFunc(names, func(name string) bool { return name == "user-agent" })
		names = append(names, deviceChoice)
	}
	for _, name := range k.Headers {
		names = append(names, httpmsg.Lower(name))
	}
	for _, name := range k.Cookies {
		names = append(names, cookieChoice+name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// appendChoice appends what a request has under a name that is not a field's.
func appendChoice(b []byte, name string, req *httpmsg.Header) []byte {
	value, has := string(httpmsg.DeviceOf(req)), true
	if cookie, ok := strings.CutPrefix(name, cookieChoice); ok {
		value, has = httpmsg.Cookie(req, cookie)
	}
	for _, s := range [...]string{name, value} {
		b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
	}
	if has {
		return append(b, 1)
	}
	return append(b, 0)
}

// shapes reports whether requests do not reach the origin as they are.
func (k *KeyPolicy) shapes() bool {
	return k.Device || k.Query.Sort || k.Query.Ignore != nil || k.Query.Keep != nil
}

// shape gives a request on its way to the origin what the key has of it. The caller owns
// the request.
func (k *KeyPolicy) shape(req *httpmsg.Request) {
	req.Target = k.Query.apply(req.Target)
	if k.Device {
		req.Header.Set(httpmsg.DeviceField, string(httpmsg.DeviceOf(&req.Header)))
	}
}
