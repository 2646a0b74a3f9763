package hedge

import (
	"strings"
	"testing"
)

func TestParseTrace(t *testing.T) {
	const good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	many := make([]string, 33)
	for i := range many {
		many[i] = "k" + strings.Repeat("x", i) + "=1"
	}
	for _, test := range []struct {
		name            string
		parents, states []string
		fine            bool
		state           string
	}{
		{"sampled", []string{good}, nil, true, ""},
		{"with a state", []string{good}, []string{"a=1, b@c=2", "d=3"}, true, "a=1, b@c=2,d=3"},
		{"none", nil, []string{"a=1"}, false, ""},
		{"two", []string{good, good}, nil, false, ""},
		{"empty", []string{""}, nil, false, ""},
		{"upper case", []string{strings.ToUpper(good)}, nil, false, ""},
		{"version ff", []string{"ff" + good[2:]}, nil, false, ""},
		{"no trace", []string{"00-00000000000000000000000000000000-b7ad6b7169203331-01"}, nil, false, ""},
		{"no span", []string{"00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01"}, nil, false, ""},
		{"too long", []string{good + "-00"}, nil, false, ""},
		{"a version to come", []string{"cc" + good[2:] + "-what"}, nil, true, ""},
		{"a version to come, run together", []string{"cc" + good[2:] + "what"}, nil, false, ""},
		{"too short", []string{good[:54]}, nil, false, ""},
		{"other separators", []string{strings.ReplaceAll(good, "-", "_")}, nil, false, ""},
		{"spaces", []string{" " + good[1:]}, nil, false, ""},
		{"a state twice", []string{good}, []string{"a=1,a=2"}, true, ""},
		{"a state of nothing", []string{good}, []string{" , "}, true, ""},
		{"a state with a space in front", []string{good}, []string{" =1"}, true, ""},
		{"a state in upper case", []string{good}, []string{"A=1"}, true, ""},
		{"a long state", []string{good}, []string{"a=" + strings.Repeat("x", 600)}, true, ""},
		{"many states", []string{good}, []string{strings.Join(many, ",")[:500]}, true, ""},
	} {
		got, ok := ParseTrace(test.parents, test.states)
		if ok != test.fine || got.State != test.state && test.name != "many states" {
			t.Errorf("%s: %v, state %q; want %v, %q", test.name, ok, got.State, test.fine, test.state)
		}
		if ok && test.name != "a version to come" && got.Parent() != good {
			t.Errorf("%s: passed on as %s", test.name, got.Parent())
		}
	}
}

// What is passed on reads as it was meant, whatever came.
func FuzzParseTrace(f *testing.F) {
	f.Add("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "a=1")
	f.Add("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-ff-x", "a=1,b=2,")
	f.Fuzz(func(t *testing.T, parent, state string) {
		got, ok := ParseTrace([]string{parent}, []string{state})
		if !ok {
			if !got.IsZero() {
				t.Fatalf("%q is refused, and says %v", parent, got)
			}
			return
		}
		again, ok := ParseTrace([]string{got.Parent()}, []string{got.State})
		if !ok || again != got {
			t.Fatalf("%q reads as %v, which reads as %v", parent, got, again)
		}
	})
}
