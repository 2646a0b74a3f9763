package cli

import (
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// Screen is a terminal that one command has for itself.
type Screen interface {
	// Size is the number of columns and lines.
	Size() (width, height int)
	// Draw shows a text in the place of what was there.
	Draw(text string)
	// Keys yields what is typed. Nothing else is made of it, not even of Ctrl-C.
	Keys() <-chan byte
	// Close gives the terminal back as it was.
	Close()
}

// terminal is the Screen of this process.
type terminal struct {
	out   *os.File
	state *term.State
	keys  chan byte
}

// What steers a terminal (ECMA-48, and xterm's private modes).
const (
	enterScreen = "\x1b[?1049h\x1b[?25l\x1b[?7l" // another screen, no cursor, long lines are cut off
	leaveScreen = "\x1b[?7h\x1b[?25h\x1b[?1049l"
	home        = "\x1b[H"
	clearLine   = "\x1b[K"
	clearRest   = "\x1b[J"
)

func openTerminal() (Screen, error) {
	state, err := term.MakeRaw(int(os.Stdin.Fd()))
	if err != nil {
		return nil, err
	}
	t := &terminal{out: os.Stdout, state: state, keys: make(chan byte)}
	_, _ = io.WriteString(t.out, enterScreen)
	go t.read() // until the process ends
	return t, nil
}

func (t *terminal) read() {
	for {
		var key [1]byte
		if _, err := os.Stdin.Read(key[:]); err != nil {
			return
		}
		t.keys <- key[0]
	}
}

func (t *terminal) Size() (width, height int) {
	width, height, err := term.GetSize(int(t.out.Fd()))
	if err != nil || width <= 0 || height <= 0 {
		return topWidth, 24
	}
	return width, height
}

// Draw draws over what was there, so that nothing flickers.
func (t *terminal) Draw(text string) {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	_, _ = io.WriteString(t.out, home+strings.Join(lines, clearLine+"\r\n")+clearLine+clearRest)
}

func (t *terminal) Keys() <-chan byte { return t.keys }

func (t *terminal) Close() {
	_, _ = io.WriteString(t.out, leaveScreen)
	_ = term.Restore(int(os.Stdin.Fd()), t.state)
}

// fit cuts a text off that has more lines than there are.
func fit(text string, height int) string {
	lines := strings.SplitAfter(text, "\n")
	if len(lines)-1 <= height {
		return text
	}
	return strings.Join(lines[:height-1], "") + "…\n"
}
