package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"hedge"
	"hedge/bundle"
	"hedge/child"
	"hedge/egress"
	"hedge/image"
	"hedge/jsapi"
	"hedge/worker"
)

func doctorCommand(w World) command {
	var asJSON bool
	o := newServeOptions()
	return command{
		name:    "doctor",
		summary: "Look whether this machine can serve apps, and how safely",
		text: `It starts an app in a cordon, as ` + "`hedge serve`" + ` does, and says what this machine's
kernel gives to confine it, which limits are low for a server, and what would have
to be different. With --config, it reads the configuration and the certificates of a
node as well, and loads its apps, without serving anything.

The exit code is 1 if something is in the way of serving.
`,
		options: []option{
			textOption(&o.file.path, "--config", "FILE", "check what `hedge serve --config FILE` would serve"),
			flagOption(&asJSON, "--json", "print a JSON object"),
		},
		run: func([]string) error {
			d := &doctor{world: w}
			d.examine(o)
			if err := d.report(asJSON); err != nil {
				return err
			}
			if d.failed() {
				return &exitError{exitFailure}
			}
			return nil
		},
	}
}

// The states of a finding.
const (
	stateOK      = "ok"
	stateWarning = "warning"
	stateFailure = "failure"
)

// finding is one thing that was looked at.
type finding struct {
	Name  string `json:"name"`
	State string `json:"state"`
	Text  string `json:"text"`
	Hint  string `json:"hint,omitempty"` // what to do about it
}

// doctor collects findings.
type doctor struct {
	world World
	found []finding
}

func (d *doctor) add(name, state, hint, format string, args ...any) {
	d.found = append(d.found, finding{name, state, fmt.Sprintf(format, args...), hint})
}

func (d *doctor) failed() bool {
	for _, f := range d.found {
		if f.State == stateFailure {
			return true
		}
	}
	return false
}

func (d *doctor) examine(o *serveOptions) {
	v := versions()
	d.add("version", stateOK, "", "hedge %s, V8 %s, Go %s, %s/%s", v.Hedge, v.V8, v.Go, v.OS, v.Arch)
	d.cordon()
	d.images()
	d.descriptors()
	d.key()
	if o.file.path != "" {
		d.config(o)
	}
}

// trial is an app that can be loaded, and nothing more.
func trial() *hedge.Release {
	return &hedge.Release{
		Name: "trial", Main: "main.js",
		Modules: []hedge.Module{{Name: "main.js", Kind: hedge.ModuleJS, Source: []byte("export default { fetch() {} };")}},
	}
}

// cordon starts an app in a confined process of its own.
func (d *doctor) cordon() {
	cfg := worker.DefaultConfig()
	cfg.Script = jsapi.Script
	cfg.Cordons = worker.DefaultCordons()
	cfg.Cordons.Spares = 1
	confined := make(chan child.Report, 1)
	cfg.Cordons.Confined = func(r child.Report) { confined <- r }
	runtime, err := worker.New(cfg)
	if err != nil {
		d.add("apps", stateFailure, "", "the runtime does not start: %v", err)
		return
	}
	defer runtime.Close()
	began := time.Now()
	app, err := runtime.Load(context.Background(), trial())
	if err != nil {
		d.add("apps", stateFailure, "with --isolation none, apps live in the server's own process, and a fatal error of one ends all",
			"no app can be started in a cordon: %v", err)
		return
	}
	defer app.Close()
	d.add("apps", stateOK, "", "an app starts in a cordon, %s after the server", formatDuration(time.Since(began)))
	d.confinement("apps", <-confined)
}

// confinement says which layers hold processes of a kind, and what those that do not would do.
func (d *doctor) confinement(kind string, r child.Report) {
	var held []string
	for _, row := range r {
		if row.Applied {
			held = append(held, row.Name)
		}
	}
	if len(held) > 0 {
		d.add("confinement", stateOK, "", "of %s: %s", kind, strings.Join(held, ", "))
	}
	for _, row := range r.Refused() {
		d.add("confinement", stateWarning, layerHint(row.Name), "of %s: no %s: %s", kind, row.Name, row.Reason)
	}
}

func layerHint(layer string) string {
	switch layer {
	case child.LayerUserNamespace:
		return "let processes make user namespaces (kernel.unprivileged_userns_clone, user.max_user_namespaces, and AppArmor's kernel.apparmor_restrict_unprivileged_userns), or accept that the seccomp filter alone keeps apps off the network"
	case child.LayerLandlockFiles, child.LayerLandlockNet, child.LayerLandlockScope:
		return "it needs a newer kernel with Landlock turned on; the seccomp filter holds without it"
	case child.LayerSeccomp, child.LayerConfinement:
		return "do not run the code of others on this machine"
	case child.LayerThreads:
		return "run the server as a user that is not root, where user namespaces are allowed"
	default:
		return ""
	}
}

