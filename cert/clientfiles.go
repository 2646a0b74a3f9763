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

// ClientFiles keeps rules whose authorities are on the disk. It is for one goroutine at a
// time.
type ClientFiles struct {
	rules   []ClientRule
	stamps  []stamp // of the files, when they were loaded; nil before the first time
	refused error   // why the files as they are now cannot be used
}

// NewClientFiles returns what loads rules.
func NewClientFiles(rules []ClientRule) *ClientFiles {
	return &ClientFiles{rules: rules}
}

// Reload returns what the rules say. If a file is broken, everything should stay as it
// is.
func (c *ClientFiles) Reload() (*Clients, error) {
	c.stamps = c.look() // before reading: what changes meanwhile is seen the next time
	rules := map[string]*ClientAuth{}
	for _, rule := range c.rules {
		auth, err := rule.load()
		if err != nil {
			c.refused = err
			return nil, err
		}
		rules[rule.Host] = auth
	}
	c.refused = nil
	return NewClients(rules), nil
}

// Refresh is Reload if a file has changed, or was refused; else it returns nil. The reason
// why one is refused is returned once, until it is another.
func (c *ClientFiles) Refresh() (*Clients, error) {
	before := c.refused
	if before == nil && c.stamps != nil && slices.Equal(c.look(), c.stamps) {
		return nil, nil
	}
	clients, err := c.Reload()
	if err != nil && !news(before, err) {
		return nil, nil
	}
	return clients, err
}

// look returns how the files look.
func (c *ClientFiles) look() []stamp {
	stamps := make([]stamp, len(c.rules))
	for i, rule := range c.rules {
		stamps[i] = stampOf(rule.File)
	}
	return stamps
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
