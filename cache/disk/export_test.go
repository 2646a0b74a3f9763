package disk

import (
	"os"
	"path/filepath"
	"testing"
)

// AwaitSweep waits until content is stored in files of its own, if that can be.
func (s *Store) AwaitSweep() { s.sweeps.Wait() }

// OwnBytes is from which length on content has a file of its own.
const OwnBytes = ownBytes

// MaxKept is how many purges of one app are kept, MaxUnwritten how many of them wait.
const (
	MaxKept      = maxKept
	MaxUnwritten = maxUnwritten
)

// Latest is what is left of a list of purges when the file is made shorter.
var Latest = latest

// Hang has the disk hang that the purges are on, until the function that it returns is
// called.
func (p *Purges) Hang() (goOn func()) {
	p.filing.Lock()
	return p.filing.Unlock
}

// Blind has the purges have a file that can be written and not read, until the function that
// it returns is called.
func (p *Purges) Blind(t *testing.T, folder string) (see func()) {
	p.filing.Lock()
	defer p.filing.Unlock()
	file, err := os.OpenFile(filepath.Join(folder, purgesName), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_ = p.log.close()
	p.log.file, p.log.offset = file, 0
	return func() {
		p.filing.Lock()
		defer p.filing.Unlock()
		_ = p.log.close()
	}
}
