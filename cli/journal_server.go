package cli

import (
	"fmt"
	"strings"
	"time"

	"hedge"
	"hedge/bundle"
)

// serving tells that an app is served for the first time.
func (j *journal) serving(release *hedge.Release, report *bundle.Report, took time.Duration, in entry, o devOptions) {
	if j.json {
		j.object(struct {
			stamp
			App    string  `json:"app"`
			URL    string  `json:"url"`
			Millis float64 `json:"ms"`
		}{j.stamp("serving"), release.Name, in.url(), millis(took)})
		return
	}
	made := "routes alone"
	if report.Inputs > 0 {
		made = count(report.Inputs, "source file") + ", " + formatBytes(int64(report.Bytes))
	}
	j.banner([][2]string{
		{"app", j.style.paint(bold, release.Name) + " in " + o.dir},
		{"built", "in " + formatDuration(took) + ": " + made},
		{"serving", j.address(in, o.listen)},
		{"watching", watching(o, "files are served anew when they are saved")},
		{"egress", "code may fetch from any address, private ones too; hedge serve allows public ones only"},
	})
}

// waiting tells that there is nothing to serve yet but errors.
func (j *journal) waiting(in entry, o devOptions) {
	if j.json {
		j.object(struct {
			stamp
			URL string `json:"url"`
		}{j.stamp("waiting"), in.url()})
		return
	}
	j.banner([][2]string{
		{"app", o.dir},
		{"serving", j.address(in, o.listen)},
		{"watching", watching(o, "files are tried anew when they are saved")},
	})
}

func watching(o devOptions, what string) string {
	if o.noWatch {
		return "nothing (--no-watch); Ctrl-C ends"
	}
	return what + "; Ctrl-C ends"
}

// address returns the URL to go to, and says so when it is not the port asked for.
func (j *journal) address(in entry, asked string) string {
	url := j.style.paint(bold, j.style.paint(cyan, in.url()))
	if _, port, err := splitAddress(asked, "127.0.0.1"); err == nil && port != 0 && port != portOf(in) {
		return url + j.style.paint(yellow, fmt.Sprintf("  (port %d is taken)", port))
	}
	return url
}

func (j *journal) banner(rows [][2]string) {
	text := "\n"
	for _, row := range rows {
		text += "  " + j.style.paint(dim, fmt.Sprintf("%-8s", row[0])) + "  " + row[1] + "\n"
	}
	j.print(text + "\n")
}

// note tells of something in a line that has a time.
func (j *journal) note(colour, word, rest string) {
	j.print(fmt.Sprintf("%s  %s%s\n", j.clock(j.now()), j.style.paint(colour, word), rest))
}

// reloaded tells that a new version is served, or, if it is the same, that the one
// that was served all along can be built again.
func (j *journal) reloaded(took time.Duration, changed []string, same bool) {
	if j.json {
		j.object(struct {
			stamp
			Millis  float64  `json:"ms"`
			Changed []string `json:"changed"`
		}{j.stamp("reloaded"), millis(took), changed})
		return
	}
	word := "reloaded"
	if same {
		word = "works again"
	}
	j.note(green, word, fmt.Sprintf(" in %s (changed %s)", formatDuration(took), shortList(changed)))
}

// shortList returns the first of a list, and how many more there are.
func shortList(list []string) string {
	if len(list) < 2 {
		return oneLine(strings.Join(list, ""))
	}
	return fmt.Sprintf("%s and %d more", oneLine(list[0]), len(list)-1)
}

// failing tells why a version of the app cannot be served; consequence says what
// that means.
func (j *journal) failing(err error, consequence string) {
	if j.json {
		j.object(struct {
			stamp
			failure
			Consequence string `json:"consequence"`
		}{j.stamp("failed"), failureOf(err), consequence})
		return
	}
	j.print("\n" + j.explain(err, j.style) + "\n")
	j.note(yellow, "failed", ": "+consequence)
}

// explain describes why an app cannot be served, with its source where that is at hand. It
// ends in a line end.
func (j *journal) explain(err error, s style) string {
	if exceptionOf(err) != nil && j.sources.Load() != nil {
		return j.trouble(err, s)
	}
	return describe(err, s)
}

// warnings tells what a build found suspicious.
func (j *journal) warnings(found []bundle.Diagnostic) {
	for _, d := range found {
		if j.json {
			j.object(struct {
				stamp
				bundle.Diagnostic
			}{j.stamp("warning"), d})
			continue
		}
		j.print(describeDiagnostic(d, "warning: ", yellow, j.style))
	}
}

// unwatched tells that changes go unnoticed.
func (j *journal) unwatched(err error) {
	if j.json {
		j.object(struct {
			stamp
			failure
		}{j.stamp("unwatched"), failureOf(err)})
		return
	}
	j.note(yellow, "not watching", ": "+printable(err.Error()))
}

// certificate tells that a changed certificate is in use, or why it is not.
func (j *journal) certificate(file string, err error) {
	switch {
	case j.json && err != nil:
		j.object(struct {
			stamp
			failure
		}{j.stamp("certificate-refused"), failureOf(err)})
	case j.json:
		j.object(struct {
			stamp
			File string `json:"file"`
		}{j.stamp("certificate"), file})
	case err != nil:
		j.note(yellow, "certificate refused", ": "+indent(printable(err.Error()), margin)+"; what was in use stays in use")
	default:
		j.note(green, "certificate", " "+oneLine(file)+" is in use")
	}
}

// authority tells of a certificate authority that was made just now.
func (j *journal) authority(file string) {
	if j.json {
		j.object(struct {
			stamp
			File string `json:"file"`
		}{j.stamp("authority"), file})
		return
	}
	j.print("\n" + trustText(file))
}

// panicked tells of a bug in Hedge that one request has met.
func (j *journal) panicked(reason any, stack []byte) {
	what := fmt.Sprintf("%v\n%s", reason, stack)
	if j.json {
		j.object(struct {
			stamp
			Error string `json:"error"`
		}{j.stamp("panicked"), what})
		return
	}
	j.note(red, "a bug in Hedge", " broke off a request; please report it: "+indent(printable(what), margin))
}

// stopping tells that what is under way is being ended; replaced says that another
// process has taken over.
func (j *journal) stopping(replaced bool) {
	if j.json {
		j.object(struct {
			stamp
			Replaced bool `json:"replaced,omitempty"`
		}{j.stamp("stopping"), replaced})
		return
	}
	if replaced {
		j.note(dim, "replaced", " by another process: requests under way may end")
		return
	}
	j.note(dim, "stopping", ": requests under way may end; Ctrl-C again breaks them off")
}
