package cert

import (
	"fmt"
	"slices"

	"hedge/credential"
)

// ClientRule is what the clients of a host are asked for, as it is configured.
type ClientRule struct {
	Host string // a name in normal form, or a wildcard; empty stands for all hosts without a rule
	Mode Mode
	File string // the authorities of Verify, PEM
}

// ClientFiles keeps rules whose authorities are on the disk. It is for one goroutine.
type ClientFiles struct {
	rules  []ClientRule
	stamps []stamp // of the files when they were last looked at; nil before the first time
}

// NewClientFiles returns what loads rules.
func NewClientFiles(rules []ClientRule) *ClientFiles {
	return &ClientFiles{rules: rules}
}

// Reload returns what the rules say, or nil if no file has changed since it last
// looked. If one is broken, everything should stay as it is.
func (c *ClientFiles) Reload() (*Clients, error) {
	stamps := make([]stamp, len(c.rules))
	for i, rule := range c.rules {
		stamps[i] = stampOf(rule.File)
	}
	if c.stamps != nil && slices.Equal(stamps, c.stamps) {
		return nil, nil
	}
	c.stamps = stamps
	rules := map[string]*ClientAuth{}
	for _, rule := range c.rules {
		auth, err := rule.load()
		if err != nil {
			return nil, err
		}
		rules[rule.Host] = auth
	}
	return NewClients(rules), nil
}

func (r ClientRule) load() (*ClientAuth, error) {
	if r.Mode != Verify {
		return NewClientAuth(r.Mode, nil)
	}
	authorities, err := credential.ReadPEM(r.File)
	if err != nil {
		return nil, err
	}
	auth, err := NewClientAuth(Verify, authorities)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.File, err)
	}
	return auth, nil
}
