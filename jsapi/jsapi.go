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
	"hedge/jsapi/route"
	"hedge/jsapi/websocket"
	"hedge/worker"
)

// Script is the JavaScript of all features, bundled.
//
//go:embed runtime.gen.js
var Script []byte

// Modules are the names of the modules that apps can import.
func Modules() []string { return []string{"hedge:cache", "hedge:route"} }

// All returns the features that have ops. clients send the requests of apps;
// origins finds what hedge:route sends requests on to; caches has what hedge:cache keeps;
// sockets bounds WebSockets.
func All(clients fetch.Clients, origins route.Origins, caches cache.Caches, sockets websocket.Config) []worker.Module {
	return []worker.Module{
		cache.Module(caches),
		compression.Module(),
		crypto.Module(),
		fetch.Module(clients),
		route.Module(origins),
		websocket.Module(sockets),
	}
}
