package httpmsg

import "strings"

// IsOwned reports whether a field of this name is for a proxy itself to write or to
// remove, in requests or in answers: it concerns one connection, frames the message, or
// says who the client is or where the message has been. "_" counts as "-", for which
// everything that descends from CGI takes it.
func IsOwned(name string) bool {
	name = strings.ReplaceAll(Lower(name), "_", "-")
	switch name {
	case "host", "content-length", "via", "cdn-loop", "expect", "max-forwards":
		return true
	}
	return hopByHop(name) || forwardingField(name) || clientCertField(name)
}

// IsGone reports whether no request has a field of this name any more once it has come in:
// Host is in Request.Authority, Upgrade in Request.Upgrade, and what else concerns one
// connection has been removed, but for "trailers" in TE; so have fields in disguise (see
// RemoveAliases).
func IsGone(name string) bool {
	return EqualFold(name, "Host") || hopByHop(name) && !EqualFold(name, "TE") || isAlias(name)
}
