package v8

/*
#cgo CXXFLAGS: -std=c++20 -fno-rtti -O2 -Wall -Wextra -Wno-unused-parameter -Wno-maybe-uninitialized -isystem ${SRCDIR}/include
#cgo CXXFLAGS: -DV8_COMPRESS_POINTERS -DV8_31BIT_SMIS_ON_64BIT_ARCH -DV8_ENABLE_SANDBOX
#cgo CFLAGS: -O2 -Wall
*/
import "C"

// The headers are reached through the link that go generate makes; this import
// keeps their module in go.mod.
import _ "github.com/tommie/v8go/deps/include"
