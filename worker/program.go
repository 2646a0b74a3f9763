package worker

import (
	"strings"
	"sync"
	"sync/atomic"

	"hedge"
	"hedge/frame"
	"hedge/v8"
)

// program is the code of an app, as one process has it: its modules, and their
// compiled form once an isolate has loaded them. Safe for concurrent use.
type program struct {
	modules []hedge.Module
	eval    bool // whether code may be made of strings

	mu       sync.Mutex        // guards what follows
	caches   map[string][]byte // compiled modules, by name; nil until there are some
	answered bool              // caches are those of an isolate that has answered
	cutShort int               // how often they were written because of a turn that was ended
	isolates int               // how many have been given the modules so far
}

// addTo makes the modules known to an isolate, which nobody has used yet.
func (p *program) addTo(isolate *v8.Isolate) {
	if p.eval {
		isolate.AllowEval()
	}
	p.mu.Lock()
	caches := p.caches
	p.isolates++
	p.mu.Unlock()
	for _, m := range p.modules {
		kind := v8.ModuleJS
		if m.Kind == hedge.ModuleWasm {
			kind = v8.ModuleWasm
		}
		isolate.AddModule(m.Name, kind, m.Source, caches[m.Name])
	}
}

// keepCode keeps the compiled form of the modules for the next isolate. It is called
// by the driver, as it enters the isolate, after the first answer: what V8 has
// compiled by then, and no more, is what the next one need not compile. V8 keeps
// 96 KiB of tables in an isolate whose code it has written out, for as long as the
// isolate lives. So the first one is spared: most apps never have a second.
//
// It is called as well when the limit on processor time has ended a turn before there was
// an answer, which may be because so much had to be compiled: the next isolate gets further.
func (p *program) keepCode(isolate *v8.Isolate, answered bool) {
	p.mu.Lock()
	spared := p.answered || answered && p.isolates < 2 || !answered && p.cutShort == maxCutShort
	if !answered && !spared {
		p.cutShort++
	}
	p.mu.Unlock()
	if spared {
		return
	}
	caches := map[string][]byte{}
	for _, m := range p.modules {
		if m.Kind != hedge.ModuleJS {
			continue
		}
		if c := isolate.ModuleCache(m.Name, m.Source); c != nil {
			caches[m.Name] = c
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if answered || !p.answered {
		p.caches, p.answered = caches, answered
	}
}

// maxCutShort is how many isolates of a program are written out that have answered nothing.
// There is no end of them where code loops.
const maxCutShort = 4

// hasAnswered reports whether a Response frame is among frames.
func hasAnswered(frames []byte) bool {
	for len(frames) > 0 {
		f, rest, err := frame.Next(frames)
		if err != nil {
			return false
		}
		if f.Kind == frame.Response {
			return true
		}
		frames = rest
	}
	return false
}

// moduleHost resolves the modules of the program that an isolate has been given.
type moduleHost struct{ program atomic.Pointer[program] }

// Resolve finds a module by its name, which may be written relative to the root.
func (h *moduleHost) Resolve(specifier, _ string) (string, bool) {
	p := h.program.Load()
	if p == nil {
		return "", false
	}
	for _, m := range p.modules {
		if specifier == m.Name || specifier == "./"+m.Name {
			return m.Name, true
		}
	}
	return specifier, strings.HasPrefix(specifier, "hedge:") && specifier != "hedge:"
}

// ModuleURL makes a URL of a module's name.
func (h *moduleHost) ModuleURL(name string) string { return "file:///" + name }
