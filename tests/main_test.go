// Package tests runs Hedge as its users do: the command in a process of its own,
// asked over sockets, with origins that behave as well or as badly as a test wants.
package tests

import (
	"os"
	"testing"

	"hedge/child"
	"hedge/cli"
	"hedge/image"
	"hedge/jsapi"
	"hedge/worker"
)

// commandVariable makes the test's binary be hedge.
const commandVariable = "HEDGE_TESTS_RUN_COMMAND"

func TestMain(m *testing.M) {
	cordon, serveCordon := worker.CordonRole(jsapi.Script)
	pictures, serveImages := image.WorkerRole()
	if code, ok := child.Main(os.Args, map[string]child.Role{cordon: serveCordon, pictures: serveImages}); ok { // a child's environment is empty
		os.Exit(code)
	}
	if os.Getenv(commandVariable) != "" {
		os.Exit(cli.Main(os.Args[1:], cli.System()))
	}
	os.Exit(m.Run())
}
