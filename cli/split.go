package cli

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"hedge"
	"hedge/admin"
	"hedge/node"
)

type splitOptions struct {
	app, admin              string
	to, steps, every, abort string
	samples                 string
	json                    bool
}

func splitCommand(w World) command {
	var o splitOptions
	return command{
		name:    "split",
		args:    "show|set|ramp|abort [NAME] [SIDE=WEIGHT…]",
		maxArgs: math.MaxInt,
		summary: "Show or change the splits of a running server",
		text: `  hedge split show                      what each side gets, and how it does when it
                                        is asked: what the cache answers is not counted
  hedge split set NAME old=75 new=25    changes the weights of all sides; it ends a ramp
  hedge split ramp NAME                 starts the ramp of hedge.toml anew, or another:
                                        --to new --steps 1%,5%,25%,100% --every 10m
  hedge split abort NAME                ends the ramp; its side gets no more visitors

Changes take effect at once, without a reload; no request is lost. They last until
the server ends, or the sides, testers or sticky of [split.NAME] in hedge.toml are
changed: SIGUSR2 hands them to the next process. A ramp with other settings goes on
from the shares as they are, unless it was aborted, or the shares were set by hand:
then it begins with "hedge split ramp NAME".
`,
		options: []option{
			textOption(&o.app, "--app", "NAME", "the app, where several have a split of that name"),
			textOption(&o.admin, "--admin", "PATH", "the server's admin socket (default: that of the only one that runs)"),
			textOption(&o.to, "--to", "SIDE", "ramp: the side whose share is raised"),
			textOption(&o.steps, "--steps", "LIST", "ramp: its shares, as in 1%,5%,25%,100%"),
			textOption(&o.every, "--every", "TIME", "ramp: how long a step lasts, as in 10m"),
			textOption(&o.abort, "--abort-if", "CONDITION", `ramp: when it ends, as in "error_rate > 1% or p99 > 2x"`),
			textOption(&o.samples, "--samples", "N", "ramp: answers, not of the cache, that it takes to judge a side (default: 20)"),
			flagOption(&o.json, "--json", "print JSON"),
		},
		run: func(args []string) error { return runSplit(w, o, args) },
	}
}

func runSplit(w World, o splitOptions, args []string) error {
	if len(args) == 0 {
		args = []string{"show"}
	}
	verb, rest := args[0], args[1:]
	call := splitCall{App: o.app}
	if len(rest) > 0 {
		call.Split, rest = rest[0], rest[1:]
	}
	see := "hedge help split"
	switch verb {
	case "show", "set", "ramp", "abort":
	default:
		return &usageError{problem: fmt.Sprintf("unknown action %q of `hedge split`", verb), near: nearest(verb, []string{"show", "set", "ramp", "abort"}), see: see}
	}
	if verb != "show" && call.Split == "" {
		return &usageError{problem: fmt.Sprintf("`hedge split %s` needs the name of a split", verb), see: see}
	}
	if (len(rest) > 0) != (verb == "set") {
		return &usageError{problem: "`hedge split set NAME` needs weights, as in old=75 new=25; the other actions take none", see: see}
	}
	var err error
	if call.Weights, err = parseWeights(rest); err == nil {
		call.Ramp, err = o.ramp(verb)
	}
	if err != nil {
		return &usageError{problem: err.Error(), see: see}
	}
	path, err := findAdmin(w, o.admin)
	if err != nil {
		return err
	}
	result, err := admin.Call(path, "split."+verb, call)
	if err != nil {
		return err
	}
	return showSplits(w, result, call, o.json)
}

func parseWeights(args []string) (map[string]int, error) {
	weights := map[string]int{}
	for _, arg := range args {
		side, text, ok := strings.Cut(arg, "=")
		n, err := strconv.Atoi(text)
		if !ok || side == "" || err != nil || n < 0 {
			return nil, fmt.Errorf("%q is not SIDE=WEIGHT, as in new=25", arg)
		}
		if _, twice := weights[side]; twice {
			return nil, fmt.Errorf("the side %q has two weights", side)
		}
		weights[side] = n
	}
	return weights, nil
}

// ramp returns the ramp that options describe; nil if none does.
func (o splitOptions) ramp(verb string) (*hedge.Ramp, error) {
	if o.to+o.steps+o.every+o.abort+o.samples == "" {
		return nil, nil
	}
	switch {
	case verb != "ramp":
		return nil, fmt.Errorf("the options of a ramp make no sense for `hedge split %s`", verb)
	case o.to == "" || o.steps == "" || o.every == "":
		return nil, fmt.Errorf("a ramp needs --to, --steps and --every")
	}
	r := &hedge.Ramp{To: o.to, AbortIf: o.abort}
	for text := range strings.SplitSeq(o.steps, ",") {
		n, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(text), "%"), 64)
		if err != nil {
			return nil, fmt.Errorf("%q in --steps is not a percentage", text)
		}
		r.Steps = append(r.Steps, n/100)
	}
	var err error
	if r.Every, err = time.ParseDuration(o.every); err != nil {
		return nil, fmt.Errorf("--every needs a duration such as 10m, not %q", o.every)
	}
	if o.samples != "" {
		if r.Samples, err = strconv.Atoi(o.samples); err != nil || r.Samples < 1 {
			return nil, fmt.Errorf("--samples needs a number from 1 on, not %q", o.samples)
		}
	}
	return r, nil
}

// showSplits prints the splits that a call was about.
func showSplits(w World, result json.RawMessage, call splitCall, asJSON bool) error {
	var all []node.SplitStatus
	if err := json.Unmarshal(result, &all); err != nil {
		return fmt.Errorf("the server's answer cannot be read: %w", err)
	}
	shown := []node.SplitStatus{}
	for _, s := range all {
		if (call.Split == "" || s.Name == call.Split) && (call.App == "" || s.App == call.App) {
			shown = append(shown, s)
		}
	}
	switch {
	case len(shown) > 0:
	case call.Split != "":
		return fmt.Errorf("there is no split %q here", call.Split)
	case call.App != "":
		return fmt.Errorf("there is no split of an app %q here", call.App)
	}
	if asJSON {
		return json.NewEncoder(w.Stdout).Encode(shown)
	}
	for _, s := range shown {
		if _, err := fmt.Fprint(w.Stdout, splitText(s)); err != nil {
			return err
		}
	}
	return nil
}

func splitText(s node.SplitStatus) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s)\n", oneLine(s.Name), oneLine(s.App))
	for _, side := range s.Sides {
		fmt.Fprintf(&b, "  %-16s %6.2f%%   last minute, without the cache: %d requests, %.2f%% errors, p50 %s, p99 %s\n",
			side.Upstream, side.Share*100, side.Requests, side.ErrorRate*100, seconds(side.P50), seconds(side.P99))
	}
	if r := s.Ramp; r != nil {
		fmt.Fprintf(&b, "  ramp to %s: %s, step %d of %d", r.To, r.State, r.Step, len(r.Steps))
		if r.Why != "" {
			b.WriteString(", " + oneLine(r.Why))
		}
		b.WriteString("\n")
	}
	return b.String()
}

func seconds(s float64) string { return formatDuration(time.Duration(s * float64(time.Second))) }
