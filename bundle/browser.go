package bundle

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// domFiles are the files of packages that are meant for browsers, and are taken
// because "browser" is the nearest of what package.json has words for, but need a
// document. Beside each X.browser.js there is an X.js which does not.
func domFiles() []string {
	return []string{
		"@aws-sdk/xml-builder/dist-es/xml-parser.browser.js", // DOMParser
	}
}

// withoutDOM loads X.js in the place of each X.browser.js in that list.
func withoutDOM(build api.PluginBuild) {
	for _, file := range domFiles() {
		filter := strings.ReplaceAll(regexp.QuoteMeta("/node_modules/"+file), "/", `[/\\]`) + "$"
		build.OnLoad(api.OnLoadOptions{Filter: filter, Namespace: "file"}, func(args api.OnLoadArgs) (api.OnLoadResult, error) {
			data, err := os.ReadFile(strings.TrimSuffix(args.Path, ".browser.js") + ".js")
			if err != nil {
				return api.OnLoadResult{}, nil // another version of the package: esbuild loads what there is
			}
			source := string(data)
			return api.OnLoadResult{Contents: &source, ResolveDir: filepath.Dir(args.Path), Loader: api.LoaderJS}, nil
		})
	}
}