// images looks for libvips, and starts a process with it.
func (d *doctor) images() {
	library := d.world.library()
	if library == "" {
		d.add("images", stateWarning, libraryHint, "there is no libvips: pictures cannot be changed")
		return
	}
	cfg := image.DefaultConfig()
	cfg.Library = library
	var confined child.Report
	cfg.Confined = func(r child.Report) { confined = r }
	pool := image.NewPool(cfg)
	defer pool.Close()
	if err := pool.Probe(context.Background()); err != nil {
		d.add("images", stateWarning, libraryHint, "%v", err)
		return
	}
	d.add("images", stateOK, "", "pictures are changed with %s", library)
	d.confinement("images", confined)
}

// fewDescriptors is how many a server should be allowed at least: each client and
// each connection to an origin takes one.
const fewDescriptors = 16 << 10

func (d *doctor) descriptors() {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return
	}
	state, hint := stateOK, ""
	if limit.Cur < fewDescriptors {
		state, hint = stateWarning, "raise it: `ulimit -n 65536`, or LimitNOFILE=65536 in the service's unit"
	}
	d.add("descriptors", state, hint, "%d files and connections may be open at once", limit.Cur)
}

func (d *doctor) key() {
	_, err := signingKey(d.world)
	if err == nil {
		_, err = cacheKey(d.world)
	}
	switch {
	case err != nil:
		d.add("key", stateFailure, "", "%v", err)
	case d.world.Getenv(keyVariable) == "":
		d.add("key", stateWarning, "set "+keyVariable+", as in "+keyVariable+"=$(openssl rand -hex 32), and keep it",
			"%s is not set: sticky visitors are new after a restart", keyVariable)
	default:
		d.add("key", stateOK, "", "%s is set", keyVariable)
	}
}

// config reads what a node would serve.
func (d *doctor) config(o *serveOptions) {
	places, err := o.file.places(nil, o.options())
	if err == nil {
		err = o.check(places)
	}
	if err != nil {
		d.add("configuration", stateFailure, "", "%s", d.told(err))
		return
	}
	d.add("configuration", stateOK, "", "%s", o.file.path)
	side, err := o.secure.open(d.world.Now)
	switch {
	case err != nil:
		d.add("certificates", stateFailure, "", "%s", d.told(err))
	case side.refused() != nil:
		d.add("certificates", stateWarning, "clients of its names get none until it is good", "%s", d.told(side.refused()))
	}
	d.apps(o, places)
}

// apps reads what a node would serve, and loads it: what code throws then, and what its routes
// need of this machine, nobody sees who only reads it.
func (d *doctor) apps(o *serveOptions, places []bundle.NodeApp) {
	apps, err := readSources(context.Background(), places)
	if err == nil {
		err = checkConflicts(apps)
	}
	if err != nil {
		d.add("apps", stateFailure, "", "%s", d.told(err))
		return
	}
	e, end, err := d.edge(o)
	if err != nil {
		d.add("apps", stateFailure, "", "%s", d.told(err))
		return
	}
	defer end()
	for _, app := range apps {
		if err := e.Deploy(context.Background(), app.release); err != nil {
			d.add("apps", stateFailure, "", "%s: %s", app.path, d.told(err))
			continue
		}
		d.add("apps", stateOK, "", "%s for %s, from %s", app.release.Name, hostsOf(app.release, len(apps)), app.path)
	}
}

// edge is one as the server's, but nobody comes to it, nobody hears of it, and it leaves the
// cache's folder alone. end closes it.
func (d *doctor) edge(o *serveOptions) (e *edge, end func(), err error) {
	quiet := World{Stdout: Stream{Writer: io.Discard}, Stderr: Stream{Writer: io.Discard}, Getenv: func(string) string { return "" }, Now: d.world.Now}
	set := settings{
		library: d.world.library(), secret: d.world.Getenv, egress: egress.Policy{Allow: o.allowed}, cache: cacheOptions{memory: o.cache.memory},
	}
	set.cordons, _ = cordonsOf(o.isolation, nil)
	if set.key, err = signingKey(quiet); err != nil {
		return nil, nil, err
	}
	j := newJournal(quiet, false)
	if e, err = openEdge(j, set); err != nil {
		j.close()
		return nil, nil, err
	}
	return e, func() {
		e.close()
		j.close()
	}, nil
}

func (d *doctor) told(err error) string {
	return strings.TrimSpace(strings.TrimPrefix(describe(err, style{}), "hedge: "))
}

func (d *doctor) report(asJSON bool) error {
	if asJSON {
		return json.NewEncoder(d.world.Stdout).Encode(struct {
			Findings []finding `json:"findings"`
		}{d.found})
	}
	s := d.world.Stdout.style(d.world)
	marks := map[string]string{stateOK: s.paint(green, "ok     "), stateWarning: s.paint(yellow, "warning"), stateFailure: s.paint(red, "failure")}
	var b strings.Builder
	for _, f := range d.found {
		fmt.Fprintf(&b, "%s  %-13s  %s\n", marks[f.State], f.Name, indent(f.Text, doctorMargin))
		if f.Hint != "" {
			fmt.Fprintf(&b, "%s%s\n", doctorMargin, s.paint(dim, f.Hint))
		}
	}
	_, err := fmt.Fprint(d.world.Stdout, b.String())
	return err
}

// doctorMargin is what stands left of a finding's text.
const doctorMargin = "                        "
