package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The usual place for sockets is used while it is this user's alone, by servers and by
// commands: else the socket there might be somebody else's.
func TestUsualAdminSocket(t *testing.T) {
	runtime := t.TempDir()
	env := func(name string) string { return map[string]string{"XDG_RUNTIME_DIR": runtime}[name] }
	top := func() (code int, stderr string) {
		p := startIn(t, env, "top", "--json", "--every", "100ms")
		return p.wait(), p.stderr.String()
	}
	if code, _, stderr := run(t, "split", "show", "--admin", filepath.Join(runtime, "s")); code != exitFailure || !strings.Contains(stderr, "no server answers at the admin socket "+runtime+"/s: ") {
		t.Errorf("without a server: %d %s", code, stderr)
	}
	folder := filepath.Join(runtime, "hedge")
	if code, stderr := top(); code != exitFailure || !strings.Contains(stderr, "no server is running") {
		t.Errorf("without a folder: %d %s", code, stderr)
	}
	must(t, os.Mkdir(folder, 0o700))
	must(t, os.Chmod(folder, 0o777)) // by somebody who was here first
	p := startIn(t, env, "serve", appFor(t, "shop", "hello"), "--listen", "127.0.0.1:0")
	p.await(`there is no admin socket: .*/hedge is open to others`)
	if code, stderr := top(); code != exitFailure || !strings.Contains(stderr, "/hedge is open to others") {
		t.Errorf("in a folder of others: %d %s", code, stderr)
	}
	must(t, os.Chmod(folder, 0o700))
	p = startIn(t, env, "serve", appFor(t, "shop", "hello"), "--listen", "127.0.0.1:0")
	wantGet(t, p.url(), 200, "hello") // from then on there is the socket
	if code, stderr := top(); code != exitOK {
		t.Errorf("in a folder of our own: %d %s", code, stderr)
	}
}
