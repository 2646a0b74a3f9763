package cli

import (
	"strings"

	"hedge/worker"
)

// notice tells what has become of a process that apps live in.
func (j *journal) notice(n worker.Notice) {
	name, colour := levelName(n.Level)
	if j.json {
		j.object(struct {
			stamp
			Level  string   `json:"level"`
			Cordon string   `json:"cordon,omitempty"`
			PID    int      `json:"pid,omitempty"`
			Apps   []string `json:"apps,omitempty"`
			Text   string   `json:"text"`
		}{j.stamp("cordon"), name, n.Cordon, n.PID, n.Apps, n.Text})
		return
	}
	lead := j.clock(j.now()) + "  " + j.style.paint(colour, name) + strings.Repeat(" ", 5-len(name)) + "  "
	j.print(lead + indent(printable(n.Text)+"\n", margin+"       "))
}
