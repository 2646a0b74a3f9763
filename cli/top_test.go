package cli

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"hedge/node"
	"hedge/telemetry"
	"hedge/upstream"
)

// paper is a Screen that keeps what was drawn.
type paper struct {
	drawn  chan string
	keys   chan byte
	closed bool
}

func (p *paper) Size() (width, height int) { return 80, 24 }
func (p *paper) Draw(text string)          { p.drawn <- text }
func (p *paper) Keys() <-chan byte         { return p.keys }
func (p *paper) Close()                    { p.closed = true }

func TestTop(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "admin.sock")
	p := start(t, "serve", appFor(t, "shop", "hello"), "--listen", "127.0.0.1:0", "--admin", socket)
	url := p.url()
	wantGet(t, url, 200, "hello") // from then on there is the socket
	p.await(`200 +GET`)
	code, stdout, stderr := run(t, "top", "--json", "--every", "100ms", "--admin", socket)
	var v topView
	if err := json.Unmarshal([]byte(stdout), &v); err != nil || code != 0 || len(v.Apps) != 1 || v.Apps[0].Name != "shop" || !v.Ready || v.Isolates != 1 {
		t.Errorf("%d %s%s: %v", code, stdout, stderr, err)
	}
	if code, stdout, _ := run(t, "top", "--every", "100ms", "--admin", socket); code != 0 || !strings.Contains(stdout, "\nshop ") || strings.Contains(stdout, "\x1b") {
		t.Errorf("%d %s", code, stdout)
	}

	screen := &paper{drawn: make(chan string), keys: make(chan byte)}
	w := World{Stdout: Stream{Writer: newOutput()}, Getenv: func(string) string { return "" }, Now: time.Now, Screen: func() (Screen, error) { return screen, nil }}
	ended := make(chan error, 1)
	go func() { ended <- top(w, topOptions{admin: socket, every: 100 * time.Millisecond}) }() // until q
	for range 2 {
		if text := <-screen.drawn; !strings.Contains(text, "shop") {
			t.Errorf("drawn was\n%s", text)
		}
	}
	go func() { // until top has ended
		for range screen.drawn {
		}
	}()
	screen.keys <- 'q'
	if err := <-ended; err != nil || !screen.closed {
		t.Errorf("it ended with %v, and gave the terminal back: %v", err, screen.closed)
	}
	close(screen.drawn)
}

// What is shown is what has come between two looks, in 80 columns.
func TestTopView(t *testing.T) {
	begin := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	some := func(n, failed uint64, took time.Duration) tally {
		c := &telemetry.Counts{}
		for range n {
			c.Add(took)
		}
		return tally{Requests: n, Server: failed, Times: c}
	}
	at := func(seconds, n int) *stats {
		return &stats{
			standing: standing{
				Time: begin.Add(time.Duration(seconds) * time.Second), Version: "1.2.3", Ready: true,
				Connections: 1, Isolates: 2, Cordons: 1, CordonsEnded: 3, CordonsKilled: 1,
				Cache: &cacheStats{Requests: uint64(n), Hits: uint64(n / 2), Memory: tierStats{Bytes: 3 << 20}, Disk: &tierStats{Bytes: 5 << 30, Refused: 2}},
				Splits: []node.SplitStatus{{App: "shop", Status: upstream.Status{Name: "home", Sides: []upstream.SideStatus{
					{Upstream: "old", Share: 0.75, Stats: upstream.Stats{Requests: 10, ErrorRate: 0.25, P50: 0.001, P99: 0.01}},
					{Upstream: "new", Share: 0.25},
				}}}},
			},
			Started: begin.Add(-50 * time.Hour),
			Apps:    []appStats{{node.AppStatus{Name: "shop", Active: 4}, some(uint64(n), uint64(n/10), 5*time.Millisecond)}},
			Upstreams: []upstreamStats{{App: "shop", Name: "blog", Targets: []targetStats{
				{"https://a.very.long.name.example.com", upstream.TargetUsed, 1, some(uint64(n), 0, time.Second)},
				{"http://10.0.0.2", upstream.TargetEjected, 0, some(0, 0, 0)},
			}}},
		}
	}
	text := viewOf(at(0, 100), at(2, 400)).text(style{}, topWidth)
	for _, want := range []string{"up 2d 2h", "150 requests/s", "2 isolates in 1 cordon", "3 restarted, 1 of them killed", "4.86 ms", "15", "✗ 10.0.0.2", "ejected", "…", "75.0%", "25.0%", "cache: 50.0 % hits", "MiB on the disk\n", "cache's disk refused 2 times"} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %q", want)
		}
	}
	for line := range strings.Lines(text) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > topWidth {
			t.Errorf("a line has %d columns: %s", n, line)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
	// Another process begins to count anew.
	if r := viewOf(at(0, 400), at(1, 10)).Apps[0].Requests; r != 10 {
		t.Errorf("after an upgrade there are %v requests/s, want 10", r)
	}
}
