package cert

import "crypto/tls"

// Source has certificates. It is asked during handshakes, from many goroutines at
// once, and answers at once from what it has: what takes time, such as ordering a
// certificate, it does beside.
type Source interface {
	// Certificate returns the certificate for hello.ServerName, which may be empty;
	// nil refuses the handshake with the alert unrecognized_name (RFC 6066 §3).
	Certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error)
}

// index is a set of certificates by the names they are for.
type index struct {
	names names
	// first is for clients that name no host, as those that connect to an address do.
	first []*tls.Certificate
}

// newIndex makes an index. Of certificates for one name, those that come first are
// preferred; a client that cannot use one gets the next.
func newIndex(certificates []*tls.Certificate) *index {
	x := &index{names: newNames()}
	for _, c := range certificates {
		for _, name := range c.Leaf.DNSNames {
			x.names.add(name, c)
		}
		if x.first == nil || sameNames(x.first[0], c) {
			x.first = append(x.first, c)
		}
	}
	return x
}

// sameNames reports whether two certificates are for the same hosts, as an RSA and
// an ECDSA certificate of one site are.
func sameNames(a, b *tls.Certificate) bool {
	if len(a.Leaf.DNSNames) != len(b.Leaf.DNSNames) {
		return false
	}
	for i := range a.Leaf.DNSNames {
		if a.Leaf.DNSNames[i] != b.Leaf.DNSNames[i] {
			return false
		}
	}
	return true
}

// choose returns the certificate for a client, nil if there is none.
func (x *index) choose(hello *tls.ClientHelloInfo) *tls.Certificate {
	list := x.first
	if hello.ServerName != "" {
		list = x.names.find(normal(hello.ServerName))
	}
	if len(list) == 0 {
		return nil
	}
	for _, c := range list[:len(list)-1] {
		if hello.SupportsCertificate(c) == nil {
			return c
		}
	}
	return list[len(list)-1]
}
