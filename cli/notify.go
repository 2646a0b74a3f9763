package cli

import (
	"net"
	"os"
	"strconv"
)

// notifySupervisor tells a supervisor what this process is doing, if it is one that
// wants to know (sd_notify(3)): "READY=1" and so on.
func notifySupervisor(w World, state string) {
	path := w.Getenv("NOTIFY_SOCKET")
	if path == "" {
		return
	}
	conn, err := net.Dial("unixgram", path)
	if err != nil {
		return // it will find out by other means
	}
	defer conn.Close()
	_, _ = conn.Write([]byte(state + "\nMAINPID=" + strconv.Itoa(os.Getpid()) + "\n"))
}
