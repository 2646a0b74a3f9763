package child

import (
	"slices"
	"strings"
)

// Policy is what a child may use. Zero means no limit of that kind.
type Policy struct {
	Data    uint64 // bytes of private writable memory (RLIMIT_DATA): address space that is only reserved does not count
	Files   uint64 // descriptors that are open at the same time; those open already stay
	Threads uint64 // threads; enforced only for a child that has a user namespace and is not root's
}

// Row is one layer of confinement.
type Row struct {
	Name    string `json:"name"`
	Applied bool   `json:"applied"`
	Reason  string `json:"reason,omitempty"` // of Applied: how far; otherwise what the kernel said
}

// Report lists the layers in the order in which they were tried.
type Report []Row

// Applied reports whether all the named layers hold.
func (r Report) Applied(names ...string) bool {
	for _, name := range names {
		if !slices.ContainsFunc(r, func(row Row) bool { return row.Name == name && row.Applied }) {
			return false
		}
	}
	return true
}

// Refused returns the layers that do not hold.
func (r Report) Refused() Report {
	return slices.DeleteFunc(slices.Clone(r), func(row Row) bool { return row.Applied })
}

// String is the report as one line for a log.
func (r Report) String() string {
	var yes, no []string
	for _, row := range r {
		text := row.Name
		if row.Reason != "" {
			text += " (" + row.Reason + ")"
		}
		if row.Applied {
			yes = append(yes, text)
		} else {
			no = append(no, text)
		}
	}
	line := "nothing"
	if len(yes) > 0 {
		line = strings.Join(yes, ", ")
	}
	if len(no) > 0 {
		line += "; not available: " + strings.Join(no, ", ")
	}
	return line
}

// The names of layers, as they stand in rows.
const (
	LayerUserNamespace = "user namespace"
	LayerNetNamespace  = "network namespace"
	LayerIPCNamespace  = "ipc namespace"
	LayerUTSNamespace  = "uts namespace"
	LayerCapabilities  = "no capabilities"
	LayerNoNewPrivs    = "no_new_privs"
	LayerLandlockFiles = "landlock files"
	LayerLandlockNet   = "landlock network"
	LayerLandlockScope = "landlock scopes"
	LayerDescriptors   = "no inherited descriptors"
	LayerLimits        = "limits"
	LayerThreads       = "limit of threads"
	LayerDumps         = "not dumpable"
	LayerSeccomp       = "seccomp filter"
	LayerConfinement   = "confinement" // the only row where there is none
)

// row makes the row of a layer from what the kernel said.
func row(name string, err error, how string) Row {
	if err != nil {
		return Row{name, false, err.Error()}
	}
	return Row{name, true, how}
}
