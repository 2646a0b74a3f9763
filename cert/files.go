package cert

import (
	"bytes"
	"crypto/tls"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Files is a Source of certificates on the disk. Its methods may be called from any
// goroutine.
type Files struct {
	now   func() time.Time
	index atomic.Pointer[index]
	mu    sync.Mutex // guards pairs; one Reload or Refresh at a time
	pairs []pairState
}

// pairState is a pair, and what of it is in use.
type pairState struct {
	Pair
	cert, key stamp            // of the files, when they were loaded
	loaded    *tls.Certificate // nil: none yet
	refused   error            // why the files as they are now cannot be used
}

// OpenFiles loads certificates. Names are chosen among all of them: those that come
// first are preferred, and the first is for clients that name no host. One of them at
// least has to be good; Refused says what is wrong with others, which are in use as soon
// as a Refresh finds that they are good.
func OpenFiles(pairs []Pair, now func() time.Time) (*Files, error) {
	if len(pairs) == 0 {
		return nil, errors.New("there is no certificate to serve with")
	}
	f := &Files{now: now}
	for _, p := range pairs {
		f.pairs = append(f.pairs, pairState{Pair: p})
	}
	if taken, err := f.Reload(); len(taken) == 0 {
		return nil, err
	}
	return f, nil
}

// Certificate implements Source.
func (f *Files) Certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	return f.index.Load().choose(hello), nil
}

// Reload loads all pairs, whether their files look changed or not, and returns those that
// are new, or good again. One that is broken is left out, with the reason in the error,
// and the certificate before it stays in use. Connections are not touched.
func (f *Files) Reload() (taken []Pair, refused error) {
	return f.take(true)
}

// Refresh is Reload of the pairs whose files have changed since they were loaded, and of
// those that were refused: what they are waiting for may be a mode, or the clock. A
// reason is in the error once, until it is another.
//
// Tools put new files in place by changing links to folders, of which the folders
// that the files are in show nothing; so it looks at the files, every few seconds.
func (f *Files) Refresh() (taken []Pair, refused error) {
	return f.take(false)
}

// Refused says which pairs are refused, and why; nil: none is.
func (f *Files) Refused() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var problems []error
	for i := range f.pairs {
		problems = append(problems, f.pairs[i].refused)
	}
	return errors.Join(problems...)
}

// take loads all pairs, or those that are due, and returns all that is to be told of them,
// or what is new.
func (f *Files) take(all bool) (taken []Pair, refused error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var problems []error
	for i := range f.pairs {
		p := &f.pairs[i]
		if !all && !p.due() {
			continue
		}
		before := p.refused
		if p.load(f.now()) {
			taken = append(taken, p.Pair)
		}
		if p.refused != nil && (all || news(before, p.refused)) {
			problems = append(problems, p.refused)
		}
	}
	if len(taken) > 0 {
		f.index.Store(f.newIndex())
	}
	return taken, errors.Join(problems...)
}

func (p *pairState) due() bool {
	return p.refused != nil || stampOf(p.Cert) != p.cert || stampOf(p.Key) != p.key
}

// load loads the pair, and reports whether it is another than before, or good again.
func (p *pairState) load(now time.Time) (news bool) {
	cert, key := stampOf(p.Cert), stampOf(p.Key) // before reading: what changes meanwhile is seen the next time
	before := p.refused
	var loaded *tls.Certificate
	if loaded, p.refused = p.Pair.load(now); p.refused != nil {
		return false
	}
	news = before != nil || p.loaded == nil || !slices.EqualFunc(loaded.Certificate, p.loaded.Certificate, bytes.Equal)
	p.cert, p.key, p.loaded = cert, key, loaded
	return news
}

// news reports whether a reason is another than the one before.
func news(before, now error) bool { return before == nil || before.Error() != now.Error() }

func (f *Files) newIndex() *index {
	var all []*tls.Certificate
	for i := range f.pairs {
		if c := f.pairs[i].loaded; c != nil {
			all = append(all, c)
		}
	}
	return newIndex(all)
}
