package eventsource_test

import (
	"context"
	"sync"
	"testing"

	"hedge/httpmsg"
	"hedge/jsapi/jsapitest"
)

// streams answers with one event stream after the other, and keeps what was asked.
type streams struct {
	mu    sync.Mutex // guards the fields below
	texts []string
	ids   []string
}

func (s *streams) RoundTrip(_ context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := req.Header.Get("last-event-id")
	s.ids = append(s.ids, id)
	res := &httpmsg.Response{Status: 204}
	if len(s.texts) > 0 {
		text := s.texts[0]
		s.texts = s.texts[1:]
		res = &httpmsg.Response{Status: 200, Body: httpmsg.NewBytesBody([]byte(text)), ContentLength: int64(len(text))}
		res.Header.Add("content-type", "text/event-stream;charset=utf-8")
	}
	return res, nil
}

// A connection that ends is made again, with the id of the last event, until the origin says that there is
// no more.
func TestConnectsAgain(t *testing.T) {
	origin := &streams{texts: []string{
		"retry: 1\nid: 7\ndata: one\n\nevent: add\ndata: two\n\n",
		"data: three\n\ndata: lost",
	}}
	f := jsapitest.New(t)
	f.Client = origin
	f.Start()
	app := f.App(jsapitest.Handler(`
		const seen = [];
		const source = new EventSource("http://origin.example/events");
		seen.push(source.readyState);
		source.onopen = () => seen.push("open");
		source.onmessage = (event) => seen.push(event.data + event.lastEventId + event.origin);
		source.addEventListener("add", (event) => seen.push("add " + event.data));
		await new Promise((resolve) => source.onerror = () => {
			seen.push("error " + source.readyState);
			if (source.readyState === EventSource.CLOSED) resolve();
		});
		return new Response(seen.join(" "));`))
	defer app.Close()
	jsapitest.Want(t, app, jsapitest.Request("GET", "/"),
		"0 open one7http://origin.example add two error 0 open three7http://origin.example error 0 error 2")
	origin.mu.Lock()
	defer origin.mu.Unlock()
	if len(origin.ids) != 3 || origin.ids[0] != "" || origin.ids[1] != "7" || origin.ids[2] != "7" {
		t.Errorf("the ids of the last events were %q", origin.ids)
	}
}

// A source that is closed gets nothing more, also when events are on their way.
func TestClose(t *testing.T) {
	f := jsapitest.New(t)
	f.Client = &streams{texts: []string{"data: one\n\ndata: two\n\n"}}
	f.Start()
	app := f.App(jsapitest.Handler(`
		const seen = [];
		const source = new EventSource("http://origin.example/events");
		await new Promise((resolve) => source.onmessage = (event) => {
			seen.push(event.data);
			source.close();
			setTimeout(resolve, 1);
		});
		return new Response(seen.join() + source.readyState);`))
	defer app.Close()
	jsapitest.Want(t, app, jsapitest.Request("GET", "/"), "one2")
}
