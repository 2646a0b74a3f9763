package vips_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"hedge/image/imagetest"
	"hedge/vips"
)

// openVariable has the test binary open a library, and say what has come of it: a process
// can open one.
const openVariable = "HEDGE_TEST_VIPS"

func TestMain(m *testing.M) {
	if path, ok := os.LookupEnv(openVariable); ok {
		lib, err := vips.Open(path, 1)
		if err != nil {
			fmt.Print(err)
		} else {
			fmt.Print("opened ", lib.Version())
		}
		return
	}
	os.Exit(m.Run())
}

// fake compiles a library that is none.
func fake(t *testing.T, flags ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "libvips.so")
	out, err := exec.Command("cc", append(flags, "-shared", "-fPIC", "-o", path, "testdata/fake.c")...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return path
}

func TestOpen(t *testing.T) {
	text := filepath.Join(t.TempDir(), "libvips.so")
	if err := os.WriteFile(text, []byte(strings.Repeat("no library\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ path, says string }{
		"absent":          {"/nonexistent/libvips.so.42", "loading libvips: /nonexistent/libvips.so.42: cannot open"},
		"a folder":        {t.TempDir(), "loading libvips: "},
		"text":            {text, "loading libvips: " + text},
		"another library": {"libc.so.6", "loading libvips: it has no function vips_init: it is not libvips, or an old one"},
		"no function":     {fake(t, "-DMISSING"), "loading libvips: it has no function vips_image_copy_memory: it is not libvips, or an old one"},
		"too old":         {fake(t, "-DMINOR=11"), "loading libvips: it is 8.11.0, and 8.12 or a later 8 is needed"},
		"does not start":  {fake(t, "-DINIT=-1"), "loading libvips: the fake does not start"},
		"old enough":      {fake(t, "-DMINOR=12"), "opened 8.12.0"},
		"libvips":         {imagetest.Library(t), "opened 8."},
	} {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), openVariable+"="+c.path)
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.HasPrefix(string(out), c.says) {
			t.Errorf("%s: got %q, %v; want %q", name, out, err, c.says)
		}
	}
}

// open opens libvips, or skips the test.
func open(t *testing.T) (*vips.Library, *vips.Scope) {
	t.Helper()
	lib, err := vips.Open(imagetest.Library(t), 1)
	if err != nil {
		t.Fatal(err)
	}
	scope := lib.NewScope()
	t.Cleanup(scope.Close)
	return lib, scope
}

func TestHas(t *testing.T) {
	lib, _ := open(t)
	for _, c := range []struct {
		operation, argument string
		has, takes          bool
	}{
		{"resize", "kernel", true, true},
		{"resize", "kernels", true, false},
		{"jpegload_buffer", "shrink", true, true},
		{"jpegload_buffer", "fail_on", true, true},
		{"enlarge", "kernel", false, false},
		{"", "", false, false},
	} {
		if lib.Has(c.operation) != c.has || lib.HasArgument(c.operation, c.argument) != c.takes {
			t.Errorf("%s has %s: got %v, %v", c.operation, c.argument, lib.Has(c.operation), lib.HasArgument(c.operation, c.argument))
		}
	}
	lib.Trim()
}
