package cli

import (
	"context"
	"fmt"
	"maps"
	"math"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"hedge"
	"hedge/bundle"
	"hedge/egress"
	"hedge/httpmsg"
	"hedge/jsapi"
	"hedge/library"
)

// How `hedge serve` ends: it waits longer for requests than most answers take, and
// shorter than what supervisors wait for; and longer for idle connections than clients
// at work are idle.
const (
	servePatience  = 30 * time.Second
	serveDrainIdle = 5 * time.Second
)

// serveOptions are what the options of `hedge serve` say.
type serveOptions struct {
	file      nodeConfig
	address   string
	secure    tlsOptions
	allowed   []netip.Prefix
	balancers []netip.Prefix // that speak the PROXY protocol
	proxies   []netip.Prefix // whose X-Forwarded-… fields are believed
	isolation string
	groups    map[string]string // the cordon that an app shares, by the app's name
	admin     adminOptions
	end       endOptions
	clients   clientOptions
	ceilings  ceilingOptions
	trace     traceOptions
	cache     cacheOptions
	asJSON    bool
}

func newServeOptions() *serveOptions {
	return &serveOptions{address: ":8080", isolation: isolationCordon, cache: newCacheOptions(), end: endOptions{patience: servePatience}, clients: newClientOptions(), ceilings: newCeilings(), trace: traceOptions{ratio: 1}}
}

func (o *serveOptions) options() []option {
	return slices.Concat([]option{
		o.file.option(),
		addressOption(&o.address, "--listen", "HOST:PORT, or a port alone (default: :8080)"),
	}, o.secure.options(), []option{
		networksOption(&o.balancers, "--proxy-protocol", "take the client's address from the PROXY protocol's header (v1 or v2), with which every connection from this network has to begin"),
		networksOption(&o.proxies, "--trusted-proxy", "believe what proxies of this network say of their clients: X-Forwarded-For, -Host, -Proto, -Port, and Forwarded; where X-Forwarded-For and Forwarded name two addresses, neither: who writes one has to remove the other"),
		networksOption(&o.allowed, "--allow-egress", "let code connect to a network that is not public, as in 10.1.0.0/16"),
		choiceOption(&o.isolation, "--isolation", []string{isolationCordon, isolationNone}, "where apps live: in cordons, or all in this process (default: cordon)"),
		groupsOption(&o.groups, "--cordon", "let apps share a cordon; may be repeated").alone(),
	}, o.cache.options(), o.admin.options(), o.end.options(), o.clients.options(), o.ceilings.options(), o.trace.options(), []option{
		logOption(&o.asJSON),
		flagOption(&o.asJSON, "--json", "the same as --log-format json"),
	})
}

// check says what is wrong with the options together, and with what is to be served by them.
func (o *serveOptions) check(places []bundle.NodeApp) error {
	shares := len(o.groups) > 0 || slices.ContainsFunc(places, func(p bundle.NodeApp) bool { return p.Cordon != "" })
	if o.isolation == isolationNone && shares {
		return &usageError{problem: "--cordon makes no sense with --isolation none", see: "hedge help serve"}
	}
	if err := o.secure.check("serve"); err != nil {
		return err
	}
	if err := o.cache.check("serve"); err != nil {
		return err
	}
	return checkAdminAddress(o.admin.listen, o.admin.public)
}

func serveCommand(w World) command {
	o := newServeOptions()
	options := o.options()
	return command{
		name:    "serve",
		args:    "[FILE|DIR…]",
		maxArgs: math.MaxInt,
		summary: "Serve one or several apps",
		text: `Each argument is a release file, or an app's folder, which is built first. They and
the options may stand in a file instead, see --config and docs/CONFIGURATION.md.
Several apps are told apart by the "hosts" in their hedge.toml; one app may have
none: it answers for every name that no other app claims.

Replace a release file as hedge build does, by renaming another one to its name. From
one that is written over, by cp or scp, files get 500 until a reload.

Code can connect to public addresses only, and to the networks of --allow-egress.
The upstreams in hedge.toml may be anywhere.

Each app lives in a cordon: a process of its own, which has no network and no
files, is watched, and is replaced when it ends. --cordon lets apps share one.
With --isolation none, a fatal error of one app ends all.

With --tls-cert and --tls-key, HTTP/2 and 1.1 are served over TLS as well, and HTTP/3 at
the same port over UDP, to which Alt-Svc leads clients. A client gets
the certificate for the name that it asks for, and the first one if it asks for
none. Changed files are taken up within seconds; broken ones are refused until they are
good, and what was in use stays in use. One good certificate is enough to start. What a client shows of itself, by --client-auth, apps and
origins see in the fields Client-Cert and Client-Cert-Chain (RFC 9440), which nobody
else can set. By "verify" it has been signed by one of the authorities in FILE; by
"request" it is shown as it came, and may be anybody's. HOST may be a wildcard as in
an app's "hosts": *.example.com is for all names below example.com, at any depth.

Without TLS, HTTP/2 is served to clients that begin with it (prior knowledge).

HEDGE_KEY in the environment, 32 characters or more, signs the cookies that lead
visitors back to their target, and the count that ends loops through the edge; nodes
that share visitors, or send each other requests, share it. Without it visitors are new
after a restart. HEDGE_CACHE_KEY, likewise, encrypts what is in --cache-dir;
with another key than before, the folder is emptied.

A disk that fails or is full costs what it would have kept: requests are answered all the
same, and it is said once.

At 95 % of --max-connections or --max-memory, connections that carry nothing are
closed; at 98 %, new requests are answered with 503 and Retry-After. The admin listener is
not counted, and stays within reach.

SIGTERM or Ctrl-C lets the requests under way end, for up to 30 seconds: /readyz says
503, no more connections are taken, and those that are there end with their answers.
SIGHUP reads the apps, those of the file too, and the certificates anew, and takes up
what has changed; if something is wrong with it, it says so, and what was served stays.
Other options of the file take effect with SIGUSR2, which it says of those that have
changed, and so does another cordon of an app that is served. SIGUSR2 starts the program
as it is on the disk now, which takes over the sockets when it is ready, and goes on where
splits and their ramps are; then this process ends as with SIGTERM. No request is lost,
whatever the version of HTTP.
`,
		options: o.file.watch(options),
		run: func(args []string) error {
			first, err := o.file.places(args, options)
			if err != nil {
				return err
			}
			if err := o.check(first); err != nil {
				return err
			}
			return serve(w, first, func() ([]bundle.NodeApp, error) { return o.file.again(args, options) }, o)
		},
	}
}

