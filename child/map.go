package child

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Map maps the only file that the child was handed, and closes it. The content can be
// read as long as the process lives; the memory is shared with all who have mapped it.
func (s *Self) Map() ([]byte, error) {
	if len(s.Files) != 1 {
		return nil, errors.New("a file was to be handed over")
	}
	info, err := s.Files[0].Stat()
	if err != nil {
		return nil, err
	}
	return mapFile(s.Files[0], int(info.Size()))
}

// mapFile maps a file for reading, and closes it.
func mapFile(file *os.File, size int) ([]byte, error) {
	content, err := unix.Mmap(int(file.Fd()), 0, size, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("mapping what was handed over: %w", err)
	}
	return content, file.Close()
}
