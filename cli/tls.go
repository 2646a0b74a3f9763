package cli

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"hedge/bundle"
	"hedge/cert"
	"hedge/httpmsg"
)

// tlsOptions are the options of `hedge serve` about TLS.
type tlsOptions struct {
	listen   string
	certs    []string
	keys     []string
	clients  []cert.ClientRule
	redirect bool
	http3    string // on, off, or a port; empty is on
}

// handshakeTimeout is how long a client may take for a handshake, and certPeriod how
// often files of certificates are looked at.
const (
	handshakeTimeout = 10 * time.Second
	certPeriod       = 5 * time.Second
)

func (o *tlsOptions) options() []option {
	return []option{
		addressOption(&o.listen, "--listen-tls", "HOST:PORT, or a port alone, for TLS (default: :8443, with --tls-cert)"),
		listOption(&o.certs, "--tls-cert", "FILE", "a certificate and its chain, PEM; may be repeated, each with its --tls-key").file(),
		listOption(&o.keys, "--tls-key", "FILE", "the private key of the --tls-cert before it").file(),
		http3Option(&o.http3),
		clientsOption(&o.clients, "--client-auth", "ask clients for certificates: [HOST=]off, request, or verify:FILE with authorities"),
		flagOption(&o.redirect, "--redirect-https", "send requests without TLS to the same URL with https"),
	}
}

// listOption collects values from as many options as there are.
func listOption(target *[]string, name, value, help string) option {
	return option{name: name, value: value, help: help, repeats: true, set: func(v string) error {
		if v == "" {
			return errors.New("is empty")
		}
		*target = append(*target, v)
		return nil
	}}
}

// clientsOption collects what clients are asked for.
func clientsOption(target *[]cert.ClientRule, name, help string) option {
	inFolder := func(dir, rule string) string {
		if before, file, ok := strings.Cut(rule, "verify:"); ok && file != "" {
			return before + "verify:" + under(dir, file)
		}
		return rule
	}
	return option{name: name, value: "RULE", help: help, repeats: true, inFolder: inFolder, set: func(v string) error {
		rule, err := parseClientRule(v)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(*target, func(r cert.ClientRule) bool { return r.Host == rule.Host }) {
			return fmt.Errorf("has two rules for one host, of which %q is the second: leave it to one", v)
		}
		*target = append(*target, rule)
		return nil
	}}
}

func parseClientRule(v string) (rule cert.ClientRule, err error) {
	mode := v
	if host, rest, ok := strings.Cut(v, "="); ok && !strings.HasPrefix(v, "verify:") {
		rule.Host, mode = httpmsg.Lower(host), rest
		err = checkRuleHost(rule.Host)
	}
	file, verify := strings.CutPrefix(mode, "verify:")
	switch {
	case err != nil:
	case verify && file != "":
		rule.Mode, rule.File = cert.Verify, file
	case mode == "request":
		rule.Mode = cert.Request
	case mode == "off":
	default:
		err = fmt.Errorf("needs off, request or verify:FILE, perhaps behind HOST=, not %q", v)
	}
	return rule, err
}

// checkRuleHost refuses a host that no request can be for, as its rule would let everybody
// in: a slip must not look like protection.
func checkRuleHost(host string) error {
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return fmt.Errorf("cannot be for %s alone: clients that connect to an address name no host, and get the rule without HOST=", host)
	}
	if problem, hint := bundle.CheckHostPattern(host); problem != "" {
		return fmt.Errorf("needs another host before the \"=\": %s: %s (for all hosts, leave HOST= out)", problem, hint)
	}
	return nil
}

// check says what in the options does not fit together.
func (o *tlsOptions) check(c string) error {
	see := "hedge help " + c
	switch {
	case len(o.certs) != len(o.keys):
		return &usageError{problem: "each --tls-cert needs its --tls-key", see: see}
	case len(o.certs) == 0 && (o.listen != "" || len(o.clients) > 0 || o.redirect || o.http3 != "" && o.http3 != "off"):
		return &usageError{problem: "there is no TLS without --tls-cert and --tls-key", see: see}
	}
	_, port, err := splitAddress(o.address(), "")
	if err == nil && port == 0 && o.redirect {
		err = &usageError{problem: "--redirect-https needs a --listen-tls with a port", see: see}
	}
	return err
}

// redirectPort is the port for settings.
func (o *tlsOptions) redirectPort() string {
	if !o.redirect {
		return ""
	}
	_, port, _ := splitAddress(o.address(), "") // its option has looked at the error
	return strconv.Itoa(port)
}

// address returns where to listen.
func (o *tlsOptions) address() string {
	if o.listen == "" {
		return ":8443"
	}
	return o.listen
}

