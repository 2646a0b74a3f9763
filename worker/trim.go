package worker

import (
	"time"

	"hedge/v8"
)

// trimPause is how long it takes until what a closed isolate has left to malloc goes
// back to the system. What is closed meanwhile is worth no other trim.
const trimPause = 2 * time.Second

// trim gives memory back after isolates have been closed, until the runtime closes.
func (rt *Runtime) trim() {
	pause := time.NewTimer(0)
	defer pause.Stop()
	<-pause.C
	for {
		select {
		case <-rt.ctx.Done():
			return
		case <-rt.left:
		}
		pause.Reset(trimPause)
		select {
		case <-rt.ctx.Done():
			return
		case <-pause.C:
			v8.Trim()
		}
	}
}
