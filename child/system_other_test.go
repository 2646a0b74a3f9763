//go:build !linux

package child_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"hedge/child"
)

func inOwnGroup() bool { return syscall.Getpgrp() == os.Getpid() }

// crashBy ends the process in the way that is asked for.
func crashBy(how string) error {
	switch how {
	case "abort":
		return dieOf(syscall.SIGABRT)
	case "segv":
		return dieOf(syscall.SIGSEGV)
	case "kill":
		return dieOf(syscall.SIGKILL)
	case "panic":
		panic("on demand")
	case "exit":
		os.Exit(7)
	case "flood":
		for range 10_000 {
			fmt.Fprintln(os.Stderr, strings.Repeat("y", 100))
		}
	}
	return nil
}

// dieOf waits for a signal that another thread may get.
func dieOf(s syscall.Signal) error {
	if err := syscall.Kill(os.Getpid(), s); err != nil {
		return err
	}
	select {}
}

func goneOf(t *testing.T, _ int) <-chan struct{} {
	t.Skip("only Linux kills children with their parent")
	return nil
}

func noChildren(*testing.T) {}

func attempt(*child.Self) error  { return errors.New("Linux only") }
func landed(*child.Self) error   { return errors.New("Linux only") }
func work(*child.Self) error     { return errors.New("Linux only") }
func starve(*child.Self) error   { return errors.New("Linux only") }
func multiply(*child.Self) error { return errors.New("Linux only") }
