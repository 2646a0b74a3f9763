package router

import (
	"strings"

	"hedge"
	"hedge/httpmsg"
)

// Router finds the route of a request. It is never changed, so it may be shared freely
// between goroutines.
type Router struct {
	hosts *httpmsg.Hosts[*segment]
	paths []string // of the routes, without a slash at the end
}

// New makes a Router of routes.
func New(routes []hedge.Route) *Router {
	byHost, matched := map[string]*segment{}, make([]string, len(routes))
	for i := range routes {
		matched[i] = strings.TrimSuffix(routes[i].Path, "/")
		host := routes[i].Host
		if byHost[host] == nil {
			byHost[host] = &segment{}
		}
		byHost[host].add(i, &routes[i])
	}
	for _, paths := range byHost {
		paths.link()
	}
	return &Router{httpmsg.NewHosts(byHost), matched}
}

// Find returns the index of the most specific route that matches, as hedge.Route has it;
// -1 if none does. Host and path are those of the request in normal form. It allocates
// nothing, unless a parameter of the query that a route asks for is escaped.
func (r *Router) Find(host, path string, req *httpmsg.Request) int {
	for at := r.hosts.Find(host); at != nil; at = at.Next {
		if i := at.Value.find(path, req); i >= 0 {
			return i
		}
	}
	return -1
}

// Rival returns the index of a route that a server would say a request is for which reads
// the path in another way (httpmsg.Readings), where Find has found the one of an index; -1
// if there is none. Such a server behind the found route answers what the rival is to
// answer, or to refuse. What the found route itself matches of the path is meant as it
// stands, so that a rival is always the more specific route of the two.
func (r *Router) Rival(host, path string, req *httpmsg.Request, index int) int {
	matched := r.paths[index]
	for rest := range httpmsg.Readings(path[len(matched):]) {
		if i := r.Find(host, matched+rest, req); i != index {
			return i
		}
	}
	return -1
}
