package sites

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

// Every link of a site to itself leads somewhere, from every page.
func TestLinks(t *testing.T) {
	links := regexp.MustCompile(`(?:href|src)="([^"#]+)"`)
	for _, site := range All() {
		queue, seen := []string{"/"}, map[string]bool{"/": true}
		for len(queue) > 0 {
			at := queue[0]
			queue = queue[1:]
			response := get(site.Handler, at)
			if response.StatusCode != http.StatusOK {
				t.Errorf("%s %s: status %d", site.Name, at, response.StatusCode)
			}
			body, _ := io.ReadAll(response.Body)
			for _, m := range links.FindAllStringSubmatch(string(body), -1) {
				to, err := response.Request.URL.Parse(m[1])
				if err != nil {
					t.Fatal(err)
				}
				other := site.Name != "home" && strings.HasPrefix(m[1], "/") || site.Name == "home" && (to.Path == "/blog/" || to.Path == "/docs/")
				if !other && to.Host == response.Request.URL.Host && !seen[to.Path] {
					seen[to.Path] = true
					queue = append(queue, to.Path)
				}
			}
		}
		if len(seen) < 3 {
			t.Errorf("%s: only %v found", site.Name, seen)
		}
	}
}

// get asks a site for a path, and follows one redirect.
func get(handler http.Handler, path string) *http.Response {
	request := httptest.NewRequest(http.MethodGet, "http://origin.test"+path, nil)
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	response := recorder.Result()
	response.Request = request
	if location := response.Header.Get("Location"); location != "" {
		return get(handler, location)
	}
	return response
}

func TestVisitsAreCounted(t *testing.T) {
	request := httptest.NewRequest(http.MethodGet, "/", nil)
	request.AddCookie(&http.Cookie{Name: "visits", Value: "4"})
	recorder := httptest.NewRecorder()
	blog().ServeHTTP(recorder, request)
	if got := recorder.Header().Get("Set-Cookie"); got != "visits=5; Path=/; HttpOnly; SameSite=Lax" {
		t.Errorf("Set-Cookie: %s", got)
	}
}
