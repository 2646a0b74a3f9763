package image

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
)

// Find returns libvips: the file that is named, or one in the folders, or one where the
// system has its libraries. It returns "" if there is none. A file that is named need not
// be there: that it is missing is told by who uses it.
func Find(named string, folders ...string) string {
	if named != "" {
		if path, err := filepath.Abs(named); err == nil { // workers are somewhere else
			return path
		}
		return named
	}
	for _, folder := range append(folders, systemFolders()...) {
		for _, pattern := range []string{"libvips-cpp.so.*", "libvips.so.42*", "libvips-cpp.*.dylib", "libvips.42.dylib"} {
			found, _ := filepath.Glob(filepath.Join(folder, pattern)) // the patterns are well-formed
			slices.Sort(found)
			// Debian has a library of C++ beside that of C, and sharp's build has one for both.
			for _, name := range slices.Backward(found) {
				if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() && !isOnlyCPP(name) {
					return name
				}
			}
		}
	}
	return ""
}

// isOnlyCPP reports whether a file is the library of C++ that needs that of C beside it.
func isOnlyCPP(name string) bool {
	beside, _ := filepath.Glob(filepath.Join(filepath.Dir(name), "libvips.so.42*"))
	return len(beside) > 0 && filepath.Base(name)[:len("libvips-cpp")] == "libvips-cpp"
}

// systemFolders are where systems keep libraries.
func systemFolders() []string {
	triple := map[string]string{"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu"}[runtime.GOARCH]
	return []string{"/usr/local/lib", "/usr/lib/" + triple, "/usr/lib64", "/usr/lib", "/opt/homebrew/lib"}
}
