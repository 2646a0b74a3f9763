// Package hedge holds the nouns of the edge: what an app, a release, a route and
// an upstream are, the limits that bound them, and the errors that every part
// speaks. It imports the standard library only; everything else imports it.
package hedge

import (
	"net/netip"
	"time"
)

// Release is one immutable, self-contained build of an app: everything that a
// node needs in order to serve it, with nothing left to look up. It is made by
// package bundle and never changed afterwards, so it may be shared freely
// between goroutines.
type Release struct {
	// ID is a hash of the content: two builds of the same source are equal.
	ID string
	// Name is the app's name, from hedge.toml.
	Name string
	// Hosts are the names that the app answers for, lower case, without a port.
	// An app without hosts answers for every name that no other app claims.
	Hosts []string
	// Main names the module, among Modules, that exports the handlers.
	// It is empty in an app that is routes alone.
	Main string
	// Modules are the app's code, Main first.
	Modules []Module
	// Vars become the string properties of env.
	Vars map[string]string
	// Routes come before the code. Of those that match, the most specific one is taken,
	// as Route has it.
	Routes []Route
	// Upstreams are the named pools of origins.
	Upstreams map[string]Upstream
	// Splits divide visitors between upstreams.
	Splits map[string]Split
	// RateLimits are bounds on how often requests may come, which routes name.
	RateLimits map[string]RateLimit
	// Cache says what goes through the edge's cache.
	Cache Cache
	// Folders are the named folders of files that routes serve.
	Folders map[string]Folder
	// Limits bound what the app may spend.
	Limits Limits
	// Egress is what the code may connect to besides public addresses.
	Egress Egress
	// Eval says that code may be made of strings: by eval and new Function.
	Eval bool
	// Dir is the app's folder, where there is one: in development, for the
	// excerpts of sources in error pages. It is not part of a release file.
	Dir string
}

// ModuleKind says how the bytes of a Module become a JavaScript module.
type ModuleKind string

// The kinds of module.
const (
	ModuleJS   ModuleKind = "js"   // an ECMAScript module
	ModuleWasm ModuleKind = "wasm" // default export: a WebAssembly.Module
)

// Module is one module of a release.
type Module struct {
	// Name is what import statements call it, and what stack traces show.
	Name   string
	Kind   ModuleKind
	Source []byte
	// SourceMap is the version 3 source map of Source, or nil.
	SourceMap []byte
}

// Egress is what the code of an app may connect to besides public addresses.
type Egress struct {
	// Networks may be connected to, whatever they are.
	Networks []netip.Prefix
	// Hosts are "name:port", in lower case, without a dot at the end. What such a name
	// resolves to may be in a private network.
	Hosts []string
}

// Limits bound what one app may spend. The zero value of a field means "the
// default"; Default fills them in.
type Limits struct {
	// CPU is the time on the processor that one request may use.
	CPU time.Duration
	// StartupCPU is the time on the processor that loading the module may use.
	StartupCPU time.Duration
	// Memory bounds an isolate's heap plus its ArrayBuffers, and what the codings of the
	// app's bodies take in the host at once, in bytes.
	Memory int64
	// Wall is the longest time between a request and the head of its response.
	Wall time.Duration
	// WaitUntil is how long work may go on after the response has ended.
	WaitUntil time.Duration
	// Subrequests is the number of fetches that one request may make.
	Subrequests int
	// OpenSubrequests is the number of those that may be under way at once: a fetch
	// is until the body of its answer has ended. The others wait.
	OpenSubrequests int
	// ResponseBytes bounds the body of a response that code produces; a body
	// that only passes through is not counted. Negative: no bound.
	ResponseBytes int64
	// MaxBody bounds the content of a request, in bytes. Negative: no bound.
	MaxBody int64
	// WebSocketMessage bounds a message that a WebSocket in code gets, in bytes; a larger
	// one ends the connection.
	WebSocketMessage int64
}

// DefaultLimits are the limits of an app that sets none.
func DefaultLimits() Limits {
	return Limits{
		CPU:             50 * time.Millisecond,
		StartupCPU:      time.Second,
		Memory:          128 << 20,
		Wall:            30 * time.Second,
		WaitUntil:       30 * time.Second,
		Subrequests:     50,
		OpenSubrequests: 6,
		ResponseBytes:   -1,
		MaxBody:         -1,

		WebSocketMessage: 1 << 20,
	}
}

// WithDefaults returns l with every field that is zero set to its default.
func (l Limits) WithDefaults() Limits {
	d := DefaultLimits()
	if l.CPU == 0 {
		l.CPU = d.CPU
	}
	if l.StartupCPU == 0 {
		l.StartupCPU = d.StartupCPU
	}
	if l.Memory == 0 {
		l.Memory = d.Memory
	}
	if l.Wall == 0 {
		l.Wall = d.Wall
	}
	if l.WaitUntil == 0 {
		l.WaitUntil = d.WaitUntil
	}
	if l.Subrequests == 0 {
		l.Subrequests = d.Subrequests
	}
	if l.OpenSubrequests == 0 {
		l.OpenSubrequests = d.OpenSubrequests
	}
	if l.ResponseBytes == 0 {
		l.ResponseBytes = d.ResponseBytes
	}
	if l.MaxBody == 0 {
		l.MaxBody = d.MaxBody
	}
	if l.WebSocketMessage == 0 {
		l.WebSocketMessage = d.WebSocketMessage
	}
	return l
}
