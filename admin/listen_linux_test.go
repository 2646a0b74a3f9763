package admin

import (
	"encoding/binary"
	"path/filepath"
	"syscall"
	"testing"
)

// A socket has its mode from the beginning. Were it changed afterwards, by its path, that
// might be another's link by then, and change whatever it leads to.
func TestModeIsSetBeforeThereIsAPath(t *testing.T) {
	dir := t.TempDir()
	events, err := syscall.InotifyInit1(syscall.IN_NONBLOCK | syscall.IN_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(events)
	if _, err := syscall.InotifyAddWatch(events, dir, syscall.IN_CREATE|syscall.IN_ATTRIB); err != nil {
		t.Fatal(err)
	}
	ln, err := Listen(filepath.Join(dir, "8080.sock"))
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	seen := make([]byte, 4096)
	n, err := syscall.Read(events, seen)
	if err != nil {
		t.Fatal(err)
	}
	created := false
	for seen = seen[:n]; len(seen) > 0; {
		mask := binary.NativeEndian.Uint32(seen[4:])
		created = created || mask&syscall.IN_CREATE != 0
		if mask&syscall.IN_ATTRIB != 0 {
			t.Error("the mode of the socket was changed when it had its path")
		}
		seen = seen[syscall.SizeofInotifyEvent+binary.NativeEndian.Uint32(seen[12:]):]
	}
	if !created {
		t.Error("no socket was made")
	}
}
