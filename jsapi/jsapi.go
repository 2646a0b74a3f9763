// Package jsapi is what JavaScript sees: one folder a feature, each with its
// TypeScript and, where it needs the host, the ops that carry it out.
package jsapi

//go:generate go run ./gen

import (
	_ "embed"

	"hedge/jsapi/cache"
	"hedge/jsapi/compression"
	"hedge/jsapi/crypto"
	"hedge/jsapi/fetch"
	"hedge/jsapi/image"
	"hedge/jsapi/route"
	"hedge/jsapi/websocket"
	"hedge/worker"
)

// Script is the JavaScript of all features, bundled.
//
//go:embed runtime.gen.js
var Script []byte

// Modules are the names of the modules that apps can import.
func Modules() []string { return []string{"hedge:cache", "hedge:image", "hedge:route"} }

// Services is what features ask of the host.
type Services struct {
	Clients fetch.Clients    // send the requests of apps
	Origins route.Origins    // what hedge:route sends requests on to
	Caches  cache.Caches     // have what hedge:cache keeps
	Sockets websocket.Config // bounds WebSockets
	Images  image.Workers    // do the jobs of hedge:image; may be nil
}

// All returns the features that have ops.
func All(s Services) []worker.Module {
	return []worker.Module{
		cache.Module(s.Caches),
		compression.Module(),
		crypto.Module(),
		fetch.Module(s.Clients),
		image.Module(s.Images),
		route.Module(s.Origins),
		websocket.Module(s.Sockets),
	}
}
