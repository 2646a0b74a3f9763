package cli

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"hedge/telemetry"
)

// topWidth is how wide `hedge top` is where no terminal says otherwise.
const topWidth = 80

// topView is what `hedge top` shows: what has gone on between two looks.
type topView struct {
	standing
	cacheBefore *cacheStats
	Uptime      float64        `json:"uptime_s"`
	Rate        float64        `json:"requests_per_s"`
	Apps        []appView      `json:"apps"`
	Upstreams   []upstreamView `json:"upstreams"`
}

// rates are what a tally has grown by, in a second; quantiles are in seconds.
type rates struct {
	Requests float64 `json:"requests_per_s"`
	Client   float64 `json:"client_errors_per_s"`
	Server   float64 `json:"server_errors_per_s"`
	P50      float64 `json:"p50"`
	P99      float64 `json:"p99"`
}

type appView struct {
	Name   string `json:"name"`
	Active int64  `json:"active"`
	rates
}

type upstreamView struct {
	App     string       `json:"app"`
	Name    string       `json:"name"`
	Panic   bool         `json:"panic"`
	Targets []targetView `json:"targets"`
}

type targetView struct {
	URL    string `json:"url"`
	State  string `json:"state"`
	Active int64  `json:"active"`
	rates
}

// viewOf is the difference between two looks.
func viewOf(before, now *stats) *topView {
	seconds := now.Time.Sub(before.Time).Seconds()
	v := &topView{standing: now.standing, cacheBefore: before.Cache, Uptime: now.Time.Sub(now.Started).Seconds(), Apps: []appView{}, Upstreams: []upstreamView{}}
	for _, app := range now.Apps {
		a := appView{app.Name, app.Active, app.since(before.app(app.Name), seconds)}
		v.Rate += a.Requests
		v.Apps = append(v.Apps, a)
	}
	for _, u := range now.Upstreams {
		shown := upstreamView{App: u.App, Name: u.Name, Panic: u.Panic, Targets: []targetView{}}
		for _, t := range u.Targets {
			shown.Targets = append(shown.Targets, targetView{t.URL, t.State, t.Active, t.since(before.target(u.App, u.Name, t.URL), seconds)})
		}
		v.Upstreams = append(v.Upstreams, shown)
	}
	return v
}

func (s *stats) app(name string) *tally {
	for i := range s.Apps {
		if s.Apps[i].Name == name {
			return &s.Apps[i].tally
		}
	}
	return nil
}

func (s *stats) target(app, name, url string) *tally {
	for _, u := range s.Upstreams {
		if u.App != app || u.Name != name {
			continue
		}
		for i := range u.Targets {
			if u.Targets[i].URL == url {
				return &u.Targets[i].tally
			}
		}
	}
	return nil
}

// since is what has come since before; nil, or more than there is now, stands for
// nothing: another process counts.
func (t *tally) since(before *tally, seconds float64) rates {
	if before == nil || before.Requests > t.Requests || before.Times.Count > t.Times.Count {
		before = &tally{Times: &telemetry.Counts{}}
	}
	times := *t.Times
	times.Without(before.Times)
	r := rates{P50: times.Quantile(0.5).Seconds(), P99: times.Quantile(0.99).Seconds()}
	if seconds > 0 {
		r.Requests = float64(t.Requests-before.Requests) / seconds
		r.Client = float64(t.Client-before.Client) / seconds
		r.Server = float64(t.Server-before.Server) / seconds
	}
	return r
}

