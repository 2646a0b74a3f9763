package upstream

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"slices"

	"hedge"
	"hedge/httpmsg"
)

// MinKey is the least number of bytes in Config.Key.
const MinKey = 32

// sealBytes is how much of a MAC stands in a cookie: 128 bits.
const sealBytes = 16

// seal is the MAC of a text for one purpose, as it stands in cookies.
func seal(key []byte, texts ...string) string {
	mac := hmac.New(sha256.New, key)
	for _, text := range texts {
		mac.Write([]byte(text))
		mac.Write([]byte{0}) // none of the texts has one
	}
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:sealBytes])
}

// seal is the MAC of a text of this pool.
func (p *Pool) seal(purpose, text string) string { return seal(p.cfg.Key, purpose, p.part, text) }

// first chooses the target to begin with: the visitor's own, if it is fit.
func (p *Pool) first(req *httpmsg.Request, key uint64) *target {
	if t := p.own(req); t != nil {
		if slices.Contains(p.roster.Load().fit, t) {
			return t
		}
		p.decided(req, hedge.ReasonStickyMoved, t.name)
	}
	return p.pick(key, nil)
}

// tag makes what stands in the cookies of a target's visitors.
func (p *Pool) tag(t *target) {
	if p.spec.Sticky != "" {
		t.tag = p.seal("target", t.name)
	}
}

// own returns the target that the visitor's cookie names: its value is the MAC of
// the target's URL, so that it says nothing and cannot be made up.
func (p *Pool) own(req *httpmsg.Request) (own *target) {
	if p.spec.Sticky == "" {
		return nil
	}
	value, ok := httpmsg.Cookie(&req.Header, p.spec.Sticky)
	if !ok {
		return nil
	}
	for _, t := range p.roster.Load().all {
		if hmac.Equal([]byte(value), []byte(t.tag)) {
			own = t
		}
	}
	return own
}

// stick sets the cookie of a visitor who has none, or that of another target.
func (p *Pool) stick(req *httpmsg.Request, from *target, res *httpmsg.Response) {
	if p.spec.Sticky == "" {
		return
	}
	if value, _ := httpmsg.Cookie(&req.Header, p.spec.Sticky); value != from.tag {
		setCookie(req, res, p.spec.Sticky, from.tag, 0)
	}
}

// setCookie adds a cookie to an answer, for this many seconds or, with 0, for as long
// as the browser runs.
func setCookie(req *httpmsg.Request, res *httpmsg.Response, name, value string, seconds int64) {
	cookie := httpmsg.SetCookie{
		Name: name, Value: value, Path: "/", HTTPOnly: true, SameSite: "Lax",
		Secure: req.Scheme == "https", MaxAge: seconds, HasMaxAge: seconds > 0,
	}
	if text, err := cookie.Serialize(); err == nil { // the name has been checked
		res.Header.Add("Set-Cookie", text)
	}
}
