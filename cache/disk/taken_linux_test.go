package disk_test

import (
	"io/fs"
	"syscall"
)

// taken is what a file takes of the disk, without its holes.
func taken(info fs.FileInfo) int64 { return info.Sys().(*syscall.Stat_t).Blocks * 512 }
