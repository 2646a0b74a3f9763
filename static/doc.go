// Package static serves the files of a folder, packed in a release or as they are on
// disk: ranges, conditions, precompressed variants, index pages (RFC 9110).
//
// What a file is called comes from the path of the request alone, and is looked for in
// a list, or below a folder that links cannot lead out of.
package static
