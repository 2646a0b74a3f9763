package httpmsg

// RemoveAliases removes fields under whose names programs behind might find another one:
// CGI and all that descends from it make every sign of a name that is neither letter nor
// digit a "_", so that X_Forwarded_For is X-Forwarded-For to them, and Content.Length
// Content-Length. It is about names that a proxy frames, routes or judges a message by;
// others may be called what they like.
func RemoveAliases(h *Header) {
	h.DelFunc(func(f Field) bool { return isAlias(f.Name) })
}

// isAlias reports whether a name is one in disguise.
func isAlias(name string) bool {
	for i := range len(name) {
		if c := name[i]; c != '-' && !isAlphanumeric(lower(c)) {
			return protected(undisguised(name))
		}
	}
	return false
}

// undisguised is a name with a hyphen for every sign.
func undisguised(name string) string {
	out := []byte(name)
	for i, c := range out {
		if !isAlphanumeric(lower(c)) {
			out[i] = '-'
		}
	}
	return string(out)
}

// protected reports whether a proxy frames, routes or judges messages by fields of this
// name.
func protected(name string) bool {
	return hopByHop(name) || endToEnd(name) || clientCertField(name) ||
		containsFold([]string{"Expect", "Max-Forwards", "CDN-Loop", "Trailer", "Content-Language", "Content-Location"}, name)
}

// NotInTrailer reports whether a field of this name comes too late in a trailer to mean
// anything, and is dropped there: what frames, routes, authenticates or modifies a
// message, and what says who the client is (RFC 9110 §6.5.1). There are recipients that
// make one header of fields and trailers.
func NotInTrailer(name string) bool {
	return protected(name) && !EqualFold(name, "ETag") && !EqualFold(name, "Date") || isAlias(name)
}
