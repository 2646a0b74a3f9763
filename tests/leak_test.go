package tests

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"hedge"
	"hedge/jsapi"
	"hedge/jsapi/websocket"
	"hedge/node"
	"hedge/worker"
)

// 10,000 requests whose bodies nobody reads, neither the upload nor the origin's
// answer nor the answer to the client, leave goroutines and descriptors where they
// began. It runs in this process, as only that can count goroutines.
func TestUnreadBodiesLeaveNothing(t *testing.T) {
	body := strings.Repeat("x", 100<<10) // more than a socket's buffers take at once
	from := origin(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) })
	clients := node.NewClients(node.DefaultClientConfig(), nil, nil)
	origins := node.NewOrigins(node.OriginsConfig{Client: node.DefaultClientConfig(), Clients: clients})
	t.Cleanup(origins.Close)
	cfg := worker.DefaultConfig()
	cfg.Script, cfg.Modules = jsapi.Script, jsapi.All(jsapi.Services{Clients: clients, Sockets: websocket.DefaultConfig()})
	rt, err := worker.New(cfg)
	must(t, err)
	t.Cleanup(rt.Close)
	at := openNode(t, node.Config{Runtime: rt, Origins: origins}, &hedge.Release{
		Name: "careless", Main: "main.js", Limits: hedge.DefaultLimits(),
		Modules: []hedge.Module{{Name: "main.js", Kind: hedge.ModuleJS, Source: fmt.Appendf(nil, `
			export default { async fetch(request) {
				const response = await fetch(%q);
				return request.method === "POST" ? new Response("" + response.status) : response;
			} };`, from)}},
	})
	visitors := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}, Timeout: overdue}
	rush := func(requests int) {
		var visits sync.WaitGroup
		for range 8 {
			visits.Go(func() {
				for i := range requests / 8 {
					visitCarelessly(t, visitors, at, body[:2048], i)
				}
			})
		}
		visits.Wait()
		visitors.CloseIdleConnections()
		origins.Close()
	}
	rush(80) // isolates, threads and pools come into being
	settle(t, 1<<20, 1<<20)
	goroutines, files := runtime.NumGoroutine(), openFiles(t)
	rush(10_000)
	settle(t, goroutines, files)
}

// visitCarelessly sends a request and reads at most the head of the answer. Of four
// requests, one has an upload that the app does not read.
func visitCarelessly(t *testing.T, client *http.Client, at, upload string, i int) {
	method, text := "GET", ""
	if i%4 > 0 {
		method, text = "POST", upload
	}
	res, err := try(client, at, method, "/", text)
	if err != nil {
		t.Error(err)
		return
	}
	defer res.Body.Close()
	if res.StatusCode != 200 {
		t.Errorf("the answer is %s", res.Status)
	}
}

// settle waits until there are no more goroutines and open files than before.
func settle(t *testing.T, goroutines, files int) {
	t.Helper()
	late := time.After(overdue)
	for runtime.NumGoroutine() > goroutines || openFiles(t) > files {
		select {
		case <-late:
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines and %d open files are left of %d and %d:\n%s", runtime.NumGoroutine(), openFiles(t),
				goroutines, files, stacks[:runtime.Stack(stacks, true)])
		default:
			runtime.GC()
			runtime.Gosched()
		}
	}
}

func openFiles(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	must(t, err)
	return len(list)
}
