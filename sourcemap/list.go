package sourcemap

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// maxElements bounds each array of a map.
const maxElements = 1 << 20

// maxName bounds the names that a map has for sources and identifiers, in bytes. A longer one
// counts as none: each line of a stack trace would have a copy.
const maxName = 4 << 10

// list is an array of strings in JSON. Its elements are read when they are asked for: a value
// for each would be many times as large as the text of a hostile one.
type list struct {
	text []byte
	// bounds are where the elements lie in text: each is between two of them. Nil if there
	// is none.
	bounds []int32
}

// UnmarshalJSON notes where the elements are. What is not an array is an error.
func (l *list) UnmarshalJSON(data []byte) error {
	*l = list{}
	if string(data) == "null" {
		return nil
	}
	if data[0] != '[' {
		return errors.New("not an array")
	}
	if len(bytes.TrimSpace(data[1:len(data)-1])) == 0 {
		return nil
	}
	l.text = bytes.Clone(data)
	l.bounds = append(l.bounds, 0)
	depth, quoted := 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case c == '\\':
			i++ // it stands in strings alone
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			depth--
		case c == ',' && depth == 1:
			l.bounds = append(l.bounds, int32(i))
			if len(l.bounds) > maxElements {
				return fmt.Errorf("an array of more than %d elements", maxElements)
			}
		}
	}
	l.bounds = append(l.bounds, int32(len(data)-1))
	return nil
}

func (l *list) len() int { return max(len(l.bounds)-1, 0) }

// at returns an element; false if there is none, it is no string, or its text is longer
// than most bytes.
func (l *list) at(i, most int) (string, bool) {
	if i >= l.len() {
		return "", false
	}
	element := l.text[l.bounds[i]+1 : l.bounds[i+1]]
	var s *string
	if len(element) > most || json.Unmarshal(element, &s) != nil || s == nil {
		return "", false
	}
	return *s, true
}
