package worker

import (
	"testing"

	"hedge"
)

// What an isolate asks of the host at once is no more than it may have itself: its script
// keeps a copy of each payload, and a cordon that somebody has taken over does not.
func TestOpsWithoutEnd(t *testing.T) {
	s := &session{app: &App{limits: hedge.Limits{Memory: 10 * opOverhead}}, ops: map[uint32]*Call{}}
	for id := range uint32(20) {
		call := &Call{id: id, size: opOverhead}
		if isLost, isTooMuch := s.registerOp(call); isLost || isTooMuch != (id >= 10) {
			t.Fatalf("op %d: %v, %v", id, isLost, isTooMuch)
		}
	}
}