// text is the view for people.
func (v *topView) text(s style, width int) string {
	var b strings.Builder
	state := s.paint(green, "ready")
	if !v.Ready {
		state = s.paint(yellow, "not ready")
	}
	left := s.paint(bold, "hedge "+oneLine(v.Version)) + "  " + state + s.paint(dim, "  up "+longDuration(v.Uptime))
	right := v.Time.Local().Format("15:04:05")
	gap := max(width-len("hedge ")-len([]rune(oneLine(v.Version)))-len("  ready  up ")-len(longDuration(v.Uptime))-len(right), 2)
	if !v.Ready {
		gap = max(gap-len("not "), 2)
	}
	b.WriteString(left + strings.Repeat(" ", gap) + s.paint(dim, right) + "\n")
	fmt.Fprintf(&b, "%s requests/s   %s   %s", s.paint(bold, formatRate(v.Rate)), count(v.Connections, "connection"), count(v.Isolates, "isolate"))
	if v.Cordons > 0 {
		fmt.Fprintf(&b, " in %s", count(v.Cordons, "cordon"))
	}
	b.WriteString("\n")
	if v.Cache != nil {
		b.WriteString(v.Cache.text(v.cacheBefore))
	}
	b.WriteString(v.trouble(s))
	v.writeApps(&b, s, width)
	v.writeUpstreams(&b, s, width)
	v.writeSplits(&b, s, width)
	return b.String()
}

// trouble is what should not be, since the start.
func (v *topView) trouble(s style) string {
	var parts []string
	if v.CordonsEnded > 0 {
		parts = append(parts, fmt.Sprintf("%d restarted, %d of them killed", v.CordonsEnded, v.CordonsKilled))
	}
	if v.Evictions > 0 {
		parts = append(parts, count(int(v.Evictions), "isolate")+" evicted")
	}
	if v.Cache != nil && v.Cache.Disk != nil && v.Cache.Disk.Refused > 0 {
		parts = append(parts, fmt.Sprintf("the cache's disk refused %d times", v.Cache.Disk.Refused))
	}
	if v.LogDropped > 0 {
		parts = append(parts, count(int(v.LogDropped), "log line")+" dropped")
	}
	if len(parts) == 0 {
		return ""
	}
	return s.paint(yellow, "since the start: "+strings.Join(parts, "; ")) + "\n"
}

// The columns with numbers; what is left of a line is for the name before them.
const numberColumns = "  %9s  %9s  %9s  %7s  %7s  %6s\n"

const numberWidth = 2 + 9 + 2 + 9 + 2 + 9 + 2 + 7 + 2 + 7 + 2 + 6

func head(b *strings.Builder, s style, width int, name string) {
	line := fmt.Sprintf("%s"+numberColumns, pad(name, max(width-numberWidth, 8)), "REQ/S", "P50", "P99", "4XX/S", "5XX/S", "ACTIVE")
	b.WriteString("\n" + s.paint(dim, strings.TrimSuffix(line, "\n")) + "\n")
}

// row writes a line of numbers. colour is that of the name.
func row(b *strings.Builder, s style, width int, colour, name string, r rates, active int64) {
	p50, p99 := "–", "–"
	if r.Requests > 0 {
		p50, p99 = seconds(r.P50), seconds(r.P99)
	}
	paint := func(colour string, rate float64, width int) string {
		text := pad(formatRate(rate), -width)
		switch {
		case rate == 0:
			return s.paint(dim, text)
		case colour != "":
			return s.paint(colour, text)
		}
		return text
	}
	name = s.paint(colour, pad(cut(oneLine(name), max(width-numberWidth, 8)), max(width-numberWidth, 8)))
	b.WriteString(name + "  " + paint("", r.Requests, 9) + "  " + pad(p50, -9) + "  " + pad(p99, -9) + "  " +
		paint(yellow, r.Client, 7) + "  " + paint(red, r.Server, 7) + "  " + fmt.Sprintf("%6d\n", active))
}

func (v *topView) writeApps(b *strings.Builder, s style, width int) {
	head(b, s, width, "APP")
	busiest := slices.Clone(v.Apps)
	slices.SortStableFunc(busiest, func(a, b appView) int {
		switch {
		case a.Requests > b.Requests:
			return -1
		case a.Requests < b.Requests:
			return 1
		}
		return 0
	})
	for _, app := range busiest {
		row(b, s, width, bold, app.Name, app.rates, app.Active)
	}
}

