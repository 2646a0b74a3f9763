//go:build !linux

package child

import (
	"errors"
	"os"
	"syscall"
)

// enterStage has nothing to give up here, so the first start goes on.
func enterStage([]string, *handover) error { return nil }

func confine(Policy, Report) Report {
	return Report{{LayerConfinement, false, "not available: it needs Linux"}}
}

func executable() (string, error) { return os.Executable() }

// candidates are the ways to start a child, best first.
func candidates() []candidate {
	return []candidate{{attr: syscall.SysProcAttr{Setpgid: true}}}
}

func (p *Process) wait() (*os.ProcessState, error) {
	state, err := p.process.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
	return state, err
}

// memoryFile makes a file without a name, which is in memory as far as the system can.
func memoryFile() (*os.File, error) { return os.CreateTemp("", "hedge-shared-") }

// readOnly opens such a file for one who cannot write to it, and takes its name away.
func readOnly(file *os.File) (*os.File, error) {
	reader, err := os.Open(file.Name())
	return reader, errors.Join(err, os.Remove(file.Name()))
}

func oomKills() uint64 { return 0 }

func residentBytes(int) (uint64, error) {
	return 0, errors.New("how much memory a child has is known on Linux only")
}
