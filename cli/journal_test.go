package cli

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode"

	"hedge/telemetry"
	"hedge/worker"
)

// stuck is a reader that takes nothing until it is freed.
type stuck struct {
	free chan struct{}
	text bytes.Buffer
}

func (s *stuck) Write(p []byte) (int, error) {
	<-s.free
	return s.text.Write(p)
}

// A reader that has stopped stops nobody: what it misses is counted, and what had
// room is there in the end, in whole lines.
// full is a disk that takes so many bytes, and then no more.
type full struct {
	room int
	text strings.Builder
}

func (f *full) Write(p []byte) (int, error) {
	n := min(f.room, len(p))
	f.room -= n
	f.text.Write(p[:n])
	if n < len(p) {
		return n, syscall.ENOSPC
	}
	return n, nil
}

// What a full disk does not take is counted, told once, and what comes behind it stands in
// lines of its own.
func TestLogThatCannotBeWritten(t *testing.T) {
	disk, errs := &full{room: len("first\nsec")}, newOutput()
	j := newJournal(World{Stdout: Stream{Writer: disk}, Stderr: Stream{Writer: errs}, Getenv: func(string) string { return "" }, Now: time.Now}, false)
	missed := func(want uint64) {
		t.Helper()
		until(t, func() bool { return j.missed() == want })
	}
	j.print("first\nsecond\nthird\n")
	missed(2)
	j.print("fourth\n")
	missed(3)
	j.mu.Lock() // the writer is at rest
	disk.room = 1 << 20
	j.mu.Unlock()
	j.print("fifth\n")
	j.close()
	want := `^first\nsec\nfifth\n\S+  3 lines were dropped: .*\n$`
	if got := disk.text.String(); !regexp.MustCompile(want).MatchString(got) || j.missed() != 3 {
		t.Errorf("%d lines are missed, and the disk has\n%s", j.missed(), got)
	}
	if told := errs.String(); strings.Count(told, "the log cannot be written: no space left on device") != 1 {
		t.Errorf("told is\n%s", told)
	}
}

func TestStuckReaderStopsNobody(t *testing.T) {
	for _, asJSON := range []bool{true, false} {
		out := &stuck{free: make(chan struct{})}
		j := newJournal(World{Stdout: Stream{Writer: out}, Getenv: func(string) string { return "" }, Now: time.Now}, asJSON)
		const requests = 100_000
		for range requests {
			j.request(telemetry.Access{Method: "GET", URL: "http://localhost/", Path: "/" + strings.Repeat("x", 40), Status: 200})
		}
		j.stopping(false) // which has room still
		registry := telemetry.NewRegistry()
		registry.Collect(j.collect)
		close(out.free)
		j.close()
		lines := strings.Count(out.text.String(), "GET")
		lost := j.lost
		if lost == 0 || lines+int(lost) != requests {
			t.Errorf("%d of %d requests are in the log, and %d are counted as lost", lines, requests, lost)
		}
		if !strings.Contains(out.text.String(), "stopping") || !strings.Contains(out.text.String(), fmt.Sprint(lost)) {
			t.Error("that the server stops, or how many lines are missing, is not told")
		}
		if !strings.Contains(string(registry.Text()), fmt.Sprintf("hedge_log_dropped_total %d", lost)) {
			t.Errorf("the metrics say\n%s", registry.Text())
		}
	}
}

// What an app prints of a client's words, or whatever else is told of them, steers no
// terminal in JSON either.
func TestObjectsSteerNoTerminal(t *testing.T) {
	got := journalOf(Stream{}, true, func(j *journal) {
		j.console(worker.Line{App: "shop", Text: "\x1b \u009b31m \u202e \u2028 \x7f ä"})
		j.failing(errors.New("the file \u009b31m.pem"), "nothing")
	})
	for _, r := range got {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028') {
			t.Fatalf("there is %U in\n%q", r, got)
		}
	}
	if want := `"text":"\u001b \u009b31m \u202e \u2028 \u007f ä"`; !strings.Contains(got, want) {
		t.Errorf("%s is missing in\n%s", want, got)
	}
}
