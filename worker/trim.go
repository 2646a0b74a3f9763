package worker

import (
	"time"

	"hedge/v8"
)

// trimPause is how long it takes until what a closed isolate has left to malloc goes
// back to the system. What is closed meanwhile is worth no other trim.
const trimPause = 2 * time.Second

// freed says that an isolate of the engine has been closed.
func (e *localEngine) freed() {
	select {
	case e.closed <- struct{}{}:
	default:
	}
}

// trim gives memory back after isolates have been closed, until the engine closes.
func (e *localEngine) trim() {
	for {
		select {
		case <-e.ctx.Done():
			return
		case <-e.closed:
		}
		select {
		case <-e.ctx.Done():
			return
		case <-time.After(trimPause):
			v8.Trim()
		}
	}
}
