package cli

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"hedge"
	"hedge/node"
)

// pathWidth is the room for a path; with it a line of a usual request has 80
// columns.
const pathWidth = 28

// request tells of a request that is over.
func (j *journal) request(a node.Access) {
	if j.json {
		j.object(requestObject(a))
		return
	}
	j.print(j.requestLine(a) + j.failureOf(a))
}

func requestObject(a node.Access) any {
	object := struct {
		stamp
		App      string        `json:"app,omitempty"`
		Remote   string        `json:"remote"`
		Method   string        `json:"method"`
		URL      string        `json:"url"`
		Protocol string        `json:"protocol"`
		Status   int           `json:"status"`
		Bytes    int64         `json:"bytes"`
		Received int64         `json:"received,omitempty"`
		Broken   bool          `json:"broken,omitempty"`
		Millis   float64       `json:"ms"`
		CPU      float64       `json:"cpu_ms"`
		Step     string        `json:"step,omitempty"`
		Outcome  hedge.Outcome `json:"outcome"`
		Fetches  int           `json:"fetches,omitempty"`
		Cold     bool          `json:"cold,omitempty"`
		Side     string        `json:"side,omitempty"`
		Reasons  []string      `json:"reasons,omitempty"`
		Error    string        `json:"error,omitempty"`
		Thrown   *thrown       `json:"exception,omitempty"`
	}{
		stamp: stamp{"request", a.Time.UTC()}, App: a.App, Remote: a.Remote.String(),
		Method: a.Method, URL: a.URL, Protocol: a.Proto,
		Status: a.Status, Bytes: a.Bytes, Received: a.Received, Broken: a.Broken,
		Millis: millis(a.Duration), CPU: millis(a.CPU),
		Step: a.Step, Outcome: a.Outcome, Fetches: a.Fetches, Cold: a.Cold, Side: a.Side,
	}
	for _, d := range a.Decisions {
		object.Reasons = append(object.Reasons, d.String())
	}
	if a.Outcome == "" {
		object.Outcome = hedge.OutcomeOK
	}
	if a.Err != nil {
		object.Error = a.Err.Error()
		object.Thrown = thrownBy(exceptionOf(a.Err))
	}
	return object
}

// requestLine is the line of a request: time, status, method, path, duration, time
// on the processor, and what happened.
func (j *journal) requestLine(a node.Access) string {
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
	case status == node.StatusClientGone:
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
func (s style) happened(a node.Access) string {
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
// gone, or asks for what is not there, is nobody's mistake here.
func (j *journal) failureOf(a node.Access) string {
	switch {
	case a.Err == nil, a.Outcome == hedge.OutcomeClientGone, a.Outcome == hedge.OutcomeNoRoute, a.Outcome == hedge.OutcomeRateLimited:
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
	// The message ends in the first line of the trace, where it has one.
	lead := strings.TrimSuffix(err.Error(), x.Error())
	if lead == err.Error() {
		return message + "\n" + j.thrown(x, "", s)
	}
	return s.paint(red, printable(lead)) + j.thrown(x, "", s)
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
