package v8

// #include "binding.h"
import "C"

import "time"

// ThreadCPU returns the time on the processor that the calling thread has had so far. A
// goroutine that takes two readings is locked to its thread in between.
func ThreadCPU() time.Duration { return time.Duration(C.hv8_thread_cpu()) }
