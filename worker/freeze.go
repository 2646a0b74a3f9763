package worker

import (
	"errors"
	"fmt"
	"io"
	"os"

	"hedge"
	"hedge/child"
	"hedge/v8"
)

// Making the snapshot takes longer than all else that a cordon does before it is ready,
// and each would make the same one. So a child of its own makes it, before there are
// any apps, and the cordons map what it has left, all of them the same pages.

// freezeArg is the argument of a child that makes the snapshot and ends.
const freezeArg = "freeze"

// maxSnapshot bounds what the child sends.
const maxSnapshot = 64 << 20

// serveSnapshot is what such a child does.
func serveSnapshot(self *child.Self, script []byte) error {
	snapshot, err := v8.NewSnapshot(runtimeFile, script)
	if err != nil {
		return err
	}
	if _, err := self.Confine(confinement()); err != nil {
		return err
	}
	_, err = self.Conn.Write(snapshot.Bytes())
	return err
}

// freeze has a child make the snapshot, and returns a file of it that has no name and
// can only be read. The caller closes it.
func freeze() (*os.File, error) {
	p, err := child.Start(child.Command{Role: roleName, Args: freezeArg})
	if err != nil {
		return nil, err
	}
	defer func() { _ = p.Conn().Close() }()
	if p.Report() == nil {
		return nil, hedge.Errorf(hedge.OutcomeStartupFailed, "the runtime could not be prepared: the process that does it %v", p.Exit())
	}
	bytes, err := io.ReadAll(io.LimitReader(p.Conn(), maxSnapshot))
	if exit := p.Exit(); err != nil || exit.Fatal() || len(bytes) == 0 {
		return nil, hedge.Wrap(err, hedge.OutcomeStartupFailed, "the runtime could not be prepared: the process that does it %v after %d bytes", exit, len(bytes))
	}
	return keepSnapshot(bytes)
}

// keepSnapshot puts the bytes into a file.
func keepSnapshot(bytes []byte) (_ *os.File, err error) {
	w, err := os.CreateTemp("", "hedge-snapshot-")
	if err != nil {
		return nil, fmt.Errorf("a folder for temporary files is needed (TMPDIR): %w", err)
	}
	defer func() { err = errors.Join(err, os.Remove(w.Name()), w.Close()) }()
	if _, err := w.Write(bytes); err != nil {
		return nil, err
	}
	return os.Open(w.Name()) // what was opened for writing could be written to by whoever gets it
}

// openSnapshot takes the snapshot that a cordon was handed.
func openSnapshot(self *child.Self, script []byte) (*v8.Snapshot, error) {
	bytes, err := self.Map()
	if err != nil {
		return nil, fmt.Errorf("taking the snapshot: %w", err)
	}
	return v8.SnapshotOf(script, bytes), nil
}
