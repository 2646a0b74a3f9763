//go:build !linux

package disk_test

import "io/fs"

// taken is how large a file is.
func taken(info fs.FileInfo) int64 { return info.Size() }
