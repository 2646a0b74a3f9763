// Package sourcemap answers the question that every stack trace asks: which line
// of which source file is this line and column of the bundle? It reads version 3
// source maps (ECMA-426) and prints excerpts of sources with a caret. It imports
// the standard library only.
//
// Lines and columns count from 1, as in the stack traces of V8, and columns
// count UTF-16 code units, as V8, editors and source maps do.
package sourcemap
