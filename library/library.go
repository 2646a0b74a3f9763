// Package library holds the modules that the bundler puts into an app's release
// when the app imports them: those of Node that npm packages lean on, and what is
// too large to be in every isolate.
package library

//go:generate go run ./gen

import (
	_ "embed"
	"encoding/json"
)

// modules is a JSON object: names and sources. It is empty where Hedge was built
// without npm.
//
//go:embed library.gen.json
var modules []byte

// Modules returns the modules: names, such as "node:buffer", and JavaScript. The
// map is the caller's.
func Modules() map[string]string {
	list := map[string]string{}
	if err := json.Unmarshal(modules, &list); err != nil {
		panic("library.gen.json, which go generate makes, is no JSON object of strings: " + err.Error())
	}
	return list
}
