package httpmsg

import "strings"

// weightMax is the weight 1.000 in thousandths.
const weightMax = 1000

// NegotiateEncoding chooses among offers, the content codings that the server can
// send, best first, such as "br", "gzip" (RFC 9110 §12.5.3). It returns the offer
// with the highest weight in Accept-Encoding, the earlier of equals, or "identity"
// if no offer is better liked than that. ok is false if nothing, not even identity,
// is acceptable: answer 406, or send identity nevertheless.
//
// Without Accept-Encoding the answer is "identity". Any coding would be allowed,
// but a client that says nothing seldom decodes.
func NegotiateEncoding(req *Header, offers ...string) (coding string, ok bool) {
	if !req.Has("Accept-Encoding") {
		return "identity", true
	}
	best := 0
	for _, offer := range offers {
		if w, named := encodingWeight(req, offer); named && w > best {
			coding, best = offer, w
		}
	}
	w, named := encodingWeight(req, "identity")
	switch {
	case best == 0:
		return "identity", !named || w > 0
	case named && w > best:
		return "identity", true
	}
	return coding, true
}

// encodingWeight returns the weight that Accept-Encoding gives a coding, by its
// name or else by "*", and whether either was there.
func encodingWeight(req *Header, coding string) (weight int, named bool) {
	for item := range req.Items("Accept-Encoding") {
		name, params := CutParams(item)
		w, ok := weightOf(params)
		switch {
		case !ok:
		case EqualFold(name, coding) || EqualFold(name, "x-gzip") && coding == "gzip":
			return w, true
		case name == "*" && !named:
			weight, named = w, true
		}
	}
	return weight, named
}

// NegotiateType chooses among offers, media types in lower case that the server can
// send, best first (RFC 9110 §12.5.1). The weight of an offer is that of the most
// specific range in Accept that has it; the highest weight wins, the earlier of
// equals. ok is false if none is acceptable. Without Accept the first offer is
// chosen.
func NegotiateType(req *Header, offers ...string) (offer string, ok bool) {
	if !req.Has("Accept") && len(offers) > 0 {
		return offers[0], true
	}
	best := 0
	for _, o := range offers {
		if m, valid := ParseMediaType(o); valid {
			if w := typeWeight(req, m); w > best {
				offer, best = o, w
			}
		}
	}
	return offer, best > 0
}

// typeWeight returns the weight that Accept gives to m, 0 if it is not acceptable.
func typeWeight(req *Header, m MediaType) int {
	weight, most := 0, -1
	for item := range req.Items("Accept") {
		essence, params := CutParams(item)
		if essence == "*" { // what old Java clients send for */*
			item = "*/*;" + params
		}
		accepted, valid := ParseMediaType(item)
		w, ok := weightOf(params)
		if !valid || !ok {
			continue
		}
		if specific := specificity(accepted, m); specific > most {
			weight, most = w, specific
		}
	}
	return weight
}

// specificity says how closely the range r describes m: -1 if m is not in it, 0 for
// */*, more for type/*, more for type/subtype, and more for each parameter.
func specificity(r, m MediaType) int {
	switch {
	case r.Type == "*" && r.Subtype == "*":
		return 0
	case r.Type != m.Type:
		return -1
	case r.Subtype == "*":
		return 1
	case r.Subtype != m.Subtype:
		return -1
	}
	specific := 2
	for name, value := range Params(r.Params) {
		if EqualFold(name, "q") {
			break // the weight ends the parameters of the type
		}
		if have, ok := Param(m.Params, name); !ok || !EqualFold(have, value) {
			return -1
		}
		specific++
	}
	return specific
}

// weightOf returns the weight among the parameters, 1 if there is none; ok is false
// if it is malformed.
func weightOf(params string) (thousandths int, ok bool) {
	q, found := Param(params, "q")
	if !found {
		return weightMax, true
	}
	return parseWeight(q)
}

// parseWeight reads a qvalue (RFC 9110 §12.4.2) in thousandths. The zero before the
// point may be missing, as some clients leave it out.
func parseWeight(s string) (int, bool) {
	whole, fraction, _ := strings.Cut(s, ".")
	if s == "" || s == "." || len(fraction) > 3 || whole != "" && whole != "0" && whole != "1" {
		return 0, false
	}
	weight, unit := 0, weightMax
	if whole == "1" {
		weight = weightMax
	}
	for i := 0; i < len(fraction); i++ {
		if !isDigit(fraction[i]) {
			return 0, false
		}
		unit /= 10
		weight += int(fraction[i]-'0') * unit
	}
	return weight, weight <= weightMax
}
