package bundle

import "slices"

// Key documents one key of hedge.toml.
type Key struct {
	// Section is the table that the key stands in: "" for the top of the file,
	// "vars", "route" (an array of tables), "upstream.NAME" or "limits".
	Section string
	Name    string
	Type    string
	Default string // as hedge.toml would write it; empty when the key has none
	Doc     string
}

// Keys returns the keys that hedge.toml may have, in the order in which
// documents show them. Messages and reference pages come from this table.
func Keys() []Key {
	keys := make([]Key, 0, len(configKeys()))
	for _, k := range configKeys() {
		keys = append(keys, k.Key)
	}
	return keys
}

// The types of values, as messages and documents call them.
const (
	typeString   = "a string"
	typeStrings  = "an array of strings"
	typeDuration = `a duration such as "50ms"`
	typeSize     = `a size such as "128MiB"`
	typeInteger  = "an integer"
	typeIntegers = "an array of integers"
	typeBoolean  = "a boolean"
	typeTable    = "a table"
	typeTables   = "an array of tables"
)

// configKey is a key and the function that reads its value.
type configKey struct {
	Key
	read func(*configReader, *value)
}

// The sections of every [upstream.NAME].
const (
	sectionUpstream = "upstream.NAME"
	sectionHealth   = sectionUpstream + ".health"
	sectionOutlier  = sectionUpstream + ".outlier"
	sectionRetry    = sectionUpstream + ".retry"
	sectionTLS      = sectionUpstream + ".tls"
	sectionHedge    = sectionUpstream + ".hedge"
	sectionMirror   = sectionUpstream + ".mirror"
)

func configKeys() []configKey {
	return slices.Concat(appKeys(), routeKeys(), actionKeys(), imageKeys(), staticKeys(), upstreamKeys(), originTLSKeys(), splitKeys(), rateLimitKeys(), cacheKeys(), limitKeys())
}

func appKeys() []configKey {
	return []configKey{
		{Key{"", "name", typeString, "", "The app's name, in logs, metrics and releases. Required."}, (*configReader).name},
		{Key{"", "main", typeString, "", "The module that exports the handlers, relative to the app's folder. An app without it consists of routes alone."}, (*configReader).main},
		{Key{"", "hosts", typeStrings, "[]", "The host names that the app answers for, without ports; \"*.example.com\" stands for all names below example.com, and a name goes before a wildcard. An app without hosts answers for every name that no other app claims."}, (*configReader).hosts},
		{Key{"", "vars", typeTable, "", "Variables: each becomes a string property of env."}, (*configReader).vars},
		{Key{"", "route", typeTables, "", "Where requests go that need no code; what no route matches is the code's. The most specific route is taken, as described above."}, (*configReader).routes},
		{Key{"", "folders", typeStrings, "[]", "Folders of files that code serves with files() of hedge:route; those that routes serve need no mention. Names that begin with a dot take a route to the folder with dotfiles = true."}, (*configReader).folders},
		{Key{"", "upstream", typeTable, "", "Named pools of origins."}, (*configReader).upstreams},
		{Key{"", "split", typeTable, "", "Named divisions of visitors between upstreams, for gradual migration."}, (*configReader).splits},
		{Key{"", "rate_limit", typeTable, "", "Named bounds on how often requests may come."}, (*configReader).rateLimits},
		{Key{"", "cache", typeTable, "", "What goes through the cache, and how."}, (*configReader).cache},
		{Key{"", "limits", typeTable, "", "What the app may spend."}, (*configReader).limits},
		{Key{"", "egress", typeTable, "", "What code may connect to."}, (*configReader).egress},
		{Key{"", "eval", typeBoolean, "false", "Whether code may be made of strings at run time (eval, new Function), as some template engines and validators do. Without it they throw an EvalError, and no text from outside becomes code."}, func(r *configReader, v *value) { r.config.Eval = r.boolean(v) }},

		{Key{"vars", "NAME", typeString, "", "The value of env.NAME."}, nil},
	}
}

func limitKeys() []configKey {
	return []configKey{
		{Key{"egress", "allow", typeStrings, "[]", "What code may connect to besides public addresses: networks such as \"10.1.0.0/16\", and names with a port such as \"internal.example.com:8443\", which may then lead to private networks, but not to the machine itself, link-local addresses or a cloud's metadata. Upstreams need no permission."}, (*configReader).egressAllow},

		{Key{"limits", "cpu", typeDuration, `"50ms"`, "Processor time for one request, from 1ms to 5m. The first request of an isolate takes more than later ones: code is compiled when it first runs."}, limit("cpu")},
		{Key{"limits", "startup_cpu", typeDuration, `"1s"`, "Processor time for loading the module, from 1ms to 1m, and for code outside of any request in a minute."}, limit("startup_cpu")},
		{Key{"limits", "memory", typeSize, `"128MiB"`, "Heap and ArrayBuffers of one isolate, from 8MiB to 2GiB; and what the codings (gzip, br, zstd) of all bodies of the app take beside it."}, limit("memory")},
		{Key{"limits", "wall", typeDuration, `"30s"`, "Time from a request to the head of its response, from 1ms to 1h."}, limit("wall")},
		{Key{"limits", "wait_until", typeDuration, `"30s"`, "Time that work may go on after the response has ended, from 1ms to 1h. Such work is lost with its isolate, as when another request there passes its limit on CPU or memory; the console says so, and nothing runs it again."}, limit("wait_until")},
		{Key{"limits", "subrequests", typeInteger, "50", "Fetches that one request may make, from 1 to 10000."}, limit("subrequests")},
		{Key{"limits", "open_subrequests", typeInteger, "6", "Fetches of one request that may be under way at once, from 1 to 100; the others wait. A fetch is under way until the body of its answer has ended."}, limit("open_subrequests")},
		{Key{"limits", "response", typeSize, "", "Size of a body that code produces, from 1B to 1TiB; a body that only passes through is not counted. Without it there is no bound."}, limit("response")},
		{Key{"limits", "max_body", typeSize, "", "Size of a request's content, from 1B to 1TiB; larger ones get 413. Without it there is no bound."}, limit("max_body")},
		{Key{"limits", "websocket_message", typeSize, "1MiB", "Size of a message that a WebSocket in code gets, from 1KiB to 128MiB. A larger one ends the connection with 1009; a WebSocket that only passes through has no such limit."}, limit("websocket_message")},
	}
}
