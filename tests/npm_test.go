package tests

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// npmApps has a test for each folder of npm/apps: an app that uses a package as
// its README says, unchanged.
func npmApps() map[string]func(*testing.T, string) {
	return map[string]func(*testing.T, string){
		"client-s3":    npmClientS3,
		"date-fns":     npmDateFns,
		"graphql":      npmGraphQL,
		"hono":         npmHono,
		"itty-router":  npmIttyRouter,
		"jose":         npmJose,
		"jsonwebtoken": npmJSONWebToken,
		"nanoid":       npmNanoid,
		"preact":       npmPreact,
		"zod":          npmZod,
	}
}

func TestNPM(t *testing.T) {
	if !exists("npm/node_modules/zod") {
		t.Fatal("the packages are not installed: run `npm ci` in tests/npm, as `make test` does")
	}
	for name, test := range npmApps() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, "npm/apps/"+name)
		})
	}
}

func npmHono(t *testing.T, dir string) {
	at := dev(t, dir).addr()
	hello := get(t, at, "/hello/Ada")
	hello.want(t, 200, "Hello, Ada!")
	if hello.header.Get("Access-Control-Allow-Origin") != "*" || hello.header.Get("Etag") == "" {
		t.Errorf("the middleware did nothing: %v", hello.header)
	}
	ask(t, at, "POST", "/sum", "[1,2,39]").want(t, 201, `{"sum":42}`)
	get(t, at, "/stream").want(t, 200, "abc")
	get(t, at, "/broken").want(t, 500, "it broke: on purpose")
}

func npmIttyRouter(t *testing.T, dir string) {
	at := dev(t, dir).addr()
	get(t, at, "/hello/Ada").want(t, 200, `{"greeting":"Hello, Ada!"}`)
	get(t, at, "/teapot").want(t, 418, `{"status":418,"error":"short and stout"}`)
	get(t, at, "/nothing").want(t, 404, `{"status":404,"error":"Not Found"}`)
}

func npmZod(t *testing.T, dir string) {
	at := dev(t, dir).addr()
	ask(t, at, "POST", "/", `{"plant":"yew","count":"3"}`).want(t, 200, `{"plant":"yew","count":3}`)
	ask(t, at, "POST", "/", `{"plant":"oak","count":0,"mail":"x"}`).want(t, 422,
		`["plant: invalid_value","count: too_small","mail: invalid_format"]`)
}

func npmJose(t *testing.T, dir string) {
	get(t, dev(t, dir).addr(), "/").want(t, 200, `["yew","ES256","RS256","EdDSA",true,"ERR_JWT_CLAIM_VALIDATION_FAILED"]`)
}

func npmJSONWebToken(t *testing.T, dir string) {
	get(t, dev(t, dir).addr(), "/").want(t, 200, `[["HS256","invalid signature"],["RS256","invalid signature"],["ES256","invalid signature"],["yew",false],[true,false]]`)
}

func npmNanoid(t *testing.T, dir string) {
	get(t, dev(t, dir).addr(), "/").want(t, 200, `{"length":21,"different":1000,"alphabet":true}`)
}

func npmDateFns(t *testing.T, dir string) {
	get(t, dev(t, dir).addr(), "/").want(t, 200, `["2024-03-01",3,"Freitag, 1. März"]`)
}

func npmPreact(t *testing.T, dir string) {
	at := dev(t, dir).addr()
	const page = `<ul title="2 plants"><li>yew</li><li>&lt;hornbeam></li></ul>`
	get(t, at, "/").want(t, 200, page)
	if streamed := get(t, at, "/stream"); !strings.HasPrefix(streamed.body, page) {
		t.Errorf("the stream is %q", streamed.body)
	}
}

func npmGraphQL(t *testing.T, dir string) {
	at := dev(t, dir).addr()
	ask(t, at, "POST", "/", `{"query":"query($like: String) { plants(like: $like) { id name } }","variables":{"like":"y"}}`).
		want(t, 200, `{"data":{"plants":[{"id":"yew","name":"YEW"}]}}`)
	ask(t, at, "POST", "/", `{"query":"{ plants { colour } }"}`).
		want(t, 200, `{"errors":[{"message":"Cannot query field \"colour\" on type \"Plant\".","locations":[{"line":1,"column":12}]}]}`)
	if schema := get(t, at, "/"); !strings.Contains(schema.body, "type Plant {") {
		t.Errorf("the schema is %q", schema.body)
	}
}

func npmClientS3(t *testing.T, dir string) {
	at := dev(t, dir, "--var", "S3="+standInS3(t)).addr()
	get(t, at, "/").want(t, 200, `["evergreen","text/plain",["a b/yew.txt 9"],true]`)
}

// standInS3 keeps objects as S3 does, of requests that are signed.
func standInS3(t *testing.T) string {
	type object struct{ kind, content string }
	var mu sync.Mutex // guards objects
	objects := map[string]object{}
	return origin(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		key := strings.TrimPrefix(r.URL.Path, "/plants/")
		found, ok := objects[key]
		switch {
		case !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=id/"):
			answerXML(w, 403, "<Error><Code>AccessDenied</Code></Error>")
		case r.Method == "PUT":
			content, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			objects[key] = object{r.Header.Get("Content-Type"), string(content)}
			w.Header().Set("Etag", `"1"`)
		case r.URL.Query().Get("list-type") == "2":
			var list strings.Builder
			for key, o := range objects {
				fmt.Fprintf(&list, "<Contents><Key>%s</Key><Size>%d</Size></Contents>", key, len(o.content))
			}
			answerXML(w, 200, "<ListBucketResult><Name>plants</Name>"+list.String()+"</ListBucketResult>")
		case !ok:
			answerXML(w, 404, "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>")
		default:
			w.Header().Set("Content-Type", found.kind)
			_, _ = io.WriteString(w, found.content)
		}
	})
}

func answerXML(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, xml.Header+body)
}
