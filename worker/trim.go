package worker

import (
	"time"

	"hedge/v8"
)

// trimPause is how long it takes until what a closed isolate has left to malloc goes
// back to the system. What is closed meanwhile is worth no other trim.
const trimPause = 2 * time.Second

// noteClosed says that an isolate has been closed.
func (e *localEngine) noteClosed() {
	select {
	case e.closed <- struct{}{}:
	default:
	}
}

// trim gives memory back after isolates have been closed.
func (e *localEngine) trim() {
	pause := time.NewTimer(0)
	defer pause.Stop()
	<-pause.C
	for {
		select {
		case <-e.ctx.Done():
			return
		case <-e.closed:
		}
		pause.Reset(trimPause)
		select {
		case <-e.ctx.Done():
			return
		case <-pause.C:
			v8.Trim()
		}
	}
}
