//go:build darwin || freebsd || netbsd || openbsd || dragonfly

package http1

// fionread asks for the number of bytes that can be read: FIONREAD in sys/filio.h of all
// BSDs, which golang.org/x/sys does not name.
const fionread = 0x4004667F
