package upstream

import (
	"strings"

	"hedge"
	"hedge/httpmsg"
)

// target is one origin of a pool.
type target struct {
	scheme    string
	host      string // in normal form
	authority string // host[:port], without the scheme's default port
	base      string // the base path in normal form, without the last slash
}

// parseTarget reads the URL of an origin.
func parseTarget(raw string) (*target, error) {
	scheme, rest, _ := strings.Cut(raw, "://")
	if scheme != "http" && scheme != "https" {
		return nil, hedge.Errorf(hedge.OutcomeStartupFailed, "the target %q is no URL that begins with http:// or https://", raw)
	}
	authority, path, slash := strings.Cut(rest, "/")
	if slash {
		path = "/" + path
	}
	host, port, err := httpmsg.NormalHost(authority)
	if err == nil {
		path, err = httpmsg.NormalPath(path)
	}
	if err != nil {
		return nil, hedge.Wrap(err, hedge.OutcomeStartupFailed, "the target %q is not scheme, host, optional port and base path", raw)
	}
	return &target{
		scheme: scheme, host: host,
		authority: httpmsg.JoinAuthority(scheme, host, port),
		base:      strings.TrimSuffix(path, "/"),
	}, nil
}

// address returns a copy of out, as compose has made it, that goes to this target.
func (t *target) address(out *httpmsg.Request, policy hedge.HostPolicy) *httpmsg.Request {
	to := out.Clone()
	to.Scheme, to.Endpoint = t.scheme, ""
	if policy == hedge.HostClient {
		to.Endpoint = t.authority
	} else {
		to.Authority = t.authority
	}
	switch {
	case t.base == "":
	case out.Target == "*":
		to.Target = t.base
	default:
		to.Target = t.base + out.Target
	}
	return to
}
