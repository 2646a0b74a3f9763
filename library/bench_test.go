package library_test

import (
	"strings"
	"testing"

	"hedge/jsapi/jsapitest"
)

// BenchmarkHTMLRewriter passes a document of 1 MiB through, unchanged, and with a handler for its links.
func BenchmarkHTMLRewriter(b *testing.B) {
	document := strings.Repeat("<div class=item><p>Some text, and <a href=\"/somewhere\">a link</a> in it.</p></div>\n", 1<<20/83)
	f := jsapitest.New(b).Start()
	app, err := f.Runtime.Load(b.Context(), build(b, "rewrite"))
	if err != nil {
		b.Fatal(err)
	}
	defer app.Close()
	for _, path := range []string{"/none", "/links", "/text"} {
		b.Run(path[1:], func(b *testing.B) {
			b.SetBytes(int64(len(document)))
			for b.Loop() {
				if status, body, _ := jsapitest.Do(b, app, jsapitest.Post(path, document)); status != 200 || len(body) < len(document) {
					b.Fatal(status, body)
				}
			}
		})
	}
}
