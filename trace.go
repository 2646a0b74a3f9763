package hedge

import (
	"encoding/hex"
	"strings"
)

// Trace is where a request stands in a trace (W3C Trace Context). The zero value
// stands in none.
type Trace struct {
	ID   [16]byte
	Span [8]byte // what is done under it is a child of it
	// Flagged is the flag "sampled" as it is passed on: somebody records the trace.
	Flagged bool
	// Recorded says that this edge records its part.
	Recorded bool
	// State is the field tracestate, which is passed on as it came.
	State string
}

// IsZero reports whether the request stands in no trace.
func (t *Trace) IsZero() bool { return t.ID == [16]byte{} }

// Parent returns the value of traceparent for what is done under the span (§3.2).
func (t *Trace) Parent() string {
	var b [55]byte
	copy(b[:], "00-")
	hex.Encode(b[3:], t.ID[:])
	b[35] = '-'
	hex.Encode(b[36:], t.Span[:])
	copy(b[52:], "-00")
	if t.Flagged {
		b[54] = '1'
	}
	return string(b[:])
}

// ParseTrace reads the fields of a request, each with all of its values. false: they say
// nothing that can be relied on, and the trace begins here (§4.3). A state that makes no
// sense is dropped, and the parent stays.
func ParseTrace(parents, states []string) (Trace, bool) {
	if len(parents) != 1 {
		return Trace{}, false
	}
	t, ok := parseParent(parents[0])
	if !ok {
		return Trace{}, false
	}
	if state := strings.Join(states, ","); validState(state) {
		t.State = state
	}
	return t, true
}

// parseParent reads traceparent. Of versions to come, what this one knows is read
// (§3.2.4).
func parseParent(value string) (t Trace, ok bool) {
	const known = len("00-0123456789abcdef0123456789abcdef-0123456789abcdef-01")
	if len(value) < known || value[2] != '-' || value[35] != '-' || value[52] != '-' {
		return t, false
	}
	var version, flags [1]byte
	fits := decodeHex(version[:], value[:2]) && decodeHex(t.ID[:], value[3:35]) && decodeHex(t.Span[:], value[36:52]) && decodeHex(flags[:], value[53:55])
	switch {
	case !fits || version[0] == 0xff || t.IsZero() || t.Span == [8]byte{}:
		return Trace{}, false
	case len(value) > known && (version[0] == 0 || value[known] != '-'):
		return Trace{}, false
	}
	t.Flagged = flags[0]&1 != 0
	return t, true
}

// decodeHex decodes digits, which have to be in lower case.
func decodeHex(to []byte, text string) bool {
	for i := range len(text) {
		if c := text[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	_, err := hex.Decode(to, []byte(text))
	return err == nil
}

// What is passed on of tracestate (§3.3.1.5, §3.3.1.1).
const (
	maxStateBytes   = 512
	maxStateMembers = 32
)

// validState reports whether a list has the form of tracestate (§3.3.1).
func validState(state string) bool {
	if len(state) > maxStateBytes || state == "" {
		return false
	}
	keys := map[string]bool{}
	for member := range strings.SplitSeq(state, ",") {
		member = strings.Trim(member, " \t")
		if member == "" {
			continue
		}
		key, value, ok := strings.Cut(member, "=")
		if !ok || !validKey(key) || !validValue(value) || keys[key] {
			return false
		}
		keys[key] = true
	}
	return len(keys) > 0 && len(keys) <= maxStateMembers
}

func validKey(key string) bool {
	if key == "" || len(key) > 256 || strings.Count(key, "@") > 1 {
		return false
	}
	for i := range len(key) {
		c := key[i]
		letter := c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
		if !letter && (i == 0 || !strings.ContainsRune("_-*/@", rune(c))) {
			return false
		}
	}
	return true
}

func validValue(value string) bool {
	if value == "" || len(value) > 256 {
		return false
	}
	for i := range len(value) {
		if c := value[i]; c < ' ' || c > '~' || c == '=' || c == ',' {
			return false
		}
	}
	return true
}

// Traced notes where the request stands in a trace.
func (a *Account) Traced(t Trace) {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.entry.Trace = t
}

// Trace returns where the request stands in a trace.
func (a *Account) Trace() Trace {
	if a == nil {
		return Trace{}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.entry.Trace
}
