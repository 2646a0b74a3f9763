package cli

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"hedge"
	"hedge/telemetry"
)

// pathWidth is the room for a path; with it a line of a usual request has 80
// columns.
const pathWidth = 28

// request tells of a request that is over.
func (j *journal) request(a telemetry.Access) {
	if j.json {
		line := j.lines.Get().(*[]byte)
		*line = j.access.Append((*line)[:0], &a)
		j.append(maxPending, *line)
		j.lines.Put(line)
		return
	}
	j.append(maxPending, []byte(j.requestLine(a)+j.failureOf(a)))
}

// requestLine is the line of a request: time, status, method, path, duration, time
// on the processor, and what happened.
func (j *journal) requestLine(a telemetry.Access) string {
	s := j.style
	cpu := ""
	if a.CPU > 0 {
		cpu = "cpu " + pad(formatDuration(a.CPU), -7)
	}
	line := j.clock(a.Time) + "  " + s.paint(statusColour(a.Status), pad(strconv.Itoa(a.Status), 5)) + "  " +
		pad(oneLine(a.Method), 4) + "  " + pad(j.shownURL(a.URL), pathWidth) + "  " + pad(formatDuration(a.Duration), -7) + "  " +
		s.paint(dim, pad(cpu, 11)) + "  " + s.happened(a)
	return strings.TrimRight(line, " ") + "\n"
}

// shownURL leaves out of a URL what is the same in all of them.
func (j *journal) shownURL(url string) string {
	_, rest, _ := strings.Cut(url, "://")
	if !j.hosts {
		if slash := strings.IndexByte(rest, '/'); slash >= 0 {
			rest = rest[slash:]
		}
	}
	return oneLine(rest)
}

func statusColour(status int) string {
	switch {
	case status == telemetry.StatusClientGone:
		return dim
	case status >= 500:
		return red
	case status >= 400:
		return yellow
	case status >= 300:
		return cyan
	default:
		return green
	}
}

// happened says who answered, and what was out of the ordinary.
func (s style) happened(a telemetry.Access) string {
	var parts []string
	if a.Step != "" {
		parts = append(parts, oneLine(a.Step))
	}
	if a.Side != "" {
		parts = append(parts, oneLine(a.Side))
	}
	if a.Cold {
		parts = append(parts, "cold")
	}
	if a.Fetches > 0 {
		parts = append(parts, fetches(a.Fetches))
	}
	if a.Status == 101 {
		parts = append(parts, fmt.Sprintf("%d bytes to the client, %d from it", a.Bytes, a.Received))
	}
	for _, d := range a.Decisions {
		parts = append(parts, s.paint(yellow, oneLine(d.What())))
	}
	switch {
	case a.Outcome == hedge.OutcomeClientGone:
		return strings.Join(append(parts, s.paint(dim, string(a.Outcome))), ", ")
	case a.Outcome != "" && a.Outcome != hedge.OutcomeOK:
		parts = append(parts, s.paint(red, string(a.Outcome)))
	}
	if a.Broken {
		parts = append(parts, s.paint(red, "broken off"))
	}
	return strings.Join(parts, ", ")
}

func fetches(n int) string {
	if n == 1 {
		return "1 fetch"
	}
	return fmt.Sprintf("%d fetches", n)
}

// failureOf says what went wrong with a request, below its line. That a client has
// gone, or the server has, or that somebody asks for what is not there, is nobody's mistake here.
func (j *journal) failureOf(a telemetry.Access) string {
	switch {
	case a.Err == nil, a.Outcome == hedge.OutcomeClientGone, a.Outcome == hedge.OutcomeShutdown, a.Outcome == hedge.OutcomeClientTimeout, a.Outcome == hedge.OutcomeContentTooLarge, a.Outcome == hedge.OutcomeNoRoute, a.Outcome == hedge.OutcomeRateLimited:
		return ""
	}
	return margin + indent(j.trouble(a.Err, j.style), margin)
}

// margin is as wide as the time at the beginning of a line.
const margin = "          "

// trouble describes an error of an app: the message, and what JavaScript threw. It
// ends in a line end.
func (j *journal) trouble(err error, s style) string {
	message := s.paint(red, printable(err.Error()))
	x := exceptionOf(err)
	if x == nil {
		return message + "\n"
	}
	// The message has the first line of the trace in it, and behind that the cause.
	lead, cause, found := strings.Cut(err.Error(), x.Error())
	if !found || x.Error() == "" {
		return message + "\n" + j.thrown(x, "", s)
	}
	return s.paint(red, printable(lead)) + j.thrown(x, s.paint(red, printable(cause)), s)
}

// exceptionOf returns what JavaScript threw, if that is what the error is about.
func exceptionOf(err error) *hedge.Exception {
	var known *hedge.Error
	if errors.As(err, &known) {
		return known.Exception
	}
	return nil
}

// since is a duration up to now, as text.
func (j *journal) since(start time.Time) time.Duration { return j.now().Sub(start) }
