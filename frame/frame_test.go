package frame_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/evanw/esbuild/pkg/api"

	"hedge/frame"
	"hedge/v8"
)

var update = flag.Bool("update", false, "rewrite the golden vectors")

const golden = "testdata/golden.txt"

// list is a value of the type list.
type list []string

// vectors are frames by name. Each holds a text that names the types of its other
// values, which is what the echo runtime goes by.
var vectors = []struct {
	name   string
	kind   frame.Kind
	id     uint32
	values []any
}{
	{"empty", 1000, 0, nil},
	{"words", 1000, 7, []any{uint32(0), uint32(1), uint32(0x7FFFFFFF), uint32(0xFFFFFFFF)}},
	{"text", 1000, 1, []any{"hello"}},
	{"text of every padding", 1000, 1, []any{"", "a", "ab", "abc", "abcd"}},
	{"text beyond ASCII", 1000, 1, []any{"Grüße, 世界, 🌍, \u0000 in the middle"}},
	{"bytes", 1000, 2, []any{[]byte{0, 1, 2, 0xFE, 0xFF}, []byte{}}},
	{"list", 1000, 3, []any{list{"GET", "http://a/", "x-name", "value", "", "\xE9\xFF"}}},
	{"empty list", 1000, 3, []any{list{}}},
	{"mixed", 1000, 0xFFFFFFFF, []any{uint32(200), list{"OK", "a", "b"}, []byte("body"), "text", uint32(3)}},
}

// large are frames that do not fit the first inbox and outbox.
var large = []any{strings.Repeat("é", 20_000), bytes.Repeat([]byte{0xAB}, 70_001), list{strings.Repeat("x", 30_000)}}

func types(values []any) string {
	var names []string
	for _, v := range values {
		switch v.(type) {
		case uint32:
			names = append(names, "word")
		case string:
			names = append(names, "text")
		case []byte:
			names = append(names, "bytes")
		case list:
			names = append(names, "list")
		}
	}
	return strings.Join(names, " ")
}

func write(w *frame.Writer, kind frame.Kind, id uint32, values []any) {
	w.Begin(kind, id)
	w.Text(types(values))
	for _, v := range values {
		switch v := v.(type) {
		case uint32:
			w.Word(v)
		case string:
			w.Text(v)
		case []byte:
			w.ByteString(v)
		case list:
			start := w.BeginList()
			for _, item := range v {
				w.Item(item)
			}
			w.EndList(start)
		}
	}
	w.End()
}

func encode(kind frame.Kind, id uint32, values []any) []byte {
	var w frame.Writer
	write(&w, kind, id, values)
	return w.Bytes()
}

// The vectors are the contract with everything that speaks frames, so a change of
// the codec must be seen here.
func TestGolden(t *testing.T) {
	var got strings.Builder
	for _, v := range vectors {
		fmt.Fprintf(&got, "%s\t%s\n", v.name, hex.EncodeToString(encode(v.kind, v.id, v.values)))
	}
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("the codec does not produce %s; run the test with -update if that is meant", golden)
	}
}

func TestReadsWhatItWrites(t *testing.T) {
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			f, rest, err := frame.Next(encode(v.kind, v.id, v.values))
			if err != nil || len(rest) != 0 || f.Kind != v.kind || f.ID != v.id {
				t.Fatalf("%v %v, %d bytes left", f, err, len(rest))
			}
			r := frame.NewReader(f.Payload)
			r.Text()
			for _, want := range v.values {
				checkValue(t, &r, want)
			}
			if r.Err() != nil || len(r.Rest()) != 0 {
				t.Errorf("%v, %d bytes left", r.Err(), len(r.Rest()))
			}
		})
	}
}

func checkValue(t *testing.T, r *frame.Reader, want any) {
	t.Helper()
	switch want := want.(type) {
	case uint32:
		if got := r.Word(); got != want {
			t.Errorf("word %d, want %d", got, want)
		}
	case string:
		if got := r.Text(); got != want {
			t.Errorf("text %q, want %q", got, want)
		}
	case []byte:
		if got := r.ByteString(); !bytes.Equal(got, want) {
			t.Errorf("bytes %x, want %x", got, want)
		}
	case list:
		l := r.List()
		for _, item := range want {
			got, rest, ok := l.Next()
			if !ok || got != item {
				t.Errorf("item %q, want %q", got, item)
			}
			l = rest
		}
		if _, _, ok := l.Next(); ok {
			t.Error("more items than were written")
		}
	}
}

type noModules struct{}

func (noModules) Resolve(string, string) (string, bool) { return "", false }
func (noModules) ModuleURL(string) string               { return "" }

// The TypeScript twin reads the vectors and writes them back, in an isolate.
func TestTwin(t *testing.T) {
	built := api.Build(api.BuildOptions{
		EntryPoints: []string{"testdata/echo.ts"},
		Bundle:      true, Format: api.FormatIIFE, Target: api.ESNext, Platform: api.PlatformNeutral,
		Outfile: "echo.js",
	})
	if len(built.Errors) > 0 {
		t.Fatal(built.Errors[0].Text)
	}
	snapshot, err := v8.NewSnapshot("hedge:echo", built.OutputFiles[0].Contents)
	if err != nil {
		t.Fatal(err)
	}
	defer snapshot.Close()
	isolate := v8.NewIsolate(snapshot, 64<<20, noModules{})
	defer isolate.Close()

	var in, want frame.Writer
	for _, v := range vectors {
		write(&in, v.kind, v.id, v.values)
		write(&want, v.kind+1, v.id, v.values)
	}
	write(&in, 1000, 9, large)
	write(&want, 1001, 9, large)
	for seq := range uint64(3) { // the outbox grows in the first turn only
		r := isolate.Turn(in.Bytes(), time.Now(), seq+1)
		if r.Status != v8.OK {
			t.Fatalf("turn %d: status %d", seq, r.Status)
		}
		if !bytes.Equal(r.Out, want.Bytes()) {
			t.Errorf("turn %d: the twin wrote other bytes", seq)
		}
	}
}

func TestMalformed(t *testing.T) {
	good := encode(1, 2, []any{"text"})
	for name, b := range map[string][]byte{
		"nothing":         {},
		"half a header":   good[:8],
		"cut off":         good[:len(good)-4],
		"size too small":  {4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0},
		"size not padded": {13, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
		"size too large":  {0xFF, 0xFF, 0xFF, 0xFF, 1, 0, 0, 0, 0, 0, 0, 0},
	} {
		if _, _, err := frame.Next(b); !errors.Is(err, frame.ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzReader(f *testing.F) {
	for _, v := range vectors {
		f.Add(encode(v.kind, v.id, v.values))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for len(b) > 0 {
			fr, rest, err := frame.Next(b)
			if err != nil {
				return
			}
			r := frame.NewReader(fr.Payload)
			for range 4 {
				r.Word()
				r.ByteString()
				for l := r.List(); ; {
					_, next, ok := l.Next()
					if !ok {
						break
					}
					l = next
				}
			}
			b = rest
		}
	})
}
