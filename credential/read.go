package credential

import (
	"bytes"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// maxFile is how long a file may be, in bytes: a system's whole list of authorities takes
// a quarter of that.
const maxFile = 1 << 20

// ReadPEM reads a file of PEM (RFC 7468), of which every block has to be whole. The file
// has to be a regular one, of 1 MiB at most: an app's author names some of them, and
// neither a device without end nor a pipe without a writer is to be waited for. The error
// is of one line and names the file once.
func ReadPEM(name string) ([]byte, error) {
	content, err := readRegular(name)
	if err == nil {
		err = whole(content)
	}
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return content, nil
}

// readRegular looks before it opens, since opening alone does something to some devices,
// and again at what it has opened, which may be another file by then.
func readRegular(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err == nil {
		err = bounded(info)
	}
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0) // else a pipe waits for its writer
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err = f.Stat(); err == nil {
		err = bounded(info)
	}
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(io.LimitReader(f, maxFile+1)) // it may grow meanwhile
	if err == nil && len(content) > maxFile {
		err = errTooLong
	}
	return content, err
}

var errTooLong = errors.New("the file has more than 1 MiB: name the certificate, key or authorities alone")

func bounded(info fs.FileInfo) error {
	switch {
	case !info.Mode().IsRegular():
		return errors.New("not a regular file")
	case info.Size() > maxFile:
		return errTooLong
	}
	return nil
}

// whole returns an error if what begins as a block of PEM is none. Decoders pass over it
// in silence, so that of a file that was cut while it was copied, the rest would be taken
// for all.
func whole(content []byte) error {
	blocks := 0
	for block, rest := pem.Decode(content); block != nil; block, rest = pem.Decode(rest) {
		blocks++
	}
	if begun := bytes.Count(content, []byte("-----BEGIN ")); begun != blocks {
		return fmt.Errorf("of %d blocks of PEM that begin, %d are whole: the file is cut or damaged", begun, blocks)
	}
	return nil
}
