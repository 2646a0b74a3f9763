package cli

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"hedge/v8"
)

func versionCommand(w World) command {
	var asJSON bool
	return command{
		name:    "version",
		summary: "Print the versions of Hedge, V8 and Go",
		options: []option{flagOption(&asJSON, "--json", "print a JSON object")},
		run: func([]string) error {
			v := versions()
			if asJSON {
				return json.NewEncoder(w.Stdout).Encode(v)
			}
			_, err := fmt.Fprintf(w.Stdout, "hedge %s\nV8    %s\nGo    %s\n%s/%s\n", v.Hedge, v.V8, v.Go, v.OS, v.Arch)
			return err
		},
	}
}

type versionInfo struct {
	Hedge string `json:"hedge"`
	V8    string `json:"v8"`
	Go    string `json:"go"`
	OS    string `json:"os"`
	Arch  string `json:"arch"`
}

func versions() versionInfo {
	v := versionInfo{
		Hedge: "devel", V8: v8.Version(), Go: strings.TrimPrefix(runtime.Version(), "go"),
		OS: runtime.GOOS, Arch: runtime.GOARCH,
	}
	info, ok := debug.ReadBuildInfo()
	if ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		v.Hedge = info.Main.Version
	}
	return v
}
