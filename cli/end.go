package cli

import (
	"fmt"
	"time"
)

// endOptions say how a server ends.
type endOptions struct {
	patience, delay time.Duration
	pidFile         string
}

func (o *endOptions) options() []option {
	return []option{
		timeOption(&o.patience, "--drain-timeout", "how long requests under way may go on at the end (default: 30s)"),
		timeOption(&o.delay, "--drain-delay", "how long connections are taken after /readyz has turned 503 (default: 0s)"),
		textOption(&o.pidFile, "--pid-file", "FILE", "where the number of the process stands that serves, as long as one does").file(),
	}
}

// timeOption takes a duration that is not negative.
func timeOption(target *time.Duration, name, help string) option {
	return option{name: name, value: "TIME", help: help, set: func(v string) error {
		d, err := time.ParseDuration(v)
		if err != nil || d < 0 {
			return fmt.Errorf("needs a duration such as 30s, not %q", v)
		}
		*target = d
		return nil
	}}
}

// upgrading tells that another process is being started.
func (j *journal) upgrading() {
	if j.json {
		j.object(j.stamp("upgrading"))
		return
	}
	j.note(dim, "upgrading", ": starting the program anew")
}

// notUpgraded tells why no other process takes over.
func (j *journal) notUpgraded(err error) {
	if j.json {
		j.object(struct {
			stamp
			failure
		}{j.stamp("upgrade-failed"), failureOf(err)})
		return
	}
	j.note(yellow, "not upgraded", ": "+printable(err.Error())+"; this process goes on")
}