// source is an app, and where it came from.
type source struct {
	path    string
	release *hedge.Release
}

// serve serves the apps at the first places, and when it is to reload those at the
// places that again returns.
func serve(w World, first []bundle.NodeApp, again places, o *serveOptions) error {
	var control <-chan os.Signal
	if w.Control != nil {
		control = w.Control() // from now on these signals do not end the process
	}
	shared, err := openSockets(w, o.end.pidFile)
	if err != nil {
		return err
	}
	var apps []source
	err = untilInterrupted(w, func(ctx context.Context) (err error) {
		apps, err = readSources(ctx, first)
		return err
	})
	if err != nil {
		return err
	}
	if err := checkConflicts(apps); err != nil {
		return err
	}
	if err := o.checkGroups(apps); err != nil {
		return err
	}
	if o.secure.http3 == "" && len(o.balancers) > 0 {
		o.secure.http3 = "off"
	}
	set := settings{
		altSvc: o.secure.altSvc(), library: w.library(), secret: w.Getenv,
		egress: egress.Policy{Allow: o.allowed}, balancers: o.balancers, forwarding: httpmsg.Forwarding{Trusted: o.proxies}, admin: o.admin, trace: o.trace, clients: o.clients, ceilings: o.ceilings.ceilings(), cache: o.cache,
		drainIdle: min(serveDrainIdle, o.end.patience), redirectPort: o.secure.redirectPort(),
	}
	var groups *cordonGroups
	set.cordons, groups = cordonsOf(o.isolation, o.cordonNames(first, apps))
	if set.key, err = signingKey(w); err != nil {
		return err
	}
	if set.cacheKey, err = cacheKey(w); err != nil {
		return err
	}
	side, err := o.secure.open(w.Now)
	if err == nil && shared.inherits() {
		err = side.refused() // the process before this one may have had it when it was good
	}
	if err != nil {
		return err
	}
	set.tls = side.server
	if w.HeapLimit != nil && o.ceilings.memory > 0 {
		w.HeapLimit(int64(goShare * float64(o.ceilings.memory)))
	}
	j := newJournal(w, o.asJSON)
	defer j.close()
	j.hosts = len(apps) > 1
	if err := side.refused(); err != nil {
		j.certificate("", err)
	}
	e, err := openEdge(j, set)
	if err != nil {
		return err
	}
	var entries []entry
	err = untilInterrupted(w, func(ctx context.Context) (err error) {
		entries, err = e.deployAll(ctx, shared, apps, o.address, o.secure)
		return err
	})
	if err != nil {
		e.close()
		return err
	}
	j.servingAll(apps, entries)
	return e.run(w, service{
		entries: entries, patience: o.end.patience, delay: o.end.delay, sockets: shared,
		beside:  func(ctx context.Context) { side.watch(ctx, j) },
		control: control, reload: func(ctx context.Context) {
			e.reload(ctx, again, side, func(found []bundle.NodeApp, apps []source) error {
				return groups.adopt(o.cordonNames(found, apps), e.Apps())
			})
			j.waitingFor(o.file.waiting())
		},
	})
}

