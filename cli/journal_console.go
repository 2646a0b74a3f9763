package cli

import (
	"encoding/json"
	"strings"

	"hedge"
	"hedge/telemetry"
	"hedge/worker"
)

// console tells what an app has printed, or of an exception that nobody caught.
func (j *journal) console(l worker.Line) {
	if j.json {
		j.object(j.consoleObject(l))
		return
	}
	name, colour := levelName(l.Level)
	lead := j.clock(j.now()) + "  " + j.style.paint(colour, name) + strings.Repeat(" ", 5-len(name)) + "  "
	j.print(lead + indent(j.said(l), margin+"       "))
}

// said is the text of a line, and where it comes from. It ends in a line end.
func (j *journal) said(l worker.Line) string {
	origin := j.style.paint(dim, j.origin(l))
	if l.Exception != nil {
		return j.style.paint(red, "uncaught ") + j.thrown(l.Exception, origin, j.style)
	}
	return printable(l.Text) + origin + "\n"
}

// origin says where a line comes from: place and request, as far as known.
func (j *journal) origin(l worker.Line) string {
	origin := ""
	if l.Site != "" {
		origin += "  · " + oneLine(l.Site)
	}
	if l.Request != nil {
		origin += "  · " + oneLine(l.Request.Method) + " " + j.shownURL(l.Request.URL())
	}
	return origin
}

func levelName(l worker.Level) (name, colour string) {
	switch l {
	case worker.LevelDebug:
		return "debug", dim
	case worker.LevelInfo:
		return "info", cyan
	case worker.LevelWarn:
		return "warn", yellow
	case worker.LevelError:
		return "error", red
	default:
		return "log", bold
	}
}

func (j *journal) consoleObject(l worker.Line) any {
	name, _ := levelName(l.Level)
	object := struct {
		stamp
		App    string          `json:"app"`
		Level  string          `json:"level"`
		Text   string          `json:"text"`
		Site   string          `json:"site,omitempty"`
		Method string          `json:"method,omitempty"`
		URL    string          `json:"url,omitempty"`
		Thrown json.RawMessage `json:"exception,omitempty"`
	}{stamp: j.stamp("console"), App: l.App, Level: name, Text: l.Text, Site: l.Site, Thrown: thrownBy(l.Exception)}
	if l.Request != nil {
		object.Method, object.URL = l.Request.Method, l.Request.URL()
	}
	return object
}

// thrownBy is an exception as JSON has it; nil if there is none.
func thrownBy(x *hedge.Exception) json.RawMessage {
	if x == nil {
		return nil
	}
	return telemetry.AppendException(nil, x)
}

// thrown returns an exception with its stack and, where the source is known, the
// lines around the innermost place. origin stands behind the first line. The text
// ends in a line end.
func (j *journal) thrown(x *hedge.Exception, origin string, s style) string {
	head, rest, _ := strings.Cut(printable(x.Trace()), "\n")
	text := s.paint(red, head) + origin + "\n"
	if rest != "" {
		text += s.paint(dim, rest) + "\n"
	}
	if excerpt := j.excerpt(x); excerpt != "" {
		text += "\n" + excerpt + "\n"
	}
	return text
}
