package cli

import (
	"encoding/json"
	"fmt"
	"time"

	"hedge/admin"
)

type topOptions struct {
	admin string
	once  bool
	json  bool
	every time.Duration
}

func topCommand(w World) command {
	o := topOptions{every: time.Second}
	return command{
		name:    "top",
		summary: "Watch a running server",
		text: `Requests per second, latency and errors of each app; how the targets of upstreams do;
what the sides of splits get; cordons. Rates and quantiles are of the time between two
looks, those of splits of the last minute, without what the cache has answered. q or
Ctrl-C ends.
`,
		options: []option{
			textOption(&o.admin, "--admin", "PATH", "the server's admin socket (default: that of the only one that runs)"),
			timeOption(&o.every, "--every", "the time between two looks (default: 1s)"),
			flagOption(&o.once, "--once", "print one look, and end; so it is where there is no terminal"),
			flagOption(&o.json, "--json", "print one look as JSON"),
		},
		run: func([]string) error {
			if o.every < 100*time.Millisecond {
				return &usageError{problem: "--every needs 100ms or more", see: "hedge help top"}
			}
			return top(w, o)
		},
	}
}

func top(w World, o topOptions) error {
	path, err := findAdmin(w, o.admin)
	if err != nil {
		return err
	}
	before, err := look(path)
	if err != nil {
		return err
	}
	if o.once || o.json || w.Screen == nil {
		return topOnce(w, o, path, before)
	}
	screen, err := w.Screen()
	if err != nil {
		return err
	}
	defer screen.Close()
	return watchTop(w, o, path, before, screen)
}

// look asks the server what it has counted.
func look(path string) (*stats, error) {
	result, err := admin.Call(path, "stats", nil)
	if err != nil {
		return nil, err
	}
	s := &stats{}
	if err := json.Unmarshal(result, s); err != nil {
		return nil, fmt.Errorf("the server's answer cannot be read: %w", err)
	}
	return s, nil
}

// topOnce prints what goes on between two looks.
func topOnce(w World, o topOptions, path string, before *stats) error {
	select {
	case <-time.After(o.every):
	case <-w.Signals:
		return &exitError{exitInterrupted}
	}
	now, err := look(path)
	if err != nil {
		return err
	}
	v := viewOf(before, now)
	if o.json {
		return json.NewEncoder(w.Stdout).Encode(v)
	}
	_, err = fmt.Fprint(w.Stdout, v.text(w.Stdout.style(w), topWidth))
	return err
}

// watchTop draws again and again, until a key or a signal ends it. A server that goes
// away, as at an upgrade, may come back.
func watchTop(w World, o topOptions, path string, before *stats, screen Screen) error {
	ticker := time.NewTicker(o.every)
	defer ticker.Stop()
	shown := viewOf(before, before)
	problem := ""
	for {
		width, height := screen.Size()
		text := shown.text(w.Stdout.style(w), width)
		if problem != "" {
			text += "\n" + w.Stdout.style(w).paint(red, oneLine(problem)) + "\n"
		}
		screen.Draw(fit(text, height))
		select {
		case <-ticker.C:
			now, err := look(path)
			if problem = ""; err != nil {
				problem = "the server does not answer: " + err.Error()
				continue
			}
			shown, before = viewOf(before, now), now
		case key := <-screen.Keys():
			if key == 'q' || key == 'Q' || key == ctrlC {
				return nil
			}
		case <-w.Signals:
			return nil
		}
	}
}

// ctrlC is what a terminal sends for it, when it makes no signal of it.
const ctrlC = 3
