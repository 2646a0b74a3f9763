package tests

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

// What an app has put behind its response with waitUntil is done before the server ends.
func TestTerminationLetsWaitUntilEnd(t *testing.T) {
	asked, more := make(chan string, 2), make(chan struct{})
	logs := origin(t, func(_ http.ResponseWriter, r *http.Request) {
		asked <- r.URL.Path
		if r.URL.Path == "/first" {
			<-more
		}
	})
	wants := func(path string) {
		t.Helper()
		select {
		case got := <-asked:
			if got != path {
				t.Fatalf("the origin was asked for %s, not for %s", got, path)
			}
		case <-time.After(overdue):
			t.Fatalf("the origin was never asked for %s", path)
		}
	}
	dir := app{name: "behind", main: fmt.Sprintf(`export default { fetch(request, env, ctx) {
	ctx.waitUntil((async () => { await fetch(%q + "/first"); await fetch(%[1]q + "/second"); })());
	return new Response("fine");
} };`, logs)}.write(t)
	p := serve(t, dir)
	get(t, p.addr(), "/", "Connection", "close").want(t, 200, "fine")
	wants("/first")
	p.terminate()
	p.await("stopping")
	p.mustRun()
	close(more)
	wants("/second")
	if code := p.wait(); code != 0 {
		t.Errorf("the exit code is %d\n%s", code, p.out)
	}
}
