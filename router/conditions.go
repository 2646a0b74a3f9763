package router

import (
	"slices"
	"strings"

	"hedge"
	"hedge/httpmsg"
)

// conditions are what a route asks of a request besides its host and path.
type conditions struct {
	methods        []string // none: any
	headers, query []field
}

// field asks for a value of a field or parameter.
type field struct {
	name  string
	value pattern
	// upgrade says that the field is Upgrade, which a request that has come in has in a
	// place of its own.
	upgrade bool
}

func compile(route *hedge.Route) conditions {
	c := conditions{methods: slices.Clone(route.Methods)}
	if slices.Contains(c.methods, "GET") {
		c.methods = append(c.methods, "HEAD")
	}
	for _, m := range route.Headers {
		f := field{name: m.Name, value: newPattern(m.Pattern)}
		if f.upgrade = httpmsg.EqualFold(m.Name, "Upgrade"); f.upgrade {
			f.value = newPattern(httpmsg.Lower(m.Pattern)) // names of protocols are alike in any case (RFC 9110 §7.8)
		}
		c.headers = append(c.headers, f)
	}
	for _, m := range route.Query {
		c.query = append(c.query, field{name: m.Name, value: newPattern(m.Pattern)})
	}
	return c
}

func (c *conditions) count() int {
	n := len(c.headers) + len(c.query)
	if len(c.methods) > 0 {
		n++
	}
	return n
}

// hold reports whether a request fulfils all of them.
func (c *conditions) hold(req *httpmsg.Request) bool {
	if len(c.methods) > 0 && !slices.Contains(c.methods, req.Method) {
		return false
	}
	for i := range c.headers {
		if !c.headers[i].inHead(req) {
			return false
		}
	}
	if len(c.query) == 0 {
		return true
	}
	query := req.Query()
	for i := range c.query {
		if !c.query[i].inQuery(query) {
			return false
		}
	}
	return true
}

func (f *field) inHead(req *httpmsg.Request) bool {
	if f.upgrade {
		return req.Upgrade != "" && f.value.matches(req.Upgrade)
	}
	fields := req.Header.Fields()
	for i := range fields {
		if httpmsg.EqualFold(fields[i].Name, f.name) && f.value.matches(fields[i].Value) {
			return true
		}
	}
	return false
}

// inQuery reads a query as forms write it (WHATWG URL, application/x-www-form-urlencoded).
func (f *field) inQuery(query string) bool {
	for query != "" {
		var parameter string
		parameter, query, _ = strings.Cut(query, "&")
		name, value, _ := strings.Cut(parameter, "=")
		if parameter != "" && equalDecoded(name, f.name) && f.value.matches(decode(value)) {
			return true
		}
	}
	return false
}

// equalDecoded reports whether an encoded text stands for another.
func equalDecoded(encoded, text string) bool {
	for encoded != "" {
		c, n := decodeByte(encoded)
		if text == "" || text[0] != c {
			return false
		}
		encoded, text = encoded[n:], text[1:]
	}
	return text == ""
}

// decode returns what an encoded text stands for. It allocates only where that is
// something else.
func decode(encoded string) string {
	if strings.IndexByte(encoded, '%') < 0 && strings.IndexByte(encoded, '+') < 0 {
		return encoded
	}
	out := make([]byte, 0, len(encoded))
	for encoded != "" {
		c, n := decodeByte(encoded)
		out, encoded = append(out, c), encoded[n:]
	}
	return string(out)
}

// decodeByte returns the first byte that an encoded text stands for, and how many it
// takes. A "%" that no two digits follow stands for itself.
func decodeByte(encoded string) (c byte, n int) {
	switch encoded[0] {
	case '+':
		return ' ', 1
	case '%':
		if c, ok := httpmsg.Unescape(encoded); ok {
			return c, 3
		}
	}
	return encoded[0], 1
}
