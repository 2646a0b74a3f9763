package admin

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// MakeFolder makes a folder for sockets, if there is none, and checks it as CheckFolder
// does.
func MakeFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return CheckFolder(dir)
}

// CheckFolder returns an error if a folder is not this user's alone. Where the usual one
// is, as in /tmp, others may have made theirs before; whoever can write to it can put a
// socket of their own in the place of a server's. A folder that is not there is
// fs.ErrNotExist.
func CheckFolder(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	owner := info.Sys().(*syscall.Stat_t).Uid
	switch {
	case info.Mode().Type() != fs.ModeDir:
		return fmt.Errorf("%s is not a folder: remove it, or name a socket elsewhere with --admin", dir)
	case int(owner) != os.Geteuid():
		return fmt.Errorf("%s belongs to another user, %d: name a socket elsewhere with --admin", dir, owner)
	case info.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("%s is open to others: take what is in it away from them (chmod 700), or name a socket elsewhere with --admin", dir)
	}
	return nil
}
