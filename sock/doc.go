// Package sock reads and writes sockets and pipes that do not block, by their descriptors. Go's
// scheduler is told nothing of such a call: it is over at once, and telling costs more
// than the call's way into the kernel. Who calls sees to it that the descriptor stays
// open, as syscall.RawConn does. Pair makes sockets that are connected with each other.
package sock
