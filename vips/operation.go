package vips

// #include <stdlib.h>
// #include "binding.h"
import "C"

import (
	"fmt"
	"maps"
	"slices"
	"unsafe"
)

// Args are the arguments of an operation by their names: an int, a bool, a float64, an
// *Image, a []*Image, a []float64, a []byte, Lent, or a string, which names one of an
// enumeration.
type Args map[string]any

// Lent are bytes that are not copied, as a []byte is. They are none of Go's memory, and
// stay as they are until the scope is closed.
type Lent []byte

// Scope owns the images that are made in it. It is for one goroutine.
type Scope struct {
	images []*Image
}

// NewScope begins a piece of work, which Close ends.
func (l *Library) NewScope() *Scope { return &Scope{} }

// Close lets go of all images of the scope, which must not be used any more.
func (s *Scope) Close() {
	for _, i := range s.images {
		C.hvips_release(i.c)
		i.c = nil
	}
	s.images = nil
}

// Image runs an operation whose result is an image, "out". Its pixels are computed
// when they are needed; an error in them is the error of who needs them.
func (s *Scope) Image(operation string, args Args) (*Image, error) {
	r, err := s.Run(operation, args)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return r.Image("out")
}

// Bytes runs an operation whose result is a file, "buffer".
func (s *Scope) Bytes(operation string, args Args) ([]byte, error) {
	r, err := s.Run(operation, args)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return r.Bytes("buffer")
}

// Result is an operation that has run. It is to be closed.
type Result struct {
	scope *Scope
	name  string
	op    unsafe.Pointer
}

// Run runs an operation.
func (s *Scope) Run(operation string, args Args) (*Result, error) {
	name := C.CString(operation)
	defer C.free(unsafe.Pointer(name))
	op := C.hvips_new(name)
	if op == nil {
		return nil, fmt.Errorf("%s: %w", operation, lastError())
	}
	r := &Result{s, operation, op}
	for _, name := range slices.Sorted(maps.Keys(args)) {
		if err := r.set(name, args[name]); err != nil {
			r.Close()
			return nil, fmt.Errorf("%s: %s: %w", operation, name, err)
		}
	}
	if C.hvips_build(op) != 0 {
		err := lastError()
		r.Close()
		return nil, fmt.Errorf("%s: %w", operation, err)
	}
	return r, nil
}

// Close lets go of the operation. Images that were taken out of it stay.
func (r *Result) Close() { C.hvips_free(r.op) }

// Image is a result of that kind.
func (r *Result) Image(name string) (*Image, error) {
	c := C.CString(name)
	defer C.free(unsafe.Pointer(c))
	return r.scope.adopt(C.hvips_get_image(r.op, c), r.name)
}

// Int is a result of that kind.
func (r *Result) Int(name string) int {
	c := C.CString(name)
	defer C.free(unsafe.Pointer(c))
	return int(C.hvips_get_int(r.op, c))
}

// Floats are a result of that kind, at most 64 of them.
func (r *Result) Floats(name string) []float64 {
	c := C.CString(name)
	defer C.free(unsafe.Pointer(c))
	var values [64]C.double
	n := C.hvips_get_doubles(r.op, c, &values[0], C.int(len(values)))
	list := make([]float64, n)
	for i := range list {
		list[i] = float64(values[i])
	}
	return list
}

// Bytes are a result of that kind.
func (r *Result) Bytes(name string) ([]byte, error) {
	c := C.CString(name)
	defer C.free(unsafe.Pointer(c))
	var n C.size_t
	return copied(C.hvips_get_bytes(r.op, c, &n), n, r.name)
}

// copied makes bytes of C's Go's.
func copied(p unsafe.Pointer, n C.size_t, operation string) ([]byte, error) {
	if p == nil {
		return nil, fmt.Errorf("%s: %w", operation, lastError())
	}
	defer C.free(p)
	return slices.Clone(unsafe.Slice((*byte)(p), int(n))), nil
}

// set gives the operation an argument.
func (r *Result) set(name string, value any) error {
	c := C.CString(name)
	defer C.free(unsafe.Pointer(c))
	if C.hvips_has(r.op, c) == 0 {
		return fmt.Errorf("the operation has no such argument in this version of libvips")
	}
	failed := C.int(0)
	switch v := value.(type) {
	case int:
		C.hvips_set_int(r.op, c, C.int(v))
	case bool:
		C.hvips_set_int(r.op, c, C.int(map[bool]int{true: 1}[v]))
	case float64:
		C.hvips_set_double(r.op, c, C.double(v))
	case string:
		text := C.CString(v)
		defer C.free(unsafe.Pointer(text))
		failed = C.hvips_set_text(r.op, c, text)
	case *Image:
		C.hvips_set_image(r.op, c, v.c)
	case []*Image:
		list := make([]unsafe.Pointer, len(v))
		for i, image := range v {
			list[i] = image.c
		}
		C.hvips_set_images(r.op, c, unsafe.SliceData(list), C.int(len(list)))
	case []float64:
		C.hvips_set_doubles(r.op, c, (*C.double)(unsafe.SliceData(v)), C.int(len(v)))
	case []byte:
		failed = C.hvips_set_bytes(r.op, c, unsafe.Pointer(unsafe.SliceData(v)), C.size_t(len(v)))
	case Lent:
		C.hvips_lend_bytes(r.op, c, unsafe.Pointer(unsafe.SliceData(v)), C.size_t(len(v)))
	default:
		return fmt.Errorf("a value of the type %T cannot be given to libvips", value)
	}
	if failed != 0 {
		return lastError()
	}
	return nil
}
