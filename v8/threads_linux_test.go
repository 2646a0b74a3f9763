package v8

import (
	"os"
	"regexp"
	"testing"
)

// A turn may run on any of Go's threads, and memory under a protection key, where the
// processor has such keys, can only be read by descendants of the thread that started V8.
func TestNothingHasAProtectionKey(t *testing.T) {
	newIsolate(t).run("")
	maps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	if guarded := regexp.MustCompile(`(?m)^ProtectionKey: +[1-9]`).FindAll(maps, -1); len(guarded) > 0 {
		t.Errorf("%d mappings have one", len(guarded))
	}
}
