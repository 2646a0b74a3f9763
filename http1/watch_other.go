//go:build !linux

package http1

// watch learns when clients go away. Here it does not: who has gone is noticed when
// something is written to him.
type watch struct{}

func newWatch() *watch        { return &watch{} }
func (w *watch) add(*conn)    {}
func (w *watch) remove(*conn) {}
func (w *watch) close()       {}