// tlsSide is TLS with what it is made of on the disk. Without TLS it is empty.
type tlsSide struct {
	mu      sync.Mutex // one look at the files at a time: SIGHUP comes beside the ticker
	server  *cert.Server
	files   *cert.Files
	clients *cert.ClientFiles
}

// open loads what the options name.
func (o *tlsOptions) open(now func() time.Time) (*tlsSide, error) {
	if len(o.certs) == 0 {
		return &tlsSide{}, nil
	}
	pairs := make([]cert.Pair, len(o.certs))
	for i := range pairs {
		pairs[i] = cert.Pair{Cert: o.certs[i], Key: o.keys[i]}
	}
	t := &tlsSide{clients: cert.NewClientFiles(o.clients)}
	var err error
	if t.files, err = cert.OpenFiles(pairs, now); err != nil {
		return nil, err
	}
	clients, err := t.clients.Reload()
	if err != nil {
		return nil, err
	}
	t.server, err = cert.NewServer(cert.Config{Source: t.files, Clients: clients, Now: now, HandshakeTimeout: handshakeTimeout})
	return t, err
}

// refused says which certificates are refused, although there is TLS without them.
func (t *tlsSide) refused() error {
	if t.files == nil {
		return nil
	}
	return t.files.Refused()
}

// watch takes up changed files until ctx ends.
func (t *tlsSide) watch(ctx context.Context, j *journal) {
	if t.server == nil {
		return
	}
	ticker := time.NewTicker(certPeriod)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			t.refresh(j)
		}
	}
}

// refresh takes up files that have changed, and tells what is new.
func (t *tlsSide) refresh(j *journal) { t.take(j, t.files.Refresh, t.clients.Refresh) }

// reload takes up all files, and tells all that is wrong with them.
func (t *tlsSide) reload(j *journal) { t.take(j, t.files.Reload, t.clients.Reload) }

func (t *tlsSide) take(j *journal, pairs func() ([]cert.Pair, error), rules func() (*cert.Clients, error)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	taken, err := pairs()
	for _, pair := range taken {
		j.certificate(pair.Cert, nil)
	}
	if err != nil {
		j.certificate("", err)
	}
	clients, err := rules()
	if err == nil && clients != nil {
		err = t.server.SetClients(clients)
	}
	if err != nil {
		j.certificate("", err)
	}
}

// localTLS is TLS for development: by an authority that is this user's own, for the
// names of this machine and those of an app. It is also returned.
func localTLS(w World, hosts []string) (*cert.Server, *cert.Authority, error) {
	dir, err := configFolder(w)
	if err != nil {
		return nil, nil, err
	}
	authority, err := cert.OpenAuthority(filepath.Join(dir, "local-ca"), w.Now())
	if err != nil {
		return nil, nil, err
	}
	source, err := authority.Issue(append([]string{"localhost", "*.localhost", "127.0.0.1", "::1"}, hosts...), w.Now())
	if err != nil {
		return nil, nil, err
	}
	server, err := cert.NewServer(cert.Config{Source: source, Now: w.Now, HandshakeTimeout: handshakeTimeout})
	return server, authority, err
}

// configFolder returns the user's folder for what Hedge keeps.
func configFolder(w World) (string, error) {
	if dir := w.Getenv("XDG_CONFIG_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "hedge"), nil
	}
	home := w.Getenv("HOME")
	if home == "" {
		return "", errors.New("there is no home folder for the local certificate authority: set HOME or XDG_CONFIG_HOME")
	}
	return filepath.Join(home, ".config", "hedge"), nil
}

// trustText explains how to trust an authority.
func trustText(file string) string {
	if abs, err := filepath.Abs(file); err == nil {
		file = abs
	}
	return strings.ReplaceAll(`A certificate authority of this machine's own was made, whose certificate is FILE.
Its key stays beside it, for you alone to read. Clients that are to trust it need to be told, once:

  Debian, Ubuntu   sudo cp FILE /usr/local/share/ca-certificates/hedge-local.crt && sudo update-ca-certificates
  Fedora           sudo trust anchor FILE
  macOS            sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain FILE
  Windows          certutil -addstore -user Root FILE
  Firefox          Settings, Privacy & Security, View Certificates, Authorities, Import: FILE
  Chrome on Linux  certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n hedge-local -i FILE
  one command      curl --cacert FILE …   NODE_EXTRA_CA_CERTS=FILE node …

`, "FILE", file)
}

// hostsIn returns the hosts that the app in a folder claims; none if its
// configuration cannot be read, which whoever builds it will say.
func hostsIn(root string) []string {
	config, err := bundle.LoadConfig(root)
	if err != nil {
		return nil
	}
	return config.Hosts
}
