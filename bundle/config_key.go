package bundle

import (
	"hedge"
	"hedge/httpmsg"
)

// stillThere checks that requests still have what a key names when they are told apart by
// it: by a field that ends at the door all of them would be alike. What is no key has been
// said already.
func (r *configReader) stillThere(v *value, text string) {
	key, err := hedge.ParseKey(text)
	if err != nil || key.From != hedge.KeyHeader || !httpmsg.IsGone(key.Name) {
		return
	}
	hint := "fields of one connection, and fields in disguise, end at the door"
	if httpmsg.EqualFold(key.Name, "Host") {
		hint = `the host is no field here; where a key may be one, it is "host"`
	}
	r.fail(v.at, hint, "no request has the field %s any more", key.Name)
}
