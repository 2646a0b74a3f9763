package bundle

import (
	"fmt"
	"maps"
	"net/netip"
	"net/url"
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

func (r *configReader) upstreamProtocol(v *value) {
	text, ok := r.string(v)
	if !ok {
		return
	}
	r.upstream.Protocol = hedge.Protocol(text)
	var names []string
	for _, p := range hedge.Protocols() {
		names = append(names, string(p))
	}
	if !slices.Contains(names, text) {
		r.fail(v.at, orHint(didYouMean(text, names), "it is one of "+strings.Join(names, ", ")), "%q is no protocol that is spoken with origins", text)
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
		r.fail(v.at, `write "header:NAME", "cookie:NAME", "host", "path", "path:2" for its second segment, or "client"`, "%q is nothing to go by", text)
	}
	r.stillThere(v, text)
}

func (r *configReader) upstreamSticky(v *value) {
	text, ok := r.string(v)
	if problem, hint := checkCookieName(text); ok && r.check(v, problem, hint) {
		r.upstream.Sticky = text
	}
}

func (r *configReader) healthPath(v *value) {
	text, ok := r.string(v)
	if problem, hint := checkHealthPath(text); ok && r.check(v, problem, hint) {
		r.upstream.Health.Path = text
	}
}

// hedgeAfter reads a duration, or a quantile.
func (r *configReader) hedgeAfter(v *value) {
	text, ok := r.string(v)
	if !ok {
		return
	}
	number, quantile := strings.CutPrefix(text, "p")
	if !quantile {
		r.number(v, upstreamNumbers(r.upstream), sectionHedge, "after")
		return
	}
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || strings.Trim(number, "0123456789.") != "" || n <= 0 || n >= 100 {
		r.fail(v.at, `write a number above 0 and below 100, as in "p95" or "p99.9"`, "%q is no quantile", text)
		return
	}
	r.upstream.Hedging.Quantile = n / 100
}

// finishUpstream checks what keys of an upstream say about each other.
func (r *configReader) finishUpstream(t *value) {
	u := r.upstream
	r.finishUpstreamTLS(t)
	if weights := t.table["weights"]; weights != nil && len(u.Weights) != len(u.Targets) && len(u.Weights) > 0 {
		r.fail(weights.at, "write one weight for each target", "there are %d weights for %d targets", len(u.Weights), len(u.Targets))
	}
	if resolve := t.table["resolve"]; resolve != nil && len(u.Targets) > 0 && !slices.ContainsFunc(u.Targets, hasName) {
		r.fail(resolve.keyAt, "remove it", "none of the targets is a name that could be looked up")
	}
	wrongScheme := map[hedge.Protocol]string{hedge.ProtocolHTTP2: "http://", hedge.ProtocolH2C: "https://"}[u.Protocol]
	if p := t.table["protocol"]; p != nil && wrongScheme != "" && slices.ContainsFunc(u.Targets, func(target string) bool { return strings.HasPrefix(target, wrongScheme) }) {
		r.fail(p.at, `"h2" is HTTP/2 with https:// targets, "h2c" with http:// targets`, "%q is not spoken with targets that begin with %s", u.Protocol, wrongScheme)
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
	if h := t.table["hedge"]; h != nil && h.kind == unstable.Table && r.missing(sectionHedge, h, "after") {
		r.fail(h.headAt(), `say after how long, as in hedge = { after = "p95" }`, "nothing says when a second target is asked")
	}
	if h := t.table["hedge"]; h != nil && len(u.Targets) == 1 && u.Resolve == 0 {
		r.fail(h.keyAt, "add a target, or remove it", "there is no second target to ask")
	}
	if m := t.table["mirror"]; m != nil && m.kind == unstable.Table && r.missing(sectionMirror, m, "to") {
		r.fail(m.headAt(), `say where they go, as in mirror = { to = "NAME" }`, "nothing says where copies of requests go")
	}
	if o := t.table["outlier"]; o != nil && u.Outlier.MaxEjection > 0 && u.Outlier.Ejection > u.Outlier.MaxEjection {
		r.fail(o.table["ejection"].at, "raise max_ejection, or lower ejection", "the first ejection would last for longer than any may (max_ejection)")
	}
	r.finishTimes(t)
	if pending := t.table["max_pending"]; pending != nil && r.missing(sectionUpstream, t, "max_connections") {
		r.fail(pending.keyAt, "add max_connections, or remove it", "max_pending has no effect without max_connections")
	}
}

// finishTimes checks that what is to happen within a request can come before its end.
func (r *configReader) finishTimes(t *value) {
	u := r.upstream
	if u.Timeout == 0 {
		return
	}
	if u.Hedging.After >= u.Timeout {
		r.fail(t.table["hedge"].table["after"].at, "lower it, or raise timeout", "no second target is ever asked: the request ends before (timeout)")
	}
	if u.Retry.Timeout >= u.Timeout {
		r.fail(t.table["retry"].table["timeout"].at, "lower it, or raise timeout", "it has no effect: the request ends before (timeout)")
	}
}

// hasName reports whether the host of a target is not an address.
func hasName(target string) bool {
	u, err := url.Parse(target)
	if err != nil {
		return true // which is reported elsewhere
	}
	_, err = netip.ParseAddr(u.Hostname())
	return err != nil
}

// finishMirrors checks that copies go to another upstream that is there.
func (r *configReader) finishMirrors(upstreams *value) {
	for name, u := range r.config.Upstreams {
		if u.Mirror.To == "" {
			continue
		}
		at := upstreams.table[name].table["mirror"].table["to"].at
		if _, ok := r.config.Upstreams[u.Mirror.To]; !ok {
			r.fail(at, orHint(didYouMean(u.Mirror.To, slices.Collect(maps.Keys(r.config.Upstreams))), fmt.Sprintf("add the table [upstream.%s]", u.Mirror.To)), "there is no upstream %q", u.Mirror.To)
		} else if u.Mirror.To == name {
			r.fail(at, "name another upstream", "the upstream %q would be sent each request twice", name)
		}
	}
}

// isMirror reports whether copies of requests go to an upstream.
func (r *configReader) isMirror(name string) bool {
	for _, u := range r.config.Upstreams {
		if u.Mirror.To == name {
			return true
		}
	}
	return false
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

func orHint(hint, otherwise string) string {
	if hint == "" {
		return otherwise
	}
	return hint
}
