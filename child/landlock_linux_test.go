package child

import (
	"os"
	"path/filepath"
	"testing"

	landlock "github.com/landlock-lsm/go-landlock/landlock/syscall"
)

func TestRulesets(t *testing.T) {
	for _, c := range []struct {
		abi  int
		want landlock.RulesetAttr
	}{
		{1, landlock.RulesetAttr{HandledAccessFS: 1<<13 - 1}},
		{2, landlock.RulesetAttr{HandledAccessFS: 1<<14 - 1}},
		{3, landlock.RulesetAttr{HandledAccessFS: 1<<15 - 1}},
		{4, landlock.RulesetAttr{HandledAccessFS: 1<<15 - 1, HandledAccessNet: 3}},
		{5, landlock.RulesetAttr{HandledAccessFS: 1<<16 - 1, HandledAccessNet: 3}},
		{7, landlock.RulesetAttr{HandledAccessFS: 1<<16 - 1, HandledAccessNet: 3, Scoped: 3}},
		{9, landlock.RulesetAttr{HandledAccessFS: 1<<17 - 1, HandledAccessNet: 3, Scoped: 3}},
		{11, landlock.RulesetAttr{HandledAccessFS: 1<<17 - 1, HandledAccessNet: 15, Scoped: 3}},
	} {
		if got := rulesetFor(c.abi); got != c.want {
			t.Errorf("ABI %d: %+v, not %+v", c.abi, got, c.want)
		}
	}
}

// What may be read besides and cannot be opened is left out: it costs nothing else of the
// confinement.
func TestWhatCannotBeOpenedIsLeftOut(t *testing.T) {
	loop := filepath.Join(t.TempDir(), "loop")
	if err := os.Symlink(loop, loop); err != nil {
		t.Fatal(err)
	}
	program, err := programFiles(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer closeAll(program)
	files, err := programFiles([]string{loop, filepath.Join(self, "in a file"), t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer closeAll(files)
	if len(files) != len(program)+1 {
		t.Errorf("%d files may be read, want those %d of the program and one", len(files), len(program))
	}
}
