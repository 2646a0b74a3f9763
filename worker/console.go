package worker

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// printed is what an app has printed lately. It may print so many lines and bytes a
// second, and as much at once (a token bucket); the rest is dropped, and counted.
type printed struct {
	mu      sync.Mutex // guards what follows
	filled  time.Time  // when lines and bytes were brought up to date
	lines   float64    // that may be printed
	bytes   float64    // that may be printed; a line may overdraw them
	dropped int        // since the last report
	hints   []string   // that were printed
}

// mostHints is how many different hints an app gets; the runtime has fewer.
const mostHints = 16

// hint reports whether a hint is to be printed, which it is once.
func (p *printed) hint(text string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.hints) == mostHints || slices.Contains(p.hints, text) {
		return false
	}
	p.hints = append(p.hints, text)
	return true
}

// longestLine is more than JavaScript prints at once, which is 64 Ki characters (inspect.ts).
const longestLine = 256 << 10

// clip bounds what a cordon prints that somebody has taken over.
func clip(text string) string {
	if len(text) <= longestLine {
		return text
	}
	return strings.ToValidUTF8(text[:longestLine], "") + "…"
}

// print passes a line on if the app may print one more. size is about that of its
// text; line makes it.
func (a *App) print(size int, line func() Line) {
	cfg := &a.runtime.cfg
	admitted, first := a.printed.admit(time.Now(), size, cfg)
	if admitted {
		cfg.Console(line())
	}
	if first {
		a.reportSoon()
	}
}

// drop counts a line that has been dropped before it came here.
func (a *App) drop() {
	if a.printed.drop() {
		a.reportSoon()
	}
}

func (a *App) reportSoon() { time.AfterFunc(time.Second, a.reportDropped) }

// admit takes one line out of the budget. first says that it is the first to be
// dropped since the last report.
func (p *printed) admit(now time.Time, size int, cfg *Config) (admitted, first bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	passed := now.Sub(p.filled).Seconds() // very long the first time
	p.filled = now
	p.lines = min(p.lines+passed*float64(cfg.ConsoleLines), float64(cfg.ConsoleLines))
	p.bytes = min(p.bytes+passed*float64(cfg.ConsoleBytes), float64(cfg.ConsoleBytes))
	if p.lines < 1 || p.bytes <= 0 {
		return false, p.dropLocked()
	}
	p.lines--
	p.bytes -= float64(size)
	return true, false
}

// drop counts a line as dropped, and reports whether it is the first since the last report.
func (p *printed) drop() (first bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dropLocked()
}

func (p *printed) dropLocked() (first bool) {
	p.dropped++
	return p.dropped == 1
}

// reportDropped says how many lines are missing.
func (a *App) reportDropped() {
	a.printed.mu.Lock()
	dropped := a.printed.dropped
	a.printed.dropped = 0
	a.printed.mu.Unlock()
	cfg := &a.runtime.cfg
	cfg.Console(Line{App: a.release.Name, Level: LevelWarn, Text: fmt.Sprintf(
		"%d more lines were dropped: an app may print %d lines and %d KiB a second", dropped, cfg.ConsoleLines, cfg.ConsoleBytes>>10)})
}
