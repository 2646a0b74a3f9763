package httpmsg

// ClientCert is the certificate that a client has shown in a TLS handshake, in the
// form in which it is passed on (RFC 9440 §2). It is never changed.
type ClientCert struct {
	Cert  string // the value of Client-Cert
	Chain string // that of Client-Cert-Chain; empty if there is nothing to chain to
	// Verified says that the chain leads to an authority that the host trusts. If it
	// does not, the client has the key of the certificate, and anybody can have made it.
	Verified bool
}

// Pass sets the fields of c in a request's header, as this end of TLS is the one to
// say who the client is: whatever the client itself has put there is removed, also
// under names that a program behind might take for the same. c may be nil.
func (c *ClientCert) Pass(h *Header) {
	h.DelFunc(func(f Field) bool { return clientCertField(f.Name) })
	if c == nil {
		return
	}
	h.Add("Client-Cert", c.Cert)
	if c.Chain != "" {
		h.Add("Client-Cert-Chain", c.Chain)
	}
}

// clientCertField reports whether a field is one of RFC 9440's, or has a name that
// CGI and its like cannot tell from one: they make every other sign a "_".
func clientCertField(name string) bool {
	const full = "client-cert-chain"
	if len(name) != len(full) && len(name) != len("client-cert") {
		return false
	}
	for i := range len(name) {
		c := lower(name[i])
		if c != full[i] && (full[i] != '-' || isAlphanumeric(c)) {
			return false
		}
	}
	return true
}

func isAlphanumeric(c byte) bool { return isDigit(c) || 'a' <= c && c <= 'z' }
