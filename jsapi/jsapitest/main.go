package jsapitest

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"hedge/child"
	"hedge/jsapi"
	"hedge/worker"
)

// cordonsFlag has the fixtures of a test program keep isolates in cordons.
const cordonsFlag = "cordons"

// Main runs a package's tests twice: with isolates in this process, and with
// isolates in cordons, which alone the flag -cordons asks for. It is what TestMain
// exits with.
func Main(m *testing.M) int {
	name, role := worker.CordonRole(jsapi.Script)
	if code, ok := child.Main(os.Args, map[string]child.Role{name: role}); ok {
		return code
	}
	flag.Bool(cordonsFlag, false, "keep isolates in cordons")
	flag.Parse()
	code := m.Run()
	if code != 0 || InCordons() || isFor("-test.fuzz", "-test.bench", "-test.list") {
		return code
	}
	again := exec.Command(os.Args[0], append(slices.Clone(os.Args[1:]), "-"+cordonsFlag)...)
	again.Stdout, again.Stderr = os.Stdout, os.Stderr
	fmt.Println("again, with isolates in cordons:")
	if err := again.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "in cordons:", err)
		return 1
	}
	return 0
}

// isFor reports whether one of the flags is among the program's arguments.
func isFor(flags ...string) bool {
	return slices.ContainsFunc(os.Args, func(arg string) bool {
		return slices.ContainsFunc(flags, func(flag string) bool { return strings.HasPrefix(arg, flag) })
	})
}

// InCordons reports whether fixtures keep isolates in cordons.
func InCordons() bool {
	f := flag.Lookup(cordonsFlag)
	return f != nil && f.Value.String() == "true"
}
