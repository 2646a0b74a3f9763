package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Editors save in several steps (truncate and write, or write beside and rename),
// and version control changes many files: settle is how long nothing may happen
// before a change counts as complete, and settleMost bounds the wait. A file that is
// empty is likely to be between the two steps, so it is waited for as long as that.
const (
	settle     = 5 * time.Millisecond
	settleMost = 100 * time.Millisecond
)

// watcher tells when files change that a build was made of, whether they exist or
// not. It watches folders, because editors replace files, and the folders that
// those are in, because folders can be removed and come back. It is for one
// goroutine.
type watcher struct {
	notify *fsnotify.Watcher
	files  map[string]bool // what to tell of
	// folders have those files in them, at any depth.
	folders map[string]bool
}

// newWatcher returns a watcher that watches nothing yet. Close releases it.
func newWatcher() (*watcher, error) {
	notify, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, watchError(err)
	}
	return &watcher{notify: notify}, nil
}

// close ends the watcher.
func (w *watcher) close() { _ = w.notify.Close() }

// watchError explains the errors that Linux has for "too many".
func watchError(err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return fmt.Errorf("the system watches too many folders already (raise fs.inotify.max_user_watches): %w", err)
	case errors.Is(err, syscall.EMFILE):
		return fmt.Errorf("too many programs watch files, or too many files are open (raise fs.inotify.max_user_instances): %w", err)
	default:
		return err
	}
}

// follow replaces the files to tell of; root is the app's folder, and all paths are
// absolute. It returns those that may have changed since a time, before their
// folders were watched.
func (w *watcher) follow(root string, files []string, since time.Time) (changed []string, err error) {
	w.files, w.folders = map[string]bool{}, map[string]bool{}
	for _, file := range files {
		w.files[file] = true
		w.addFolders(root, file)
	}
	watched := w.notify.WatchList()
	for _, dir := range watched {
		if !w.folders[dir] {
			_ = w.notify.Remove(dir) // it is gone already, or nobody cares
		}
	}
	fresh, err := w.watch(watched)
	for _, file := range files {
		if fresh[filepath.Dir(file)] && modifiedSince(file, since) {
			changed = append(changed, file)
		}
	}
	return changed, err
}

// addFolders adds the folders above a file: those of the app and the one that the
// app is in, and of files elsewhere the nearest that exists.
func (w *watcher) addFolders(root, file string) {
	dir := filepath.Dir(file)
	w.folders[dir] = true
	for inside(root, dir) || !exists(dir) {
		parent := filepath.Dir(dir)
		if parent == dir {
			return
		}
		dir = parent
		w.folders[dir] = true
	}
}

// inside reports whether a folder is root, or below it.
func inside(root, dir string) bool {
	return dir == root || strings.HasPrefix(dir, root+string(filepath.Separator))
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// watch watches the folders that are not yet, from the top down: a folder that does
// not exist yet is announced by the one above.
func (w *watcher) watch(watched []string) (fresh map[string]bool, err error) {
	fresh = map[string]bool{}
	var missing []string
	for dir := range w.folders {
		if !slices.Contains(watched, dir) {
			missing = append(missing, dir)
		}
	}
	slices.Sort(missing)
	for _, dir := range missing {
		addErr := w.notify.Add(dir)
		switch {
		case addErr == nil:
			fresh[dir] = true
		case !errors.Is(addErr, fs.ErrNotExist) && err == nil:
			err = fmt.Errorf("%s is not watched: %w", dir, watchError(addErr))
		}
	}
	return fresh, err
}

// modifiedSince reports whether a file is newer than a time. The clock that stamps
// files is a few milliseconds behind, so what is about as old counts as newer.
func modifiedSince(file string, since time.Time) bool {
	info, err := os.Stat(file)
	return err == nil && info.ModTime().After(since.Add(-20*time.Millisecond))
}

// empty reports whether a file has nothing in it.
func empty(file string) bool {
	info, err := os.Stat(file)
	return err == nil && info.Mode().IsRegular() && info.Size() == 0
}

// next waits for a change, until nothing more happens, and returns what has
// changed: at least one path. The error is that of ctx, or why it is impossible.
func (w *watcher) next(ctx context.Context) (changed []string, err error) {
	var settled, atMost <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case event, ok := <-w.notify.Events:
			if !ok {
				return nil, fsnotify.ErrClosed
			}
			if !w.concerns(event) {
				continue
			}
			if !slices.Contains(changed, event.Name) {
				changed = append(changed, event.Name)
			}
		case err, ok := <-w.notify.Errors:
			if !ok {
				return nil, fsnotify.ErrClosed
			}
			if !errors.Is(err, fsnotify.ErrEventOverflow) {
				return nil, watchError(err)
			}
			changed = append(changed, "more files than could be counted")
		case <-settled:
			if !slices.ContainsFunc(changed, empty) {
				return changed, nil
			}
		case <-atMost:
			return changed, nil
		}
		if atMost == nil {
			atMost = time.After(settleMost)
		}
		settled = time.After(settle)
	}
}

// concerns reports whether an event is about one of the files, or a folder of them
// that comes or goes.
func (w *watcher) concerns(event fsnotify.Event) bool {
	if w.folders[event.Name] && event.Op&(fsnotify.Create|fsnotify.Remove|fsnotify.Rename) != 0 {
		// The watch may still be on a folder that had this name before.
		_ = w.notify.Remove(event.Name)
		return true
	}
	return w.files[event.Name] && event.Op != fsnotify.Chmod
}
