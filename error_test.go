package hedge

import "testing"

func TestPlaceOfException(t *testing.T) {
	app, library := Frame{File: "src/index.ts", Line: 3, Column: 7}, Frame{File: "library:node:events", Line: 1, Column: 1}
	for _, test := range []struct {
		name   string
		frames []Frame
		want   Frame
		ok     bool
	}{
		{"none", nil, Frame{}, false},
		{"the app's", []Frame{app, library}, app, true},
		{"a call into the library", []Frame{library, app}, app, true},
		{"the library's alone", []Frame{library}, library, true},
	} {
		x := &Exception{Frames: test.frames}
		if at, ok := x.Place(); at != test.want || ok != test.ok {
			t.Errorf("%s: %v, %v", test.name, at, ok)
		}
	}
}
