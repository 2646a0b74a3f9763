package bundle

import (
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// textExtensions are the files whose import is a string.
func textExtensions() []string {
	return []string{".txt", ".html", ".css", ".md", ".sql", ".svg", ".xml", ".csv", ".graphql"}
}

// byteExtensions are the files whose import is a Uint8Array.
func byteExtensions() []string {
	return []string{".bin", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".ico", ".pdf", ".woff", ".woff2", ".ttf", ".otf"}
}

// loaders says what each kind of file is to an import, beyond the kinds of code
// that esbuild knows. Wasm goes its own way: see plugin.
func loaders() map[string]api.Loader {
	table := map[string]api.Loader{}
	for _, extension := range textExtensions() {
		table[extension] = api.LoaderText
	}
	for _, extension := range byteExtensions() {
		table[extension] = api.LoaderBinary
	}
	return table
}

func loaderHint() string {
	return "files that can be imported: code and .json; .wasm; as text " + strings.Join(textExtensions(), " ") +
		";\nas bytes " + strings.Join(byteExtensions(), " ")
}

// mainModule is the name of the bundled code in a release.
const mainModule = "main.js"

// buildOptions are esbuild's options for an app. Nothing in them depends on where
// the app's folder is, except the folder itself, which is in no output.
func buildOptions(dir, main string, inject []string, plugin api.Plugin) api.BuildOptions {
	return api.BuildOptions{
		AbsWorkingDir: dir,
		EntryPoints:   []string{"./" + main},
		Outfile:       mainModule,
		// Nothing is written: an app may have a main.js of its own.
		AllowOverwrite: true,
		Bundle:         true,
		Format:         api.FormatESModule,
		TreeShaking:    api.TreeShakingTrue,
		Metafile:       true,
		Sourcemap:      api.SourceMapExternal,
		LogLevel:       api.LogLevelSilent,
		// V8 13.6. Naming the engine, and not "esnext", keeps esbuild from writing
		// what that version does not have yet, such as Uint8Array.fromBase64.
		Engines: []api.Engine{{Name: api.EngineChrome, Version: "136"}},
		// V8 keeps source text without characters above 0xFF at one byte each.
		Charset: api.CharsetASCII,
		// Packages that run at other edges are tried with these choices.
		Platform:   api.PlatformBrowser,
		Conditions: []string{"hedge", "workerd", "worker", "browser"},
		MainFields: []string{"browser", "module", "main"},
		// Development and production run the same bytes. Packages for Node say global.
		Define:  map[string]string{"process.env.NODE_ENV": `"production"`, "global": "globalThis"},
		JSX:     api.JSXAutomatic,
		Loader:  loaders(),
		Inject:  inject,
		Plugins: []api.Plugin{plugin},
	}
}