// checkGroups sees to it that the apps of --cordon are there: a slip in a name would leave
// an app to itself that is to share.
func (o *serveOptions) checkGroups(apps []source) error {
	var served []string
	for _, app := range apps {
		served = append(served, app.release.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(o.groups)) {
		if !slices.Contains(served, name) {
			return &usageError{problem: fmt.Sprintf("--cordon has the app %q, and none that is served is called so", name), near: nearest(name, served), see: "hedge help serve"}
		}
	}
	return nil
}

// cordonNames is groups with what the configuration file says of the apps.
func (o *serveOptions) cordonNames(places []bundle.NodeApp, apps []source) map[string]string {
	names := maps.Clone(o.groups)
	for i, place := range places {
		if place.Cordon == "" {
			continue
		}
		if names == nil {
			names = map[string]string{}
		}
		if _, given := names[apps[i].release.Name]; !given {
			names[apps[i].release.Name] = place.Cordon
		}
	}
	return names
}

// deployAll deploys the apps, and listens when they are ready.
func (e *edge) deployAll(ctx context.Context, shared *sockets, apps []source, address string, secure tlsOptions) ([]entry, error) {
	e.inherit(shared)
	for _, app := range apps {
		if err := e.Deploy(ctx, app.release); err != nil {
			return nil, fmt.Errorf("%s: %w", app.path, err)
		}
	}
	entries, err := listenAll(shared, address, secure)
	if err != nil || !secure.speaksHTTP3() {
		return entries, err
	}
	if err := shared.listenUDP(secure.address(), entries[1]); err != nil {
		closeAll(entries)
		return nil, err
	}
	return entries, nil
}

// listenAll listens for connections: without TLS, and behind it, if there is any, with.
func listenAll(shared *sockets, address string, secure tlsOptions) ([]entry, error) {
	ln, err := shared.listen("plain", "tcp", address, func() (net.Listener, error) { return listen("--listen", address, "", 1) })
	if err != nil {
		return nil, err
	}
	entries := []entry{{ln, false}}
	if len(secure.certs) > 0 {
		ln, err = shared.listen("tls", "tcp", secure.address(), func() (net.Listener, error) { return listen("--listen-tls", secure.address(), "", 1) })
		if err != nil {
			closeAll(entries)
			return nil, err
		}
		entries = append(entries, entry{ln, true})
	}
	return entries, nil
}

// readSources reads release files and builds folders.
func readSources(ctx context.Context, places []bundle.NodeApp) ([]source, error) {
	apps := make([]source, len(places))
	for i, place := range places {
		release, err := readSource(ctx, place.Path)
		if err != nil {
			return nil, err
		}
		apps[i] = source{place.Path, release}
	}
	return apps, nil
}

func readSource(ctx context.Context, path string) (*hedge.Release, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, cause(err))
	}
	if info.IsDir() {
		release, _, err := bundle.Build(ctx, bundle.Options{Dir: path, Modules: jsapi.Modules(), Library: library.Modules()})
		return release, inFolder(path, err)
	}
	f, err := openRelease(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, cause(err))
	}
	release, err := bundle.ReadRelease(f, f.opened.Size())
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(release.Folders) == 0 {
		return release, f.Close()
	}
	return release, nil // it serves files from f, which is closed by the garbage collector after it
}

// checkConflicts sees to it that every host leads to one app.
func checkConflicts(apps []source) error {
	names, hosts := map[string]source{}, map[string]source{}
	for _, app := range apps {
		if other, taken := names[app.release.Name]; taken {
			return fmt.Errorf("%s and %s are both called %q: give one another name", other.path, app.path, app.release.Name)
		}
		names[app.release.Name] = app
		claims := app.release.Hosts
		if len(claims) == 0 {
			claims = []string{""}
		}
		for _, host := range claims {
			other, taken := hosts[host]
			if !taken {
				hosts[host] = app
				continue
			}
			return conflict(other, app, host)
		}
	}
	return nil
}

func conflict(a, b source, host string) error {
	both := fmt.Sprintf("%s (%s) and %s (%s)", a.release.Name, a.path, b.release.Name, b.path)
	if host == "" {
		return fmt.Errorf("%s both have no hosts: say in hedge.toml which hosts one of them answers for, as in hosts = [\"shop.example.com\"]", both)
	}
	return fmt.Errorf("%s both claim the host %s: leave it to one of them", both, host)
}

// servingAll tells which apps are served.
func (j *journal) servingAll(apps []source, entries []entry) {
	urls := make([]string, len(entries))
	for i, in := range entries {
		urls[i] = in.url()
	}
	if j.json {
		names := make([]string, len(apps))
		for i, app := range apps {
			names[i] = app.release.Name
		}
		j.object(struct {
			stamp
			Apps []string `json:"apps"`
			URL  string   `json:"url"`
			URLs []string `json:"urls"`
		}{j.stamp("serving"), names, urls[0], urls})
		return
	}
	rows := [][2]string{}
	for _, app := range apps {
		rows = append(rows, [2]string{"app", j.style.paint(bold, app.release.Name) + " for " + hostsOf(app.release, len(apps))})
	}
	for _, url := range urls {
		rows = append(rows, [2]string{"serving", j.style.paint(bold, j.style.paint(cyan, url))})
	}
	j.banner(rows)
}

func hostsOf(release *hedge.Release, apps int) string {
	switch {
	case len(release.Hosts) > 0:
		return strings.Join(release.Hosts, ", ")
	case apps == 1:
		return "every host"
	default:
		return "every host that no other app claims"
	}
}
