package router

import (
	"hedge"
	"hedge/httpmsg"
)

// Router finds the route of a request. It is never changed, so it may be shared freely
// between goroutines.
type Router struct{ hosts *httpmsg.Hosts[*segment] }

// New makes a Router of routes.
func New(routes []hedge.Route) *Router {
	byHost := map[string]*segment{}
	for i := range routes {
		host := routes[i].Host
		if byHost[host] == nil {
			byHost[host] = &segment{}
		}
		byHost[host].add(i, &routes[i])
	}
	for _, paths := range byHost {
		paths.link()
	}
	return &Router{httpmsg.NewHosts(byHost)}
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
