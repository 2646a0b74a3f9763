package cli

import (
	"os"
	"testing"
)

// What the commands start as children of theirs is this program.
func TestMain(m *testing.M) {
	if code, ok := asChild(os.Args); ok {
		os.Exit(code)
	}
	os.Exit(m.Run())
}
