package v8

/*
#include <stdlib.h>
#include "binding.h"
*/
import "C"

import (
	"runtime/cgo"
	"unsafe"
)

//export hedgeResolve
func hedgeResolve(host C.uintptr_t, specifier *C.char, specifierLen C.size_t, referrer *C.char, referrerLen C.size_t) C.hv8_bytes {
	h := cgo.Handle(host).Value().(Host)
	name, ok := h.Resolve(C.GoStringN(specifier, C.int(specifierLen)), C.GoStringN(referrer, C.int(referrerLen)))
	if !ok {
		return C.hv8_bytes{}
	}
	return mallocBytes([]byte(name))
}

//export hedgeModuleURL
func hedgeModuleURL(host C.uintptr_t, name *C.char, nameLen C.size_t) C.hv8_bytes {
	url := cgo.Handle(host).Value().(Host).ModuleURL(C.GoStringN(name, C.int(nameLen)))
	if url == "" {
		return C.hv8_bytes{}
	}
	return mallocBytes([]byte(url))
}

//export hedgeInspectorMessage
func hedgeInspectorMessage(session C.uintptr_t, message *C.char, n C.size_t) {
	cgo.Handle(session).Value().(*Session).receive(C.GoBytes(unsafe.Pointer(message), C.int(n)))
}

//export hedgeInspectorNext
func hedgeInspectorNext(session C.uintptr_t, wait C.int) C.hv8_bytes {
	message, ok := cgo.Handle(session).Value().(*Session).next(wait != 0)
	if !ok {
		return C.hv8_bytes{}
	}
	return mallocBytes(message)
}

// mallocBytes copies to C's heap; never NULL, so that NULL can mean "none".
func mallocBytes(b []byte) C.hv8_bytes {
	p := C.malloc(C.size_t(len(b) + 1))
	copy(unsafe.Slice((*byte)(p), len(b)), b)
	return C.hv8_bytes{data: (*C.uint8_t)(p), len: C.size_t(len(b))}
}
