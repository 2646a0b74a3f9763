package disk_test

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hedge/cache/disk"
)

// childVariable has the folder in which this program, started again by a test, stores
// entries until it is killed.
const childVariable = "HEDGE_TEST_DISK_FOLDER"

var kills = flag.Int("kills", 20, "how often TestKill kills a process that fills and evicts")

func TestMain(m *testing.M) {
	if folder := os.Getenv(childVariable); folder != "" {
		if err := fillForEver(folder, os.Stdout); err != nil {
			fmt.Println("failed", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

const (
	killBytes = 2 * mebibyte
	killKeys  = 60
)

// fillForEver stores, changes and removes entries in a store that is too small for them,
// from several goroutines of which each has keys of its own. It says what it begins and
// what it has done.
func fillForEver(folder string, out io.Writer) error {
	s, err := disk.Open(disk.Config{Files: disk.Folder(folder), Bytes: killBytes, ObjectBytes: killBytes / 2})
	if err != nil {
		return err
	}
	s.AwaitSweep()
	failed := make(chan error)
	for worker := range 3 {
		go func() {
			random := rand.New(rand.NewPCG(uint64(os.Getpid()), uint64(worker)))
			for v := os.Getpid() * 1_000_000; ; v++ {
				n := random.IntN(killKeys)*3 + worker
				length := random.IntN(300) << (random.IntN(4) * 4) % 500_000
				if random.IntN(8) > 0 {
					_, _ = fmt.Fprintf(out, "begin %d %d\n", n, v)
					if err := put(s, n, v, length); err != nil {
						failed <- err
						return
					}
					_, _ = fmt.Fprintf(out, "stored %d %d\n", n, v)
					continue
				}
				e, err := s.Get(context.Background(), keyOf(n))
				if err != nil || e == nil {
					continue
				}
				if s.Change(context.Background(), e, nil) == nil {
					_, _ = fmt.Fprintf(out, "removed %d 0\n", n)
				}
				_ = e.Close()
			}
		}()
	}
	return <-failed
}

// After a kill at any moment an entry is either what it was said to be last, or what was
// being stored, or not there; and never a wrong byte.
func TestKill(t *testing.T) {
	folder := t.TempDir()
	allowed := map[int][]int{} // versions that an entry may have
	for round := range *kills {
		runAndKill(t, folder, 50+rand.IntN(150), allowed)
		s := open(t, disk.Config{Files: disk.Folder(folder), Bytes: killBytes, ObjectBytes: killBytes / 2})
		for n := range 3 * killKeys {
			found, err := version(s, n)
			if err != nil {
				t.Fatal(err)
			}
			if found != 0 && !slices.Contains(allowed[n], found) {
				t.Fatalf("after %d kills the entry %d has the version %d; it may have %v", round+1, n, found, allowed[n])
			}
			allowed[n] = []int{found}
		}
		s.AwaitSweep()
		mustHaveNoOrphans(t, s, folder)
		if stats := s.Stats(); stats.Entries == 0 {
			t.Errorf("after %d kills there is nothing", round+1)
		}
		closed(t, s)
	}
}

// ownFilesIn returns the files that content has to itself.
func ownFilesIn(t *testing.T, folder string) (names []string) {
	t.Helper()
	list, err := os.ReadDir(filepath.Join(folder, "cache.large"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	for _, f := range list {
		names = append(names, filepath.Join(folder, "cache.large", f.Name()))
	}
	return names
}

// mustHaveNoOrphans fails the test if there are files that no entry has, or they are too
// large together.
func mustHaveNoOrphans(t *testing.T, s *disk.Store, folder string) {
	t.Helper()
	large := 0
	for n := range 3 * killKeys {
		e, err := s.Get(t.Context(), keyOf(n))
		if err != nil || e == nil {
			continue
		}
		if e.Meta.Length >= disk.OwnBytes {
			large++
		}
		_ = e.Close()
	}
	if files := len(ownFilesIn(t, folder)); files > large {
		t.Errorf("there are %d files for %d entries", files, large)
	}
	if size := filesIn(t, folder); size > killBytes {
		t.Errorf("the files take %d bytes", size)
	}
}

// runAndKill runs a child until it has said so much, kills it, and notes what it has said.
func runAndKill(t *testing.T, folder string, lines int, allowed map[int][]int) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), childVariable+"="+folder)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(out)
	for n := 0; ; n++ {
		if n == lines {
			_ = cmd.Process.Kill()
		}
		line, err := in.ReadString('\n')
		if err != nil { // and what is not a whole line was not said
			break
		}
		if strings.HasPrefix(line, "failed") {
			t.Error(line)
		}
		note(allowed, line)
	}
	_ = cmd.Wait()
}

// note takes in what a child says.
func note(allowed map[int][]int, line string) {
	var word string
	var n, v int
	_, _ = fmt.Sscan(line, &word, &n, &v)
	switch word {
	case "begin": // until it says more, it may be the one before or this one
		allowed[n] = append(allowed[n], v)
	case "stored":
		allowed[n] = []int{v}
	case "removed":
		allowed[n] = nil
	}
}
