package v8

// #include "binding.h"
import "C"

// Demote lowers the priority with which the system schedules the thread that runs the
// turn seq, if it is still running, and reports whether it will. The thread cannot be
// raised again without a privilege, so that it is of no use afterwards: see
// ThreadIsDemoted. Only Linux has priorities of threads; elsewhere nothing happens.
func (i *Isolate) Demote(seq uint64) bool { return C.hv8_demote(i.c, C.uint64_t(seq)) != 0 }

// ThreadIsDemoted reports whether the calling thread has been demoted. A goroutine that
// wants to know of its own is locked to its thread, and lets it end with itself if so.
func ThreadIsDemoted() bool { return C.hv8_thread_demoted() != 0 }

// ForgetThread frees what V8 keeps of the calling thread for the isolate. It is called
// before a thread ends that has run turns, outside of any turn.
func (i *Isolate) ForgetThread() { C.hv8_forget_thread(i.c) }
