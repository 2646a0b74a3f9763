// Package imagetest helps tests with pictures.
package imagetest

import (
	"path/filepath"
	"runtime"
	"testing"

	"hedge/image"
)

// Library returns libvips: the one that `make check` has installed from npm, or the
// system's. The test is skipped if there is none.
func Library(t testing.TB) string {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	prebuilt, _ := filepath.Glob(filepath.Join(filepath.Dir(here), "../../node_modules/@img/sharp-libvips-*/lib"))
	name := image.Find("", prebuilt...)
	if name == "" {
		t.Skip("there is no libvips here, in node_modules or in the system: npm ci, or apt install libvips42")
	}
	return name
}
