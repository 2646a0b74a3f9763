package child

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	landlock "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
)

// restrictThread forbids this thread, and what it executes, to open any file but
// the given ones for reading and executing, to use TCP (and UDP, where the kernel
// can), and to send signals or connect to abstract sockets outside. Multipath TCP
// and raw sockets are none of Landlock's: the filter and the namespace forbid them.
func restrictThread(files []int, filesErr error) Report {
	defer closeAll(files)
	abi, err := landlock.LandlockGetABIVersion()
	if err == nil {
		err = filesErr
	}
	if err == nil {
		err = enforce(rulesetFor(abi), files)
	}
	return Report{
		row(LayerLandlockFiles, err, fmt.Sprintf("ABI %d", abi)),
		row(LayerLandlockNet, errors.Join(err, since(4, abi)), "TCP"),
		row(LayerLandlockScope, errors.Join(err, since(6, abi)), ""),
	}
}

// since says that a part of Landlock came with a later ABI, if it did.
func since(needed, have int) error {
	if have >= needed {
		return nil
	}
	return fmt.Errorf("this kernel has Landlock ABI %d, and %d is needed", have, needed)
}

// rulesetFor handles everything that an ABI knows of, which is to deny it (Linux,
// Documentation/userspace-api/landlock.rst).
func rulesetFor(abi int) landlock.RulesetAttr {
	attr := landlock.RulesetAttr{HandledAccessFS: landlock.AccessFSRefer - 1} // the rights of ABI 1
	for _, grant := range []struct {
		abi            int
		fs, net, scope uint64
	}{
		{2, landlock.AccessFSRefer, 0, 0},
		{3, landlock.AccessFSTruncate, 0, 0},
		{4, 0, landlock.AccessNetBindTCP | landlock.AccessNetConnectTCP, 0},
		{5, landlock.AccessFSIoctlDev, 0, 0},
		{6, 0, 0, landlock.ScopeAbstractUnixSocket | landlock.ScopeSignal},
		{9, landlock.AccessFSResolveUnix, 0, 0},
		{10, 0, landlock.AccessNetBindUDP | landlock.AccessNetConnectSendUDP, 0},
	} {
		if abi >= grant.abi {
			attr.HandledAccessFS |= grant.fs
			attr.HandledAccessNet |= grant.net
			attr.Scoped |= grant.scope
		}
	}
	return attr
}

// enforce restricts this thread. no_new_privs is set already.
func enforce(attr landlock.RulesetAttr, files []int) error {
	ruleset, err := landlock.LandlockCreateRuleset(&attr, 0)
	if err != nil {
		return fmt.Errorf("landlock_create_ruleset: %w", err)
	}
	defer unix.Close(ruleset)
	for _, fd := range files {
		rule := landlock.PathBeneathAttr{AllowedAccess: landlock.AccessFSExecute | landlock.AccessFSReadFile, ParentFd: fd}
		if isFolder(fd) {
			rule.AllowedAccess |= landlock.AccessFSReadDir
		}
		if err := landlock.LandlockAddPathBeneathRule(ruleset, &rule, 0); err != nil {
			return fmt.Errorf("landlock_add_rule: %w", err)
		}
	}
	if err := landlock.LandlockRestrictSelf(ruleset, 0); err != nil {
		return fmt.Errorf("landlock_restrict_self: %w", err)
	}
	return nil
}

func isFolder(fd int) bool {
	var stat unix.Stat_t
	return unix.Fstat(fd, &stat) == nil && stat.Mode&unix.S_IFMT == unix.S_IFDIR
}

// programFiles opens what this process is loaded from: the program, the loader,
// libraries, and the loader's cache of where they are; and what it may read besides, as far
// as that can be opened: to leave something out confines no less.
func programFiles(besides []string) ([]int, error) {
	maps, err := readSmall("/proc/self/maps")
	if err != nil {
		return nil, fmt.Errorf("finding the program's libraries: %w", err)
	}
	program, err := os.Readlink(self)
	if err != nil {
		return nil, fmt.Errorf("finding the program's libraries: %w", err)
	}
	names := append([]string{self, "/etc/ld.so.cache"}, besides...)
	for line := range strings.Lines(maps) {
		// address perms offset dev inode, and a path, which may have spaces in it
		if i := strings.IndexByte(line, '/'); i >= 0 {
			names = append(names, strings.TrimSuffix(line[i:], "\n"))
		}
	}
	// self leads to the program, even where a user of a namespace could not follow its path
	names = slices.DeleteFunc(names, func(name string) bool { return name == program })
	slices.Sort(names)
	var fds []int
	for _, name := range slices.Compact(names) {
		fd, err := unix.Open(name, unix.O_PATH|unix.O_CLOEXEC, 0)
		switch {
		case err == nil:
			fds = append(fds, fd)
		case errors.Is(err, unix.ENOENT), errors.Is(err, unix.EACCES): // a static program has no cache; what is deleted or closed to us cannot be loaded anyway
		case slices.Contains(besides, name): // nor can what is in a circle of links, or on a file system that has gone
		default:
			closeAll(fds)
			return nil, fmt.Errorf("finding the program's libraries: %s: %w", name, err)
		}
	}
	return fds, nil
}

func closeAll(fds []int) {
	for _, fd := range fds {
		_ = unix.Close(fd) // O_PATH: nothing can be lost
	}
}
