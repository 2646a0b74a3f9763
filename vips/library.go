package vips

/*
#cgo linux LDFLAGS: -ldl
#include <stdlib.h>
#include "binding.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"strings"
	"unsafe"
)

// leastMinor is the version of libvips, behind the 8, whose loaders can be told to refuse
// damaged files (their argument fail_on).
const leastMinor = 12

// Library is libvips. One scope at a time uses it.
type Library struct{ version string }

// Open loads libvips from a file, or by the name that the system's loader finds it
// under, and starts it. threads is how many an operation computes with. After an error no
// library can be used in this process.
func Open(path string, threads int) (*Library, error) {
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	var message *C.char
	if C.hvips_open(name, &message) != 0 {
		return nil, fmt.Errorf("loading libvips: %s", take(message))
	}
	major, minor, micro := int(C.hvips_version(0)), int(C.hvips_version(1)), int(C.hvips_version(2))
	version := fmt.Sprintf("%d.%d.%d", major, minor, micro)
	if major != 8 || minor < leastMinor {
		return nil, fmt.Errorf("loading libvips: it is %s, and 8.%d or a later 8 is needed", version, leastMinor)
	}
	C.hvips_concurrency(C.int(threads))
	return &Library{version}, nil
}

// Version is the library's, as "8.18.7".
func (l *Library) Version() string { return l.version }

// Has reports whether the library has an operation, which depends on what it was
// built with.
func (l *Library) Has(operation string) bool {
	name := C.CString(operation)
	defer C.free(unsafe.Pointer(name))
	op := C.hvips_new(name)
	if op == nil {
		_ = lastError()
		return false
	}
	C.hvips_free(op)
	return true
}

// HasArgument reports whether an operation has an argument, which later versions have
// more of.
func (l *Library) HasArgument(operation, argument string) bool {
	name, arg := C.CString(operation), C.CString(argument)
	defer C.free(unsafe.Pointer(name))
	defer C.free(unsafe.Pointer(arg))
	op := C.hvips_new(name)
	if op == nil {
		_ = lastError()
		return false
	}
	defer C.hvips_free(op)
	return C.hvips_has(op, arg) != 0
}

// Trim gives memory that is free back to the system.
func (l *Library) Trim() { C.hvips_trim() }

// lastError is what libvips says went wrong, in one line.
func lastError() error {
	text := strings.Join(strings.Fields(take(C.hvips_error())), " ")
	if text == "" {
		text = "libvips has failed, and does not say why"
	}
	return errors.New(text)
}

// take makes text of C's a string, and frees it.
func take(text *C.char) string {
	if text == nil {
		return "out of memory"
	}
	defer C.free(unsafe.Pointer(text))
	return C.GoString(text)
}
