package disk

import (
	"encoding/binary"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"

	"hedge/cache"
)

const purgesName = "cache.purges"

// A record is the length and the CRC of a purge, and the purge as JSON.
const (
	recordHead = 8
	maxRecord  = 1 << 20
)

// purgeLog is a file of purges, in the order of their numbers, which several processes
// append to. When it is long, those that others have overtaken are left out, in a file
// that takes its place.
type purgeLog struct {
	folder Folder
	file   *os.File // nil: it is not open
	offset int64    // as far as it has been read, or written by us
	kept   int64    // how long it was when it was last made shorter
}

// compactAt is how long the file may become before it is made shorter.
const compactAt = 1 << 20

// maxKept is how many purges of one app are kept, of which each counts once and once more
// for each keptPart bytes that it names. The oldest ones are replaced by one of all that the
// app has, and nothing of others.
const (
	maxKept  = 1 << 16
	keptPart = 256
)

func weight(p *cache.Purge) int {
	return 1 + (len(p.Tag)+len(p.Host)+len(p.URL)+len(p.Prefix))/keptPart
}

// locked calls do while no other process uses the file, which is that of the name then.
func (l *purgeLog) locked(do func() error) error {
	for {
		if err := l.open(); err != nil {
			return err
		}
		if err := lockShortly(l.file); err != nil {
			return err
		}
		if !l.replaced() {
			break
		}
		if err := l.close(); err != nil {
			return err
		}
	}
	defer func() { unlock(l.file) }() // it may be another one by then, see replace
	return do()
}

// changed reports whether there is something new in the file.
func (l *purgeLog) changed() bool {
	there, err := os.Stat(filepath.Join(string(l.folder), purgesName))
	if err != nil || l.file == nil {
		return err == nil
	}
	here, err := l.file.Stat()
	return err != nil || !os.SameFile(here, there) || there.Size() != l.offset
}

func (l *purgeLog) open() error {
	if l.file != nil {
		return nil
	}
	if err := os.MkdirAll(string(l.folder), 0o700); err != nil {
		return err
	}
	_, err := os.Stat(filepath.Join(string(l.folder), purgesName))
	isNew := os.IsNotExist(err)
	file, err := l.folder.open(purgesName)
	if err != nil {
		return err
	}
	l.file, l.offset = file, 0
	if isNew {
		return l.syncFolder()
	}
	return nil
}

func (l *purgeLog) close() error {
	if l.file == nil {
		return nil
	}
	file := l.file
	l.file = nil
	return file.Close()
}

// replaced reports whether the file has another name by now, or none.
func (l *purgeLog) replaced() bool {
	here, err := l.file.Stat()
	if err != nil {
		return true
	}
	there, err := os.Stat(filepath.Join(string(l.folder), purgesName))
	return err != nil || !os.SameFile(here, there)
}

// read returns the purges that have come since the last time. What is damaged is not read
// again.
func (l *purgeLog) read() ([]cache.Purge, error) {
	info, err := l.file.Stat()
	if err != nil {
		return nil, err
	}
	data := make([]byte, max(info.Size()-l.offset, 0))
	if _, err := io.ReadFull(io.NewSectionReader(l.file, l.offset, int64(len(data))), data); err != nil {
		return nil, err
	}
	l.offset = info.Size()
	return parsePurges(data)
}

// parsePurges reads records, to the first one that is damaged, or whose number does not
// follow those before.
func parsePurges(data []byte) (list []cache.Purge, err error) {
	for len(data) > 0 {
		if len(data) < recordHead {
			return list, errDamaged
		}
		length := int64(binary.LittleEndian.Uint32(data))
		if length > maxRecord || length > int64(len(data)-recordHead) {
			return list, errDamaged
		}
		text := data[recordHead : recordHead+length]
		var p cache.Purge
		if binary.LittleEndian.Uint32(data[4:]) != crc(text) || json.Unmarshal(text, &p) != nil {
			return list, errDamaged
		}
		if n := len(list); n > 0 && p.Number <= list[n-1].Number {
			return list, errDamaged
		}
		list, data = append(list, p), data[recordHead+length:]
	}
	return list, nil
}

func appendPurges(b []byte, list []cache.Purge) []byte {
	for _, p := range list {
		text, _ := json.Marshal(p) // it is made of text and numbers alone
		b = binary.LittleEndian.AppendUint32(b, uint32(len(text)))
		b = append(binary.LittleEndian.AppendUint32(b, crc(text)), text...)
	}
	return b
}

// append writes purges to the end of the file, which is that of what has been read. When
// it fails the file is as it was.
func (l *purgeLog) append(list []cache.Purge) error {
	data := appendPurges(nil, list)
	if _, err := l.file.WriteAt(data, l.offset); err != nil {
		_ = l.file.Truncate(l.offset) // or it is damaged, which costs all that is stored
		return err
	}
	l.offset += int64(len(data))
	return nil
}

// shorten makes the file shorter if it is long. It stays as it is when that fails.
func (l *purgeLog) shorten() error {
	file, end := l.file, l.offset
	if end <= max(compactAt, 2*l.kept) {
		return nil
	}
	l.offset = 0
	list, err := l.read()
	if err == nil {
		err = l.replace(latest(list, maxKept))
	}
	if l.file == file {
		l.offset = end
	}
	return err
}

// latest leaves out what later purges have overtaken, and what is too much of an app, whose
// purges may weigh so many.
func latest(list []cache.Purge, most int) []cache.Purge {
	seen := make(map[cache.Purge]bool, len(list))
	kept := make([]cache.Purge, 0, len(list)) // the newest first
	of := map[string]int{}                    // what those of an app weigh
	for _, p := range slices.Backward(list) {
		what := p
		what.Number = 0
		if !seen[what] {
			seen[what] = true
			kept = append(kept, p)
			of[p.App] += weight(&p)
		}
	}
	kept = bounded(kept, of, most)
	slices.Reverse(kept)
	return kept
}

// bounded leaves half of what they may weigh to each app whose purges weigh more, of which
// the newest come first.
func bounded(list []cache.Purge, of map[string]int, most int) []cache.Purge {
	left := list[:0]
	passed := map[string]int{}
	for _, p := range list {
		before := passed[p.App]
		passed[p.App] += weight(&p)
		switch {
		case of[p.App] <= most || passed[p.App] <= most/2:
			left = append(left, p)
		case before <= most/2: // the newest one that is too much
			left = append(left, cache.Purge{App: p.App, Number: p.Number})
			passed[p.App] = most
		}
	}
	return left
}

// replace puts another file in the place of this one, at once and for good.
func (l *purgeLog) replace(list []cache.Purge) (err error) {
	const name = purgesName + ".new"
	path := filepath.Join(string(l.folder), name)
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return err
	}
	file, err := l.folder.open(name)
	if err != nil {
		return err
	}
	data := appendPurges(nil, list)
	if err = lockShortly(file); err == nil {
		_, err = file.WriteAt(data, 0)
	}
	if err == nil {
		err = file.Sync()
	}
	if err == nil {
		err = os.Rename(path, filepath.Join(string(l.folder), purgesName))
	}
	if err != nil {
		_ = file.Close()
		return err
	}
	_ = l.file.Close() // which unlocks it: those who wait find that it has been replaced
	l.file, l.offset, l.kept = file, int64(len(data)), int64(len(data))
	return l.syncFolder()
}

// syncFolder has the new name survive a power cut.
func (l *purgeLog) syncFolder() error {
	folder, err := os.Open(string(l.folder))
	if err != nil {
		return err
	}
	defer func() { _ = folder.Close() }()
	return folder.Sync()
}
