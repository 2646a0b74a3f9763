package http1

import "golang.org/x/sys/unix"

// fionread asks how much there is to read.
const fionread = unix.TIOCINQ
