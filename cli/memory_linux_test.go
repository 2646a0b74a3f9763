package cli

import (
	"os"
	"path/filepath"
	"testing"
)

// Cordons run one program: its pages are in memory once, however many there are.
func TestSharedMemoryCountsOnce(t *testing.T) {
	proc := t.TempDir()
	for name, content := range map[string]string{
		"self/statm": "9000 1000 300 50 0 900 0\n", "7/statm": "9000 500 400 50 0 900 0\n", "8/statm": "9000 600 450 50 0 900 0\n",
		"self/task/1/children": "7 8 ", "self/task/2/children": "", "self/task/3/children": "9 ", // which has ended
	} {
		write(t, filepath.Join(proc, name), content)
	}
	if got, want := memoryIn(proc), int64(700+100+150+450)*int64(os.Getpagesize()); got != want {
		t.Errorf("%d bytes are in use, want %d", got, want)
	}
	if got := memoryInUse(); got <= 0 {
		t.Errorf("this process has %d bytes in use", got)
	}
}
