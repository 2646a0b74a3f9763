package smuggling

import (
	"strconv"
	"strings"
)

// reader is a server's way to find requests in bytes. All of them but the first are
// known of servers that were fooled.
type reader struct {
	name        string
	bareLF      bool // ends lines with LF alone as well
	folds       bool // takes a line that begins with white space for a part of the last
	length      bool // believes Content-Length where there is Transfer-Encoding too
	sloppy      bool // finds "chunked" anywhere in Transfer-Encoding, and white space before colons
	underscores bool // takes "_" and "." in names for "-"
	first       bool // believes the first of several lengths, and not the last
}

var readers = []reader{
	{name: "goes by the standard"},
	{name: "ends lines with LF alone", bareLF: true},
	{name: "unfolds lines", folds: true, bareLF: true},
	{name: "prefers Content-Length", length: true},
	{name: "is sloppy about codings", sloppy: true},
	{name: "takes underscores for hyphens", underscores: true, length: true},
	{name: "believes the first length", first: true, length: true},
}

// read lists the requests, each its request line and content.
func (r *reader) read(text string) (list []string) {
	for text != "" {
		head, rest, ok := r.head(text)
		if !ok {
			return append(list, "half a head: "+text)
		}
		content, rest, ok := r.content(r.fields(head), rest)
		if !ok {
			return append(list, head[0]+" and half of its content")
		}
		list = append(list, head[0]+" "+content)
		text = rest
	}
	return list
}

// line takes a line off.
func (r *reader) line(text string) (line, rest string, ok bool) {
	if r.bareLF {
		line, rest, ok = strings.Cut(text, "\n")
		return strings.TrimSuffix(line, "\r"), rest, ok
	}
	return strings.Cut(text, "\r\n")
}

func (r *reader) head(text string) (lines []string, rest string, ok bool) {
	for {
		line, rest, ok := r.line(text)
		switch {
		case !ok:
			return nil, "", false
		case line == "":
			return lines, rest, len(lines) > 0
		case r.folds && len(lines) > 0 && (line[0] == ' ' || line[0] == '\t'):
			lines[len(lines)-1] += line
		default:
			lines = append(lines, line)
		}
		text = rest
	}
}

// fields finds what frames the content.
func (r *reader) fields(head []string) (framing struct {
	chunked, sized bool
	length         int
},
) {
	for _, line := range head[1:] {
		name, value, _ := strings.Cut(strings.ToLower(line), ":")
		if r.underscores {
			name = strings.NewReplacer("_", "-", ".", "-").Replace(name)
		}
		if r.sloppy {
			name = strings.TrimSpace(name)
		}
		value = strings.Trim(value, " \t")
		switch {
		case name == "transfer-encoding":
			framing.chunked = framing.chunked || value == "chunked" || r.sloppy && strings.Contains(value, "chunked")
		case name == "content-length" && !(r.first && framing.sized):
			framing.length, _ = strconv.Atoi(value)
			framing.sized = true
		}
	}
	return framing
}

func (r *reader) content(f struct {
	chunked, sized bool
	length         int
}, text string,
) (content, rest string, ok bool) {
	if f.chunked && !(r.length && f.sized) {
		return r.chunks(text)
	}
	if f.length > len(text) {
		return "", "", false
	}
	return text[:f.length], text[f.length:], true
}

func (r *reader) chunks(text string) (content, rest string, ok bool) {
	for {
		line, rest, ok := r.line(text)
		digits, _, _ := strings.Cut(line, ";")
		size, err := strconv.ParseInt(digits, 16, 64)
		if !ok || err != nil || size > int64(len(rest)) {
			return "", "", false
		}
		if size == 0 {
			for ok && line != "" {
				line, rest, ok = r.line(rest)
			}
			return content, rest, ok
		}
		content += rest[:size]
		if _, text, ok = r.line(rest[size:]); !ok {
			return "", "", false
		}
	}
}
