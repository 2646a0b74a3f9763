package hedge

import (
	"fmt"
	"strconv"
	"strings"
)

// KeySource is the part of a request that a Key is taken from.
type KeySource string

// The sources of a key.
const (
	KeyHeader KeySource = "header" // a field of the request
	KeyCookie KeySource = "cookie"
	KeyHost   KeySource = "host"   // the name that was asked for, without its port
	KeyPath   KeySource = "path"   // the whole path, or one segment of it
	KeyClient KeySource = "client" // the address of the client
)

// Key names a part of a request that requests are told apart by.
type Key struct {
	From KeySource
	// Name is that of the field or cookie.
	Name string
	// Segment is the segment of the path, counted from 1; 0: the whole path.
	Segment int
}

// ParseKey reads a key: "header:NAME", "cookie:NAME", "host", "path", "path:N"
// or "client".
// The error says which of these it should be.
func ParseKey(text string) (Key, error) {
	from, name, named := strings.Cut(text, ":")
	key := Key{From: KeySource(from)}
	switch key.From {
	case KeyHeader, KeyCookie:
		if name != "" && !strings.ContainsAny(name, " \t\r\n:;=,\"") {
			key.Name = name
			return key, nil
		}
	case KeyPath:
		n, err := strconv.ParseUint(name, 10, 8)
		if !named || err == nil && n > 0 {
			key.Segment = int(n)
			return key, nil
		}
	case KeyClient, KeyHost:
		if !named {
			return key, nil
		}
	}
	return Key{}, fmt.Errorf(`%q is none of "header:NAME", "cookie:NAME", "host", "path", "path:N" (a segment, from 1 on) and "client"`, text)
}
