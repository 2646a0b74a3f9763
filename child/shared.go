package child

import (
	"errors"
	"os"
)

// Shared is memory that a parent writes to and one child reads, for what is too much for
// a pipe: it is copied once, in one call. The child cannot change it, nor its size. One
// goroutine uses it.
type Shared struct {
	file *os.File
	size int
}

// share makes memory of a size, and the child's end of it; nil for a size of 0.
func (p *pipes) share(size int) (*Shared, error) {
	if size == 0 {
		return nil, nil
	}
	file, err := memoryFile()
	if err != nil {
		return nil, err
	}
	s := &Shared{file, size}
	err = file.Truncate(int64(size))
	if err == nil {
		p.shared, err = readOnly(file)
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// WriteAt writes all of b. An error is that of a child that has ended, or of a machine
// without memory.
func (s *Shared) WriteAt(b []byte, at int64) (int, error) {
	if at < 0 || int64(len(b)) > int64(s.size)-at {
		return 0, errors.New("the memory that is shared with the child has an end")
	}
	return s.file.WriteAt(b, at)
}

// Clear gives the memory back to the system. The child, which is not to read meanwhile,
// sees zeros afterwards.
func (s *Shared) Clear() error {
	return errors.Join(s.file.Truncate(0), s.file.Truncate(int64(s.size)))
}

func (s *Shared) close() {
	if s != nil {
		_ = s.file.Close() // nothing is kept of it
	}
}
