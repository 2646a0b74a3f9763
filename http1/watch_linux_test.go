package http1

import (
	"context"
	"os"
	"runtime"
	"testing"
	"time"

	"hedge/httpmsg"
)

// The handler learns that its client has gone, also before it has read the body.
func TestClientLeaves(t *testing.T) {
	began, ended := make(chan struct{}), make(chan struct{})
	r := start(t, func(ctx context.Context, _ *httpmsg.Request, _ *httpmsg.Refusal, _ httpmsg.Outlet) {
		began <- struct{}{}
		<-ctx.Done()
		ended <- struct{}{}
	})
	for _, send := range []string{get(), get() + get(), head("PUT / HTTP/1.1", "Host: a", "Content-Length: 5") + "hi"} {
		nc := r.dial(t, send)
		<-began
		_ = nc.Close()
		<-ended
	}
}

func TestDescriptorsAreGivenBack(t *testing.T) {
	before := descriptors(t)
	t.Run("server", func(t *testing.T) {
		r := start(t, echo)
		for range 100 {
			nc := r.dial(t, get("Connection: close"))
			expect(t, nc, ok200+"Content-Length: 5\r\n"+closes+"\r\nGET /")
			_ = nc.Close()
		}
	})
	for end := time.Now().Add(patience); descriptors(t) > before; runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatalf("%d descriptors instead of %d", descriptors(t), before)
		}
	}
}

func descriptors(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}
