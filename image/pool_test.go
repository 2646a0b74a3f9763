package image

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"hedge"
	"hedge/child"
)

// failing is a clock that tells when a pool of children waits after a start that has failed.
type failing chan time.Duration

func (failing) Now() time.Time { return time.Now() }

func (f failing) After(d time.Duration) <-chan time.Time {
	select {
	case f <- d:
	default: // it is known already
	}
	return nil
}

// Who gets no worker is told why lost ones are not replaced.
func TestWhyNoWorkerIsFree(t *testing.T) {
	pool := NewPool(Config{})
	failed := make(failing, 2)
	pool.spares = child.NewPool(child.PoolOptions{Command: child.Command{Role: roleName, Args: "no orders"}, Clock: failed})
	defer pool.Close()
	<-failed // the limit for being ready
	<-failed // it is tried again later
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	var err *hedge.Error
	if !errors.As(pool.noneFree(gone), &err) || err.Outcome != hedge.OutcomeOverloaded || !strings.Contains(err.Error(), "did not confine itself") {
		t.Errorf("got %v", err)
	}
}
