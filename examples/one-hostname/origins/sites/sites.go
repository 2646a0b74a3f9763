// Package sites holds the three sites of the example: a homepage, a blog and
// documents. Each is written as if it had a hostname for itself.
package sites

import (
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

//go:embed home blog docs templates
var pages embed.FS

// Site is one origin.
type Site struct {
	Name    string // of its upstream in hedge.toml
	Addr    string // where hedge.toml expects it
	Handler http.Handler
}

// All returns the sites.
func All() []Site {
	return []Site{
		{"home", "127.0.0.1:4101", home()},
		{"blog", "127.0.0.1:4102", blog()},
		{"docs", "127.0.0.1:4103", docs()},
	}
}

// files serves a folder of pages.
func files(name string) http.Handler {
	folder, err := fs.Sub(pages, name)
	if err != nil {
		panic(err) // the name is one of the folders above
	}
	return http.FileServerFS(folder)
}

func home() http.Handler { return files("home") }

// blog counts visits in a cookie and redirects to the latest post, by paths that
// hold for its own hostname.
func blog() http.Handler {
	front := page("blog.html")
	mux := http.NewServeMux()
	mux.Handle("/", files("blog"))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		visits := 1
		if c, err := r.Cookie("visits"); err == nil {
			if n, err := strconv.Atoi(c.Value); err == nil {
				visits = n + 1
			}
		}
		http.SetCookie(w, &http.Cookie{Name: "visits", Value: strconv.Itoa(visits), Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
		render(w, front, visits)
	})
	mux.HandleFunc("GET /latest", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/posts/streams.html", http.StatusFound)
	})
	return mux
}

// docs has a page that shows the request as it arrived.
func docs() http.Handler {
	request := page("request.html")
	mux := http.NewServeMux()
	mux.Handle("/", files("docs"))
	mux.HandleFunc("GET /request", func(w http.ResponseWriter, r *http.Request) {
		lines := []string{fmt.Sprintf("%s %s %s", r.Method, r.RequestURI, r.Proto), "Host: " + r.Host}
		var fields []string
		for name, values := range r.Header {
			fields = append(fields, name+": "+strings.Join(values, ", "))
		}
		slices.Sort(fields)
		render(w, request, strings.Join(append(lines, fields...), "\n"))
	})
	return mux
}

func page(name string) *template.Template {
	return template.Must(template.ParseFS(pages, "templates/"+name))
}

func render(w http.ResponseWriter, t *template.Template, data any) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_ = t.Execute(w, data) // fails only when the client has gone
}
