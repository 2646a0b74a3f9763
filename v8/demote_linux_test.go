package v8

import (
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// apart calls f on a goroutine that is bound to its thread, which ends with it.
func apart(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		f()
	}()
	<-done
}

// The thread that runs a long turn is put behind all others, and no other is.
func TestDemote(t *testing.T) {
	i := newIsolate(t)
	priority := func() int {
		p, err := unix.Getpriority(unix.PRIO_PROCESS, 0)
		if err != nil {
			t.Error(err)
		}
		return 20 - p // as the system call has it, the other way round
	}
	var before int
	apart(func() { before = priority() })
	apart(func() {
		seq := i.seq + 1
		go func() {
			<-i.host.reached
			if !i.Demote(seq) {
				t.Error("not demoted")
			}
			i.Terminate(seq)
		}()
		i.turn(i.add(`import.meta; for (;;);`))
		for !ThreadIsDemoted() { // the signal comes when the thread is next in the kernel
			runtime.Gosched()
		}
		if p := priority(); p != 10 {
			t.Errorf("the thread has the priority %d, want 10", p)
		}
		i.ForgetThread()
	})
	apart(func() {
		i.expect(`say("alive")`, "alive")
		if p := priority(); ThreadIsDemoted() || p != before {
			t.Errorf("another thread has the priority %d, want %d", p, before)
		}
	})
	if i.Demote(i.seq) || i.Demote(i.seq+5) || i.Demote(0) {
		t.Error("a turn that is over, or has not begun, was demoted")
	}
}
