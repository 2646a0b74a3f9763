package wpt

import (
	"context"
	"fmt"
	"mime"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"hedge/cache"
	"hedge/cache/mem"
	"hedge/httpmsg"
)

// server answers what tests fetch with the files of the tree. Handlers in Python,
// which some tests ask for, are not run; a few of them are in handlers_test.go.
type server struct {
	tree string
	*handlers
}

// behindCache is a server as apps see one: behind the edge's cache.
func behindCache(t *testing.T, s server) httpmsg.RoundTripper {
	t.Helper()
	store, err := mem.New(mem.Config{Bytes: 16 << 20})
	if err != nil {
		t.Fatal(err)
	}
	shared := cache.New(cache.Config{Store: store})
	t.Cleanup(func() {
		shared.Close()
		store.Close()
	})
	policy := &cache.Policy{App: "test", Scope: "fetch"}
	return httpmsg.RoundTripperFunc(func(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		return shared.RoundTrip(ctx, policy, req, s)
	})
}

func (s server) RoundTrip(_ context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
	if req.Body != nil {
		defer func() { _ = req.Body.Close() }()
	}
	if !strings.HasPrefix(req.Authority, "web-platform.test") && !strings.HasPrefix(req.Authority, "www1.web-platform.test") {
		return nil, fmt.Errorf("there is no host %s", req.Authority)
	}
	name, rawQuery, _ := strings.Cut(req.Target, "?")
	query, _ := url.ParseQuery(rawQuery)
	if res, err := s.answer(name, query, req); res != nil || err != nil {
		return res, err
	}
	content, err := os.ReadFile(filepath.Join(s.tree, filepath.FromSlash(path.Clean(name))))
	if err != nil || strings.HasSuffix(name, ".py") {
		return answer(404, "text/plain", []byte("there is no "+name)), nil
	}
	kind := mime.TypeByExtension(path.Ext(name))
	if path.Ext(name) == ".wasm" {
		kind = "application/wasm"
	}
	res := answer(200, kind, content)
	if more, err := os.ReadFile(filepath.Join(s.tree, filepath.FromSlash(path.Clean(name)+".headers"))); err == nil {
		for line := range strings.Lines(string(more)) {
			field, value, ok := strings.Cut(strings.TrimSpace(line), ":")
			if ok {
				res.Header.Set(field, strings.TrimSpace(value))
			}
		}
	}
	return res, nil
}

func answer(status int, kind string, content []byte) *httpmsg.Response {
	res := &httpmsg.Response{Status: status, Reason: httpmsg.StatusText(status), Body: httpmsg.NewBytesBody(content), ContentLength: int64(len(content))}
	if kind != "" {
		res.Header.Add("content-type", kind)
	}
	return res
}