func (v *topView) writeUpstreams(b *strings.Builder, s style, width int) {
	if len(v.Upstreams) == 0 {
		return
	}
	head(b, s, width, "UPSTREAM")
	for _, u := range v.Upstreams {
		title := s.paint(bold, oneLine(u.App+"/"+u.Name))
		if u.Panic {
			title += s.paint(red, "  panic: too few targets are fit, all are used")
		}
		b.WriteString(title + "\n")
		for _, t := range u.Targets {
			colour, mark := green, "● "
			if t.State != "used" {
				colour, mark = red, "✗ "
			}
			_, name, _ := strings.Cut(t.URL, "://")
			row(b, s, width, colour, mark+name, t.rates, t.Active)
			if t.State != "used" {
				b.WriteString("  " + s.paint(red, t.State) + "\n")
			}
		}
	}
}

// barWidth is that of a whole share.
const barWidth = 20

func (v *topView) writeSplits(b *strings.Builder, s style, width int) {
	if len(v.Splits) == 0 {
		return
	}
	line := pad("SPLIT", max(width-61, 8)) + "  " + pad("SHARE", barWidth+8) + "  " + pad("P50", -9) + "  " + pad("P99", -9) + "  " + pad("ERRORS", -7)
	b.WriteString("\n" + s.paint(dim, line) + "\n")
	for _, split := range v.Splits {
		title := s.paint(bold, oneLine(split.App+"/"+split.Name))
		if r := split.Ramp; r != nil {
			title += s.paint(dim, fmt.Sprintf("  ramp to %s: %s, step %d of %d", oneLine(r.To), r.State, r.Step, len(r.Steps)))
			if r.Why != "" {
				title += s.paint(yellow, ", "+oneLine(r.Why))
			}
		}
		b.WriteString(title + "\n")
		for _, side := range split.Sides {
			full := int(side.Share*barWidth + 0.5)
			bar := s.paint(cyan, strings.Repeat("█", full)) + s.paint(dim, strings.Repeat("░", barWidth-full))
			p50, p99, errors := "–", "–", pad("–", -7)
			if side.Requests > 0 {
				p50, p99 = seconds(side.P50), seconds(side.P99)
				errors = pad(fmt.Sprintf("%.1f%%", side.ErrorRate*100), -7)
			}
			if side.ErrorRate > 0 {
				errors = s.paint(red, errors)
			}
			name := max(width-61, 8)
			b.WriteString(pad(cut("  "+oneLine(side.Upstream), name), name) + "  " + bar + pad(fmt.Sprintf("%.1f%%", side.Share*100), -8) +
				"  " + pad(p50, -9) + "  " + pad(p99, -9) + "  " + errors + "\n")
		}
	}
}

// cut shortens a text that is too long.
func cut(text string, width int) string {
	if runes := []rune(text); len(runes) > width {
		return string(runes[:width-1]) + "…"
	}
	return text
}

// formatRate shows a rate with three digits or so.
func formatRate(rate float64) string {
	switch {
	case rate == 0:
		return "0"
	case rate < 9.95:
		return fmt.Sprintf("%.1f", rate)
	case rate < 999_999.5:
		return grouped(int64(rate + 0.5))
	}
	return fmt.Sprintf("%.1fM", rate/1e6)
}

// grouped puts commas between thousands.
func grouped(n int64) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", grouped(n/1000), n%1000)
}

// longDuration shows a duration by its two largest units.
func longDuration(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second)).Truncate(time.Second)
	day := 24 * time.Hour
	switch {
	case d >= day:
		return fmt.Sprintf("%dd %dh", d/day, d%day/time.Hour)
	case d >= time.Hour:
		return fmt.Sprintf("%dh %dm", d/time.Hour, d%time.Hour/time.Minute)
	case d >= time.Minute:
		return fmt.Sprintf("%dm %ds", d/time.Minute, d%time.Minute/time.Second)
	}
	return fmt.Sprintf("%ds", d/time.Second)
}
