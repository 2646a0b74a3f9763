package hedge

import (
	"io"
	"time"
)

// Static says how a route serves the files of a folder.
type Static struct {
	// Folder is one of Release.Folders.
	Folder string
	// Fallback is the file that answers, with 200, where there is none and the path does
	// not look like that of a file, as single-page apps need it; empty: none does.
	Fallback string
	// NotFound is the file whose content goes with 404; empty: a page of the edge's.
	NotFound string
	// Dotfiles serves files and folders whose names begin with a dot, too. ".well-known"
	// at the top is served in any case (RFC 8615).
	Dotfiles bool
}

// Folder is a folder of files that a release serves.
type Folder struct {
	// Root is where the folder is, where it is served as it is at the moment: in
	// development. It is not part of a release file.
	Root string
	// Files are those of a folder that has been packed, by their path below it.
	Files []File
}

// File is a file of a release.
type File struct {
	// Path is below the folder, with forward slashes: "css/a.css".
	Path string
	Size int64
	// SHA256 is the hash of the content.
	SHA256 [32]byte
	// Modified is to the second. It does not count for the release's ID, as it differs
	// between copies of one source.
	Modified time.Time
	// Content is read from many goroutines at once, as long as the release is used.
	Content io.ReaderAt
}
