// Package vips calls libvips (https://www.libvips.org/), which is loaded when it is
// asked for: the program does not depend on it.
//
// There is one way in, as in libvips itself: an operation is looked up by its name, is
// given arguments by theirs, and is built. What an operation does, and its arguments,
// is in libvips' own reference. Nothing here knows what a picture is good for.
//
// libvips' state belongs to the process: one library is opened in one, and only in one
// that may end at any time, for what it decodes comes from strangers.
package vips
