package cli

import (
	"hedge"
	"hedge/worker"
)

// The values of --isolation.
const (
	isolationCordon = "cordon" // in child processes, confined
	isolationNone   = "none"   // in this process
)

// cordonsOf says where apps live. groups names the cordon of an app, for those that
// share one.
func cordonsOf(isolation string, groups map[string]string) (*worker.Cordons, error) {
	if isolation == isolationNone {
		if len(groups) > 0 {
			return nil, &usageError{problem: "--cordon makes no sense with --isolation none", see: "hedge help serve"}
		}
		return nil, nil
	}
	c := worker.DefaultCordons()
	c.Group = func(release *hedge.Release) string {
		if group, ok := groups[release.Name]; ok {
			return group
		}
		return release.Name
	}
	return c, nil
}
