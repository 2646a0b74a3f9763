package smuggling

import "testing"

// The corpus, from clients over HTTP/1.1: each case to an app that is a route, and to one
// that is code.
func TestRequests(t *testing.T) {
	o := record(t)
	edge := serve(t, o.addr)
	for _, host := range []string{byRoute, byCode} {
		for _, family := range [][]dialogue{framings, chunks, fields, targets, conversations} {
			for _, d := range family {
				t.Run(host+"/"+d.name, func(t *testing.T) { d.run(t, edge, host, o) })
			}
		}
	}
	o.check(t)
}

// The corpus, from an origin that cannot be trusted.
func TestAnswers(t *testing.T) {
	o := record(t)
	edge := serve(t, o.addr)
	for _, host := range []string{byRoute, byCode} {
		for _, r := range replies {
			t.Run(host+"/"+r.name, func(t *testing.T) { r.run(t, edge, host, o) })
		}
	}
}

// The corpus, from clients over HTTP/2: requests that mean something else, or two
// things, when they are written as HTTP/1.1.
func TestDowngrades(t *testing.T) {
	o := record(t)
	edge := serve(t, o.addr)
	for _, host := range []string{byRoute, byCode} {
		for _, d := range downgrades {
			t.Run(host+"/"+d.name, func(t *testing.T) { d.run(t, edge, host, o) })
		}
	}
	o.check(t)
}
