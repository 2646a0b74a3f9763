// Package router finds the route of a request, and does what a route does by itself.
//
// Routes are compiled once, into maps that are walked label by label and segment by
// segment: what a request costs depends on its own host and path, not on how many
// routes there are. hedge.Route says which of several that match is taken.
package router
