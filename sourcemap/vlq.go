package sourcemap

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
)

// segment maps the generated code from a column on, up to the next segment of
// its line, to a place in a source. Everything counts from 0.
type segment struct {
	column                   int32
	source                   int32 // none: code without a source
	sourceLine, sourceColumn int32
	name                     int32 // none: no name
}

// segments are those of the generated code.
type segments struct {
	all  []segment // by line, and there by column
	ends []int32   // where in all each line ends
}

func (s *segments) lines() int { return len(s.ends) }

// line returns the segments of a line, from 0.
func (s *segments) line(i int) []segment {
	start := int32(0)
	if i > 0 {
		start = s.ends[i-1]
	}
	return s.all[start:s.ends[i]]
}

const (
	none = -1
	// maxEntries bounds the segments and the lines of a map, and so what a hostile
	// one makes us allocate: about 100 MiB. A bundle of 10 MiB has around a million
	// segments.
	maxEntries = 4 << 20
)

var errTruncated = errors.New("source map: a number in the mappings is cut off")

// decode reads the mappings of a source map (ECMA-426, "decode source map
// mappings"). Each field of a segment is the difference to the same field of the
// segment before; the generated column starts anew on each line.
// More than limit segments or lines are an error.
func decode(mappings string, sources, names, limit int) (segments, error) {
	d := decoder{in: mappings, sources: sources, names: names}
	code := segments{all: make([]segment, 0, min(len(mappings)/5+1, limit))}
	start := 0
	for d.pos <= len(d.in) {
		if d.pos == len(d.in) || d.in[d.pos] == ';' {
			if len(code.ends) == limit {
				return segments{}, fmt.Errorf("source map: more than %d lines", limit)
			}
			sortLine(code.all[start:])
			start = len(code.all)
			code.ends = append(code.ends, int32(start))
			d.last.column = 0
			d.pos++
			continue
		}
		if d.in[d.pos] == ',' {
			d.pos++
			continue
		}
		s, err := d.segment()
		if err != nil {
			return segments{}, err
		}
		if len(code.all) == limit {
			return segments{}, fmt.Errorf("source map: more than %d segments", limit)
		}
		code.all = append(code.all, s)
	}
	return code, nil
}

// sortLine puts a line's segments in order. Every generator writes them so, but
// the format does not ask for it.
func sortLine(line []segment) {
	byColumn := func(a, b segment) int { return cmp.Compare(a.column, b.column) }
	if !slices.IsSortedFunc(line, byColumn) {
		slices.SortStableFunc(line, byColumn)
	}
}

// decoder reads segments from mappings, each relative to the last.
type decoder struct {
	in             string
	pos            int
	last           segment
	sources, names int
}

// segment reads one segment: one field, four, or five.
func (d *decoder) segment() (segment, error) {
	if err := d.add(&d.last.column, math.MaxInt32); err != nil {
		return segment{}, err
	}
	s := segment{column: d.last.column, source: none, name: none}
	if d.atEnd() {
		return s, nil
	}
	if err := d.add(&d.last.source, d.sources-1); err != nil {
		return segment{}, err
	}
	if err := d.add(&d.last.sourceLine, math.MaxInt32-1); err != nil {
		return segment{}, err
	}
	if err := d.add(&d.last.sourceColumn, math.MaxInt32-1); err != nil {
		return segment{}, err
	}
	s = d.last
	s.name = none
	if d.atEnd() {
		return s, nil
	}
	if err := d.add(&d.last.name, d.names-1); err != nil {
		return segment{}, err
	}
	s.name = d.last.name
	if !d.atEnd() {
		return segment{}, fmt.Errorf("source map: a segment of more than five fields at offset %d of the mappings", d.pos)
	}
	return s, nil
}

// atEnd reports whether the segment ends here.
func (d *decoder) atEnd() bool {
	return d.pos == len(d.in) || d.in[d.pos] == ',' || d.in[d.pos] == ';'
}

// add reads a difference and adds it to a field, whose value must stay within
// 0 and limit.
func (d *decoder) add(field *int32, limit int) error {
	delta, err := d.vlq()
	if err != nil {
		return err
	}
	sum := int64(*field) + delta
	if sum < 0 || sum > int64(limit) {
		return fmt.Errorf("source map: a value out of range before offset %d of the mappings", d.pos)
	}
	*field = int32(sum)
	return nil
}

// vlq reads one number: base64 digits of which the sixth bit says that more
// follow, least significant first, the sign in the lowest bit (ECMA-426, "VLQ").
func (d *decoder) vlq() (int64, error) {
	var value int64
	for shift := 0; ; shift += 5 {
		if d.pos == len(d.in) {
			return 0, errTruncated
		}
		digit := base64Digit(d.in[d.pos])
		if digit < 0 {
			return 0, fmt.Errorf("source map: %q at offset %d of the mappings is no base64 digit", d.in[d.pos], d.pos)
		}
		d.pos++
		if shift > 30 { // 32 bits and a sign need seven digits
			return 0, fmt.Errorf("source map: a number too large before offset %d of the mappings", d.pos)
		}
		value |= (digit & 31) << shift
		if digit&32 == 0 {
			break
		}
	}
	if value&1 == 1 {
		return -(value >> 1), nil
	}
	return value >> 1, nil
}

// base64Digit returns the value of a base64 digit, or -1.
func base64Digit(c byte) int64 {
	switch {
	case 'A' <= c && c <= 'Z':
		return int64(c - 'A')
	case 'a' <= c && c <= 'z':
		return int64(c-'a') + 26
	case '0' <= c && c <= '9':
		return int64(c-'0') + 52
	case c == '+':
		return 62
	case c == '/':
		return 63
	default:
		return -1
	}
}
