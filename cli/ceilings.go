package cli

import (
	"fmt"
	"strconv"

	"hedge/bundle"
	"hedge/node"
)

// ceilingOptions say what a server takes at most.
type ceilingOptions struct {
	connections int
	memory      int64
}

// Of the descriptors that a process may have, some are for other things, and a request
// that is sent on needs two.
const (
	otherFiles  = 128
	clientFiles = 0.75
)

// newCeilings are what the system allows.
func newCeilings() ceilingOptions {
	return ceilingOptions{connections: int(clientFiles * float64(max(openFiles()-otherFiles, otherFiles))), memory: systemMemory()}
}

func (o *ceilingOptions) options() []option {
	return []option{
		{
			name: "--max-connections", value: "N", help: "how many connections with clients there may be; new ones get 503 near that (default: three quarters of the descriptors that the process may have)",
			set: func(v string) error {
				n, err := strconv.Atoi(v)
				if err != nil || n < 1 {
					return fmt.Errorf("needs a number of connections, not %q", v)
				}
				o.connections = n
				return nil
			},
		},
		{
			name: "--max-memory", value: "SIZE", help: "how much memory the server and its cordons may have in use; requests get 503 near that (default: what the machine or the control group has)",
			set: func(v string) error {
				n, ok := bundle.ParseSize(v)
				if !ok || n < 1 {
					return fmt.Errorf("needs a size such as 2GiB, not %q", v)
				}
				o.memory = n
				return nil
			},
		},
	}
}

// ceilings are those of the node.
func (o *ceilingOptions) ceilings() node.Ceilings {
	return node.Ceilings{Connections: o.connections, Memory: o.memory, InUse: memoryInUse}
}

// goShare is the part of the memory from which on Go's heap is collected as often as it
// takes: long before requests are refused.
const goShare = 0.8
