package coding

import (
	"bufio"
	"io"
	"slices"
	"strings"
)

// maxCodings is how many codings one body may have. Each takes memory of its own, and a
// second one hardly ever makes anything shorter.
const maxCodings = 3

// Known reports whether coding, as Normal returns it, is one that this package has, or a
// list of up to three of them.
func Known(coding string) bool {
	list := List(coding)
	return len(list) > 0 && len(list) <= maxCodings && !slices.ContainsFunc(list, func(one string) bool { return !known(one) })
}

func known(coding string) bool {
	switch coding {
	case "gzip", "x-gzip", "deflate", "br", "zstd":
		return true
	}
	return false
}

// separator stands between the codings of a list.
const separator = ", "

// Normal returns the value of a Content-Encoding field in lower case: the codings in the
// order in which they were applied (RFC 9110 §8.4), as in "gzip, br", without those that
// are "identity". Several fields are joined by commas.
func Normal(field string) string {
	var list []string
	for one := range strings.SplitSeq(strings.ToLower(field), ",") {
		if one = strings.TrimSpace(one); one != "" && one != "identity" {
			list = append(list, one)
		}
	}
	return strings.Join(list, separator)
}

// List returns the codings of what Normal returns, in the order in which they were applied.
func List(coding string) []string {
	if coding == "" {
		return nil
	}
	return strings.Split(coding, separator)
}

// decodersSize returns about how many bytes the decompressors of a list take for what is
// going to be read from in, of which there is a byte: at most, for those that were applied
// before the last, as nobody has seen anything of theirs.
func decodersSize(coding string, in *bufio.Reader) int64 {
	list := List(coding)
	last := len(list) - 1
	bytes := decoderSize(list[last], in)
	for _, one := range list[:last] {
		bytes += largestDecoder(one)
	}
	return bytes
}

// openDecoders returns a reader of what in holds, from which the codings are removed, last
// things first.
func openDecoders(coding string, in *bufio.Reader) (r io.Reader, err error) {
	list := List(coding)
	slices.Reverse(list)
	for i, one := range list {
		if i > 0 {
			in = bufio.NewReaderSize(r, inputBytes)
		}
		if r, err = openDecoder(one, in); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// openEncoders returns a writer that applies codings in their order.
func openEncoders(coding string, out io.Writer) (writeFlusher, error) {
	var all chain
	for _, one := range slices.Backward(List(coding)) {
		w, err := openEncoder(one, out)
		if err != nil {
			return nil, err
		}
		all, out = append(chain{w}, all...), w
	}
	return all, nil
}

// chain is compressors that each write to the next one.
type chain []writeFlusher

// Write writes to the first.
func (c chain) Write(p []byte) (int, error) { return c[0].Write(p) }

// Flush has all give what they have, the first one first.
func (c chain) Flush() error { return c.each(writeFlusher.Flush) }

// Close ends all of them, the first one first.
func (c chain) Close() error { return c.each(writeFlusher.Close) }

func (c chain) each(do func(writeFlusher) error) error {
	for _, w := range c {
		if err := do(w); err != nil {
			return err
		}
	}
	return nil
}
