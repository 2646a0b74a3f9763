package router

import "strings"

// pattern is a text with "*" for any characters, taken apart at them.
type pattern struct {
	parts []string // at least one
}

func newPattern(text string) pattern { return pattern{strings.Split(text, "*")} }

// matches reports whether a text fits, in time that grows with its length times the
// number of parts.
func (p *pattern) matches(text string) bool {
	head, last := p.parts[0], len(p.parts)-1
	if last == 0 {
		return text == head
	}
	text, ok := strings.CutPrefix(text, head)
	if !ok {
		return false
	}
	for _, part := range p.parts[1:last] { // each as early as can be leaves the most for the rest
		i := strings.Index(text, part)
		if i < 0 {
			return false
		}
		text = text[i+len(part):]
	}
	return strings.HasSuffix(text, p.parts[last])
}
