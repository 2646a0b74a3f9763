// Package sock reads and writes sockets that do not block, by their descriptors. Go's
// scheduler is told nothing of such a call: it is over at once, and telling costs more
// than the call's way into the kernel. Who calls sees to it that the descriptor stays
// open, as syscall.RawConn does.
package sock
