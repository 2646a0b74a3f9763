package cli

import (
	"net"
	"strconv"
	"strings"
)

// notifySupervisor tells a supervisor what this process is doing, if it is one that
// wants to know (sd_notify(3)): "READY=1" and so on.
func notifySupervisor(w World, states ...string) {
	path := w.Getenv("NOTIFY_SOCKET")
	if path == "" {
		return
	}
	conn, err := net.Dial("unixgram", path)
	if err != nil {
		return // it will find out by other means
	}
	defer conn.Close()
	_, _ = conn.Write([]byte(strings.Join(states, "\n") + "\n"))
}

// mainPID says which process is the service. A supervisor may believe that of none but the
// main one (NotifyAccess=main), so the one that ends has to name the next.
func mainPID(pid int) string { return "MAINPID=" + strconv.Itoa(pid) }
