package worker_test

import (
	"context"
	"runtime"
	"testing"
	"weak"

	"hedge/httpmsg"
	"hedge/jsapi/jsapitest"
)

// An isolate that rests keeps nothing of its last request.
func TestNothingIsKeptOfARequest(t *testing.T) {
	app := jsapitest.New(t).Start().App(`export default { fetch: () => new Response("x", { statusText: "x".repeat(1e6) }) }`)
	kept := func() weak.Pointer[httpmsg.Response] {
		res, err := app.RoundTrip(context.Background(), jsapitest.Request("GET", "/"))
		if err != nil || len(res.Reason) != 1e6 {
			t.Fatalf("%d, %v", len(res.Reason), err)
		}
		res.CloseBody()
		return weak.Make(res)
	}()
	jsapitest.Eventually(t, "nothing of it is left", func() bool {
		runtime.GC() // what the request was carried by may end a little later
		return kept.Value() == nil
	})
}
