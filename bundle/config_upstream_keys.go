package bundle

import (
	"github.com/pelletier/go-toml/v2/unstable"
)

// upstreamKeys are those of [upstream.NAME] and the tables in it.
func upstreamKeys() []configKey {
	return []configKey{
		{Key{sectionUpstream, "targets", typeStrings, "", "The URLs of the origins: scheme, host, and optionally port and base path. Required."}, (*configReader).upstreamTargets},
		{Key{sectionUpstream, "host", typeString, `"origin"`, `Which Host header the origins see: "origin", the target's own name, or "client", the name that the client asked for; or a name of its own, with a dot or a port in it.`}, (*configReader).upstreamHost},
		{Key{sectionUpstream, "protocol", typeString, `"http/1.1"`, `What is spoken with the targets: "http/1.1"; "h2", HTTP/2 over TLS; "h2c", HTTP/2 without TLS; "auto", over TLS whichever of the first two the origin prefers, and without TLS the first. gRPC takes one of the others than the first. WebSockets go over HTTP/1.1 in any case.`}, (*configReader).upstreamProtocol},
		{Key{sectionUpstream, "tls", typeTable, "", "How connections with targets that begin with https:// are secured."}, section(sectionTLS)},
		{Key{sectionUpstream, "proxy_protocol", typeString, "", `The version of the PROXY protocol in which origins are told who the client is, "v1" or "v2". Without it they are not. With it, clients share no connections.`}, (*configReader).upstreamProxy},
		{Key{sectionUpstream, "weights", typeIntegers, "", "The shares of the targets, one for each, from 1 to 100. Without them all have the same."}, (*configReader).upstreamWeights},
		{Key{sectionUpstream, "resolve", typeDuration, "", "The time between two lookups of targets that are names, from 1s to 1h. Each of their addresses is a target of its own then, with the weight of the name; what is known of an address stays while it is there, one that is gone gets no further requests, and a lookup that fails changes nothing. Without it, each connection looks for an address."}, upstreamNumber(sectionUpstream, "resolve")},
		{Key{sectionUpstream, "balance", typeString, `"round-robin"`, `How a target is chosen: "round-robin", in turns; "least-request", the one with the fewest requests under way; "two-choices", the less busy one of two taken at random; "hash", always the same one for the same hash_on.`}, (*configReader).upstreamBalance},
		{Key{sectionUpstream, "hash_on", typeString, "", `What balance = "hash" goes by: "header:NAME", "cookie:NAME", "host", "path", "path:N", which is a segment of the path, or "client", the address. When a target goes, only what went to it moves.`}, (*configReader).upstreamHashOn},
		{Key{sectionUpstream, "sticky", typeString, "", "The name of a cookie, signed, that leads a visitor back to its target as long as that is fit."}, (*configReader).upstreamSticky},
		{Key{sectionUpstream, "timeout", typeDuration, "", "Time from a request to the head of its answer, waiting and retries included, from 1ms to 1h. Without it, each target has 30s from when it has been sent the request as a whole; while content is on its way there, 60s without a byte from the client end it, or without the target taking 256KiB."}, upstreamNumber(sectionUpstream, "timeout")},
		{Key{sectionUpstream, "idle_timeout", typeDuration, `"5m"`, "How long nothing may come of an answer that has begun, while it is waited for, and nothing of the request go there, from 1s to 1h, as in streams of events and gRPC that are silent for long. WebSockets have a time of their own."}, upstreamNumber(sectionUpstream, "idle_timeout")},
		{Key{sectionUpstream, "max_connections", typeInteger, "", "Requests under way at one time, each of which has a connection of its own, from 1 to 1000000. Without it there is no bound."}, upstreamNumber(sectionUpstream, "max_connections")},
		{Key{sectionUpstream, "max_pending", typeInteger, "", "Requests that wait while there are max_connections, from 0 to 1000000; more are refused with 503. Without it, as many as max_connections."}, upstreamNumber(sectionUpstream, "max_pending")},
		{Key{sectionUpstream, "slow_start", typeDuration, "", "How long a target that comes back gets less than its share, from 1s to 1h."}, upstreamNumber(sectionUpstream, "slow_start")},
		{Key{sectionUpstream, "panic", typeInteger, "50", "When fewer than this percentage of the targets are fit, all are used, since the rest could not carry the load; 0: never."}, upstreamNumber(sectionUpstream, "panic")},
		{Key{sectionUpstream, "health", typeTable, "", "Checks of the targets, with a GET now and then."}, section(sectionHealth)},
		{Key{sectionUpstream, "outlier", typeTable, "", "When a target is ejected for what it answered."}, section(sectionOutlier)},
		{Key{sectionUpstream, "retry", typeTable, "", "When a request is offered to another target. One that found no connection is, whatever it is; others only if they are idempotent, failed or got 502, 503 or 504, and their body can be sent again (up to 64KiB)."}, section(sectionRetry)},
		{Key{sectionUpstream, "hedge", typeTable, "", "When a second target is asked because the first is slow. Whichever answers first is heard, and the other one given up, but for one try at a time that goes on for a while to see whether the target answers at all, which [upstream.NAME.outlier] goes by; it is for requests that are idempotent and have no content, and counts as a retry."}, section(sectionHedge)},
		{Key{sectionUpstream, "mirror", typeTable, "", "Where copies of requests go, whose answers are thrown away. No visitor waits for them, or sees that they fail."}, section(sectionMirror)},

		{Key{sectionHealth, "path", typeString, "", "What is asked for, below the target's base path. Required."}, (*configReader).healthPath},
		{Key{sectionHealth, "every", typeDuration, `"5s"`, "The time between two checks, from 100ms to 1h."}, upstreamNumber(sectionHealth, "every")},
		{Key{sectionHealth, "timeout", typeDuration, `"2s"`, "The time for an answer, from 1ms to 1m."}, upstreamNumber(sectionHealth, "timeout")},
		{Key{sectionHealth, "healthy", typeInteger, "2", "Checks in a row that have to succeed until a target is used again, from 1 to 100."}, upstreamNumber(sectionHealth, "healthy")},
		{Key{sectionHealth, "unhealthy", typeInteger, "3", "Checks in a row that have to fail until a target is not used, from 1 to 100; of the first check of all, one."}, upstreamNumber(sectionHealth, "unhealthy")},
		{Key{sectionHealth, "status", typeInteger, "", "The status that a healthy target answers with, from 200 to 599. Without it, any from 200 to 399."}, upstreamNumber(sectionHealth, "status")},

		{Key{sectionOutlier, "errors", typeInteger, "5", "Failures in a row, answers with 5xx and failed connections, from 1 to 1000; 0: targets are never ejected."}, upstreamNumber(sectionOutlier, "errors")},
		{Key{sectionOutlier, "ejection", typeDuration, `"30s"`, "How long the first ejection lasts, from 100ms to 1h; the second lasts twice as long, and so on. It ends when checks ([upstream.NAME.health]) have found the target down, and find it up again."}, upstreamNumber(sectionOutlier, "ejection")},
		{Key{sectionOutlier, "max_ejection", typeDuration, `"5m"`, "How long an ejection lasts at most, from 100ms to 24h. Without it, no less than ejection."}, upstreamNumber(sectionOutlier, "max_ejection")},
		{Key{sectionOutlier, "max_ejected", typeInteger, "50", "The percentage of the targets that may be ejected at one time, from 1 to 100. One more takes the place of the one that has been out for longest, if that is a second or more."}, upstreamNumber(sectionOutlier, "max_ejected")},

		{Key{sectionRetry, "tries", typeInteger, "2", "Further targets that a request is offered to, from 0 to 15."}, upstreamNumber(sectionRetry, "tries")},
		{Key{sectionRetry, "timeout", typeDuration, "", "Time for the head of one target's answer, from 1ms to 1h."}, upstreamNumber(sectionRetry, "timeout")},
		{Key{sectionRetry, "budget", typeInteger, "20", "How many of the requests under way, and over time of all, may be retries, in percent, from 1 to 100."}, upstreamNumber(sectionRetry, "budget")},
		{Key{sectionRetry, "least", typeInteger, "3", "How many retries may be under way in any case, from 1 to 1000."}, upstreamNumber(sectionRetry, "least")},

		{Key{sectionHedge, "after", typeString, "", `How long the first target is waited for: a duration from 1ms to 1m, or a quantile such as "p95", which is the time within which 95 % of the answers of the last minute began; with less than 20 of them no second target is asked. Required.`}, (*configReader).hedgeAfter},

		{Key{sectionMirror, "to", typeString, "", "The name of another upstream. Required."}, func(r *configReader, v *value) { r.upstream.Mirror.To, _ = r.string(v) }},
		{Key{sectionMirror, "percent", typeInteger, "100", "How many of the requests are copied, from 1 to 100."}, upstreamNumber(sectionMirror, "percent")},
		{Key{sectionMirror, "max_body", typeSize, `"64KiB"`, "How much content a request may have that is copied, from 1B to 16MiB; it is kept in memory until it has come whole."}, upstreamNumber(sectionMirror, "max_body")},
	}
}

// upstreamNumber reads a number of [upstream.NAME] or of a table in it.
func upstreamNumber(section, key string) func(*configReader, *value) {
	return func(r *configReader, v *value) { r.number(v, upstreamNumbers(r.upstream), section, key) }
}

// section reads a table in a table.
func section(name string) func(*configReader, *value) {
	return func(r *configReader, v *value) {
		if r.is(v, unstable.Table, typeTable) {
			r.table(name, v)
		}
	}
}
