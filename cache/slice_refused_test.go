package cache_test

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"hedge/httpmsg"
)

func TestSlicesOutliveARefusal(t *testing.T) { onStores(t, testSlicesOutliveARefusal) }

// What the origin says to one client by his credentials, or since there are too many
// requests, says nothing about the film: the slices stay.
func testSlicesOutliveARefusal(t *testing.T, open openStore) {
	for _, status := range []int{302, 400, 401, 403, 407, 429, 500, 503} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			e := newSlicing(t, open)
			e.get("/", "Range", "bytes=0-7")
			e.answers(status, "not you")
			if g := e.get("/", "Cookie", "session=over"); g.err == nil || g.text != film[:8] {
				t.Errorf("%v, %v", g, g.err)
			}
			e.answersBy(seekable(film, `"a"`))
			from := e.times()
			g := e.get("/")
			if asked := e.askedFor(from); g.text != film || g.err != nil || !strings.HasPrefix(asked, "8-11 ") {
				t.Errorf("afterwards %v, %v; the origin was asked for %q", g, g.err, asked)
			}
		})
	}
}

// Who waits for a slice that another client is refused asks for it himself.
func TestRefusalsOfSlicesAreNotShared(t *testing.T) {
	e := newSlicing(t, inMemory)
	e.get("/", "Range", "bytes=0-7")
	asked, answer := make(chan struct{}), make(chan struct{})
	e.answersBy(func(req *httpmsg.Request) (*httpmsg.Response, error) {
		if req.Header.Get("Cookie") == "" {
			return seekable(film, `"a"`)(req)
		}
		close(asked)
		<-answer
		return httpmsg.Text(401, "not you"), nil
	})
	var both sync.WaitGroup
	both.Go(func() {
		if g := e.get("/", "Range", "bytes=8-11", "Cookie", "session=over"); g.err == nil {
			t.Errorf("who is refused gets %v", g)
		}
	})
	<-asked
	both.Go(func() {
		if g := e.get("/", "Range", "bytes=8-11"); g.text != film[8:12] || g.err != nil {
			t.Errorf("the other gets %v, %v", g, g.err)
		}
	})
	for e.cache.Following() == 0 {
		runtime.Gosched()
	}
	close(answer)
	both.Wait()
}
