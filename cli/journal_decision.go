package cli

import "hedge"

// decided tells of a change in the state of an app's targets.
func (j *journal) decided(app string, d hedge.Decision) {
	if j.json {
		j.object(struct {
			stamp
			App    string       `json:"app"`
			Part   string       `json:"part"`
			Reason hedge.Reason `json:"reason"`
			Detail string       `json:"detail,omitempty"`
		}{j.stamp("decision"), app, d.Part, d.Reason, d.Detail})
		return
	}
	line := oneLine(d.String())
	if j.hosts {
		line = app + ", " + line
	}
	j.print(j.clock(j.now()) + "  " + j.style.paint(yellow, line) + "\n")
}
