package cert

import (
	"crypto/tls"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// Files is a Source of certificates on the disk. Its methods may be called from any
// goroutine.
type Files struct {
	now   func() time.Time
	index atomic.Pointer[index]

	mu    sync.Mutex // guards pairs; one Reload at a time
	pairs []pairState
}

// pairState is a pair, and what of it is in use.
type pairState struct {
	Pair
	cert, key stamp // of the files when they were last looked at
	loaded    *tls.Certificate
}

// OpenFiles loads certificates. Names are chosen among all of them: those that come
// first are preferred, and the first is for clients that name no host. All have to
// be good.
func OpenFiles(pairs []Pair, now func() time.Time) (*Files, error) {
	if len(pairs) == 0 {
		return nil, errors.New("there is no certificate to serve with")
	}
	f := &Files{now: now}
	for _, p := range pairs {
		f.pairs = append(f.pairs, pairState{Pair: p})
	}
	if _, err := f.Reload(); err != nil {
		return nil, err
	}
	return f, nil
}

// Certificate implements Source.
func (f *Files) Certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	return f.index.Load().choose(hello), nil
}

// Reload takes up the pairs whose files have changed since it last looked, and
// returns them. One that is broken is left out, with the reason in the error, and
// the certificate before it stays in use. Connections are not touched.
//
// Tools put new files in place by changing links to folders, of which the folders
// that the files are in show nothing; so it looks at the files, every few seconds.
func (f *Files) Reload() (taken []Pair, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var problems []error
	for i := range f.pairs {
		p := &f.pairs[i]
		cert, key := stampOf(p.Cert), stampOf(p.Key) // before reading: what changes meanwhile is seen the next time
		if p.loaded != nil && cert == p.cert && key == p.key {
			continue
		}
		p.cert, p.key = cert, key
		loaded, err := p.load(f.now())
		if err != nil {
			problems = append(problems, err)
			continue
		}
		p.loaded = loaded
		taken = append(taken, p.Pair)
	}
	if len(taken) > 0 {
		f.index.Store(f.newIndex())
	}
	return taken, errors.Join(problems...)
}

func (f *Files) newIndex() *index {
	var all []*tls.Certificate
	for i := range f.pairs {
		if c := f.pairs[i].loaded; c != nil {
			all = append(all, c)
		}
	}
	return newIndex(all)
}
