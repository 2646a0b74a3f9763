//go:build !linux

package disk

import "errors"

// Own implements FS: all content is in one file.
func (f Folder) Own() (OwnFS, error) { return nil, nil }

// Punch implements File. Nobody asks for it where no content has a file of its own.
func (f folderFile) Punch(int64, int64) error { return errors.ErrUnsupported }
