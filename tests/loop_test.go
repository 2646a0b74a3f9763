package tests

import (
	"testing"

	"hedge"
	"hedge/jsapi/jsapitest"
)

// Two apps that fetch from each other come to an end, whatever they and the client
// say in the field that counts.
func TestAppsThatFetchEachOther(t *testing.T) {
	main := `export default { fetch(request) {
		const said = request.headers.get("cdn-loop");
		if (said !== "fred") return new Response("the app sees " + said, { status: 500 });
		const url = new URL(request.url);
		url.hostname = url.hostname === "localhost" ? "127.0.0.1" : "localhost";
		return fetch(url, { headers: { "CDN-Loop": "hedge;depth=0, " + said, Connection: "cdn-loop" } });
	} };`
	e := newEdge().open(t, app{name: "ping", hosts: []string{"127.0.0.1"}, main: main}, app{name: "pong", hosts: []string{"localhost"}, main: main})
	if page := get(t, e.at, "/", "CDN-Loop", "hedge;depth=16;mac=forged, fred"); page.status != 508 {
		t.Errorf("got %d %q, want 508", page.status, page.body)
	}
	// A request is accounted for after its answer has been sent.
	jsapitest.Eventually(t, "17 requests are in the log", func() bool { return e.count("")+e.count(hedge.OutcomeLoop) == 17 })
	if loops := e.count(hedge.OutcomeLoop); loops != 1 {
		t.Errorf("%d requests found the loop, want 1", loops)
	}
}
