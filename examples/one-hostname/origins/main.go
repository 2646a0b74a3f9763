// Origins serves the three sites of the example, each on a port of its own, as
// three machines elsewhere would. Given a command, it runs that, and ends with it:
//
//	origins bin/hedge dev examples/one-hostname
package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"hedge/examples/one-hostname/origins/sites"
)

func main() {
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, "origins:", err)
		os.Exit(1)
	}
	if err := run(os.Args[1:]); err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			os.Exit(max(exit.ExitCode(), 1)) // the command has said why
		}
		fmt.Fprintln(os.Stderr, "origins:", err)
		os.Exit(1)
	}
}

// serve starts the sites, which end with the process.
func serve() error {
	for _, site := range sites.All() {
		listener, err := net.Listen("tcp", site.Addr)
		if err != nil {
			return fmt.Errorf("%s cannot listen on %s (is `make run` running elsewhere?): %w", site.Name, site.Addr, err)
		}
		fmt.Printf("origin %s at http://%s\n", site.Name, site.Addr)
		go func() {
			fmt.Fprintln(os.Stderr, "origins:", http.Serve(listener, site.Handler)) // returns when the listener fails
		}()
	}
	return nil
}

// run runs the command to its end, or without one waits for a signal. An
// interrupt from the terminal reaches the command by itself; a request to
// terminate is passed on to it.
func run(command []string) error {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if len(command) == 0 {
		<-signals
		return nil
	}
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() { // ends with the process
		for s := range signals {
			if s == syscall.SIGTERM {
				_ = cmd.Process.Signal(s) // fails only when the command has ended, which Wait sees
			}
		}
	}()
	return cmd.Wait()
}
