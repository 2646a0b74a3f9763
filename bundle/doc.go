// Package bundle turns an app's folder into a release: it reads hedge.toml,
// bundles the code that `main` names with esbuild, and collects what the code
// imports. A release depends on the folder's content alone, not on where the
// folder is or when it was built, so that two builds of one source are equal.
//
// Build makes one release. A Builder makes one after another for a watcher, and
// keeps what has not changed. Both report what is wrong in the app as a
// *BuildError, which prints like a compiler: file, line, column, the source line
// with a caret, and the nearest right name.
//
// WriteRelease and ReadRelease store a release as one self-contained file.
package bundle
