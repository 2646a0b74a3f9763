package bundle

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"

	"hedge"
	"hedge/httpmsg"
)

func (r *configReader) upstreams(v *value) {
	r.config.Upstreams = map[string]hedge.Upstream{}
	r.named(v, sectionUpstream, "an upstream", func(name string, t *value) {
		r.upstream = &hedge.Upstream{Host: hedge.HostOrigin}
		r.table(sectionUpstream, t)
		if r.missing(sectionUpstream, t, "targets") {
			r.fail(t.keyAt, `add the line: targets = ["https://origin.example.com"]`, "upstream %q has no targets", name)
		}
		r.finishUpstream(t)
		r.config.Upstreams[name] = *r.upstream
	})
}

func (r *configReader) upstreamTargets(v *value) {
	r.strings(v, func(item *value) {
		if problem, hint := checkTarget(item.text); r.check(item, problem, hint) {
			r.upstream.Targets = append(r.upstream.Targets, item.text)
		}
	})
	if v.kind == unstable.Array && len(v.items) == 0 {
		r.fail(v.at, `name at least one origin: ["https://origin.example.com"]`, "the upstream has no targets")
	}
}

func (r *configReader) upstreamProxy(v *value) {
	text, ok := r.string(v)
	if !ok {
		return
	}
	switch text {
	case "v1":
		r.upstream.ProxyProtocol = 1
	case "v2":
		r.upstream.ProxyProtocol = 2
	default:
		r.fail(v.at, `write "v1" or "v2"`, "%q is no version of the PROXY protocol", text)
	}
}

func (r *configReader) upstreamHost(v *value) {
	text, ok := r.string(v)
	if !ok {
		return
	}
	r.upstream.Host = hedge.HostPolicy(strings.ToLower(text))
	policies := []string{string(hedge.HostOrigin), string(hedge.HostClient)}
	if !knownHost(r.upstream.Host) {
		r.fail(v.at, orHint(didYouMean(text, policies), `write "origin" for the target's own name, "client" for the name that the client asked for, or a name with a dot or a port`),
			"%q is neither a host policy nor a host", text)
	}
}

// knownHost reports whether a host policy is one of those there are, or a host.
func knownHost(policy hedge.HostPolicy) bool {
	if name := policy.Name(); name != "" {
		_, _, err := httpmsg.NormalHost(name)
		return err == nil
	}
	return policy == hedge.HostOrigin || policy == hedge.HostClient
}

func (r *configReader) upstreamWeights(v *value) {
	if !r.is(v, unstable.Array, typeIntegers) {
		return
	}
	r.upstream.Weights = nil
	for _, item := range v.items {
		r.upstream.Weights = append(r.upstream.Weights, r.integer(item, 1, 100))
	}
}

func (r *configReader) upstreamBalance(v *value) {
	text, ok := r.string(v)
	if !ok {
		return
	}
	r.upstream.Balance = hedge.Balance(text)
	var names []string
	for _, b := range hedge.Balances() {
		names = append(names, string(b))
	}
	if !slices.Contains(names, text) {
		r.fail(v.at, orHint(didYouMean(text, names), "it is one of "+strings.Join(names, ", ")), "%q is no way to choose a target", text)
	}
}

func (r *configReader) upstreamHashOn(v *value) {
	text, ok := r.string(v)
	if !ok {
		return
	}
	r.upstream.HashOn = text
	if _, err := hedge.ParseKey(text); err != nil {
		r.fail(v.at, `write "header:NAME", "cookie:NAME", "path", "path:2" for its second segment, or "client"`, "%q is nothing to go by", text)
	}
}

func (r *configReader) upstreamSticky(v *value) {
	text, ok := r.string(v)
	if problem, hint := checkCookieName(text); ok && r.check(v, problem, hint) {
		r.upstream.Sticky = text
	}
}

func (r *configReader) healthPath(v *value) {
	text, ok := r.string(v)
	path, _, _ := strings.Cut(text, "?")
	if problem, hint := checkPath(path); ok && r.check(v, problem, hint) {
		r.upstream.Health.Path = text
	}
}

// finishUpstream checks what keys of an upstream say about each other.
func (r *configReader) finishUpstream(t *value) {
	u := r.upstream
	r.finishUpstreamTLS(t)
	if weights := t.table["weights"]; weights != nil && len(u.Weights) != len(u.Targets) && len(u.Weights) > 0 {
		r.fail(weights.at, "write one weight for each target", "there are %d weights for %d targets", len(u.Weights), len(u.Targets))
	}
	if on := t.table["hash_on"]; on != nil && u.Balance != hedge.BalanceHash {
		r.fail(on.keyAt, `add balance = "hash", or remove it`, "hash_on has no effect on another balance")
	}
	if balance := t.table["balance"]; u.Balance == hedge.BalanceHash && r.missing(sectionUpstream, t, "hash_on") {
		r.fail(balance.at, `add the line: hash_on = "cookie:NAME"`, "the upstream does not say what the hash goes by")
	}
	if health := t.table["health"]; health != nil && health.kind == unstable.Table && r.missing(sectionHealth, health, "path") {
		r.fail(health.headAt(), `add a path, as in health = { path = "/healthz" }`, "the health check has no path")
	}
	if pending := t.table["max_pending"]; pending != nil && r.missing(sectionUpstream, t, "max_connections") {
		r.fail(pending.keyAt, "add max_connections, or remove it", "max_pending has no effect without max_connections")
	}
}

// integer reads an integer, which has to be between two bounds.
func (r *configReader) integer(v *value, least, most int64) int {
	if !r.is(v, unstable.Integer, typeInteger) {
		return 0
	}
	// Base 0 reads the underscores and prefixes of TOML's integers.
	n, err := strconv.ParseInt(v.text, 0, 64)
	if err != nil || n < least || n > most {
		r.fail(v.at, fmt.Sprintf("it is from %d to %d", least, most), "%s is out of range", v.text)
		return 0
	}
	return int(n)
}

// countOrNone reads an integer from 0 on. 0, which would stand for the default in a
// hedge.Upstream, becomes -1.
func (r *configReader) countOrNone(v *value, most int64) int {
	before := len(r.found)
	n := r.integer(v, 0, most)
	if n == 0 && len(r.found) == before {
		return -1
	}
	return n
}

func orHint(hint, otherwise string) string {
	if hint == "" {
		return otherwise
	}
	return hint
}
