package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"hedge/bundle"
	"hedge/cert"
	"hedge/egress"
	"hedge/jsapi"
	"hedge/library"
)

// devPatience is how long `hedge dev` waits for requests when it ends.
const devPatience = 3 * time.Second

type devOptions struct {
	dir     string
	listen  string
	noWatch bool
	tls     bool
	vars    map[string]string
	cache   cacheOptions
	json    bool
	admin   adminOptions
}

func devCommand(w World) command {
	o := devOptions{listen: "127.0.0.1:3000", cache: newCacheOptions()}
	return command{
		name:    "dev",
		args:    "[DIR]",
		maxArgs: 1,
		summary: "Serve an app while you write it",
		text: `Changes are served as soon as they are saved, and no request is dropped for them.
Error pages show what went wrong, with the source. If the port is taken, the next
free one is used. DIR is the folder with hedge.toml; without it, the current one.

The app answers for every host, whatever "hosts" says in hedge.toml.

With --tls, the certificate is for localhost, *.localhost, 127.0.0.1, ::1 and the
app's hosts. The authority that signs it is made once, in ~/.config/hedge/local-ca;
how to trust it is printed then.
`,
		options: slices.Concat([]option{
			addressOption(&o.listen, "--listen", "HOST:PORT, or a port alone (default: 127.0.0.1:3000); port 0: any"),
			pairsOption(&o.vars, "--var", "set a variable, in place of the one in hedge.toml; may be repeated"),
			flagOption(&o.tls, "--tls", "serve https, by a certificate authority that is made for you alone"),
			flagOption(&o.noWatch, "--no-watch", "do not reload when files change"),
		}, o.cache.options(), []option{
			o.admin.option(),
			flagOption(&o.json, "--json", "print a JSON object for each thing that happens"),
		}),
		run: func(args []string) error {
			if err := o.cache.check("dev"); err != nil {
				return err
			}
			o.dir = folder(args)
			return dev(w, o)
		},
	}
}

func dev(w World, o devOptions) error {
	root, err := appFolder(o.dir)
	if err != nil {
		return err
	}
	set := settings{dev: true, library: w.library(), secret: w.Getenv, egress: egress.Policy{Any: true}, admin: o.admin, cache: o.cache}
	if set.key, err = signingKey(w); err != nil {
		return err
	}
	if set.cacheKey, err = cacheKey(w); err != nil {
		return err
	}
	var authority *cert.Authority
	if o.tls {
		if set.tls, authority, err = localTLS(w, hostsIn(root)); err != nil {
			return err
		}
	}
	ln, err := listen("--listen", o.listen, "127.0.0.1", portsTried)
	if err != nil {
		return err
	}
	defer ln.Close()
	j := newJournal(w, o.json)
	defer j.close()
	if authority != nil && authority.Fresh {
		j.authority(authority.File)
	}
	e, err := openEdge(j, set)
	if err != nil {
		return err
	}
	d := &development{
		options: o, root: root, edge: e, journal: j,
		builder: bundle.NewBuilder(bundle.Options{Dir: o.dir, Vars: o.vars, Modules: jsapi.Modules(), Library: library.Modules()}),
	}
	defer d.builder.Close()
	in := entry{ln, o.tls}
	if err := untilInterrupted(w, func(ctx context.Context) error { return d.start(ctx, in) }); err != nil {
		e.close()
		return err
	}
	return e.run(w, service{entries: []entry{in}, patience: devPatience, sockets: &sockets{}, beside: d.watch})
}

// appFolder returns the real path of an app's folder. One without a hedge.toml is
// not worth waiting for: it is the wrong folder.
func appFolder(dir string) (string, error) {
	root, err := filepath.Abs(dir)
	if err == nil {
		root, err = filepath.EvalSymlinks(root)
	}
	if err != nil {
		return "", fmt.Errorf("the app's folder %s: %w", dir, cause(err))
	}
	if _, err := os.Stat(filepath.Join(root, bundle.ConfigFile)); errors.Is(err, fs.ErrNotExist) {
		if _, err := bundle.LoadConfig(root); err != nil {
			return "", err
		}
	}
	return root, nil
}
