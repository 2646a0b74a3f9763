package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"hedge/admin"
	"hedge/cache"
	"hedge/httpmsg"
)

type purgeOptions struct {
	cache.Purge // what all of them have: the app, and whether they are soft
	tags, hosts []string
	all         bool
	admin       string
}

func purgeCommand(w World) command {
	var o purgeOptions
	return command{
		name:    "purge",
		args:    "[URL…]",
		maxArgs: maxPurged,
		summary: "Remove what a running server has cached",
		text: `  hedge purge https://shop.example.com/a?b     a URL
  hedge purge https://shop.example.com/blog/*  all that begins so
  hedge purge --tag product-7                  what has that tag (Surrogate-Key, Cache-Tag)
  hedge purge --host shop.example.com          all of a host
  hedge purge --all                            all of an app

It takes effect for the next request. With --soft, what is purged is stale from then on:
it is used while it is revalidated, and when the origin fails.
`,
		options: []option{
			textOption(&o.App, "--app", "NAME", "the app, where several are served"),
			listOption(&o.tags, "--tag", "TAG", "purge what has a tag; may be repeated"),
			listOption(&o.hosts, "--host", "HOST", "purge all of a host, named with its port as URLs have it; may be repeated"),
			flagOption(&o.all, "--all", "purge all of the app"),
			flagOption(&o.Soft, "--soft", "let it be used while it is revalidated, and when the origin fails"),
			textOption(&o.admin, "--admin", "PATH", "the server's admin socket (default: that of the only one that runs)"),
		},
		run: func(args []string) error { return runPurge(w, o, args) },
	}
}

// maxPurged is how many URLs are purged at once.
const maxPurged = 1000

func runPurge(w World, o purgeOptions, args []string) error {
	purges, err := o.purges(args)
	if err != nil {
		return &usageError{problem: err.Error(), see: "hedge help purge"}
	}
	path, err := findAdmin(w, o.admin)
	if err != nil {
		return err
	}
	for _, p := range purges {
		if _, err := admin.Call(path, "cache.purge", p); err != nil {
			return err
		}
	}
	return nil
}

// purges returns what the options and arguments ask for. Names are as the cache has them:
// what is written in another form, or can be nobody's, would purge nothing in silence.
func (o *purgeOptions) purges(args []string) (list []cache.Purge, err error) {
	kinds := 0
	for _, asked := range [...]bool{len(args) > 0, len(o.tags) > 0, len(o.hosts) > 0, o.all} {
		if asked {
			kinds++
		}
	}
	switch {
	case kinds == 0:
		return nil, errors.New("`hedge purge` needs a URL, --tag, --host or --all")
	case kinds > 1:
		return nil, errors.New("`hedge purge` takes URLs, or one of --tag, --host and --all")
	case o.all:
		return []cache.Purge{o.Purge}, nil
	}
	for _, named := range []struct {
		names []string
		read  func(p *cache.Purge, name string) error
	}{{o.tags, purgeTag}, {o.hosts, purgeHost}, {args, purgeURL}} {
		for _, name := range named.names {
			p := o.Purge
			if err := named.read(&p, name); err != nil {
				return nil, err
			}
			list = append(list, p)
		}
	}
	return list, nil
}

func purgeTag(p *cache.Purge, tag string) error {
	if strings.ContainsAny(tag, " \t,") {
		return fmt.Errorf("--tag %q is no tag, which has neither spaces nor commas: write --tag for each", tag)
	}
	p.Tag = tag
	return nil
}

func purgeHost(p *cache.Purge, text string) error {
	host, port, err := httpmsg.NormalHost(text)
	if err != nil {
		return fmt.Errorf("--host needs the name of one host, as in shop.example.com, not %q", text)
	}
	p.Host = httpmsg.JoinAuthority("", host, port)
	return nil
}

// purgeURL reads a URL, whose scheme may be left out, or what URLs begin with.
func purgeURL(p *cache.Purge, text string) error {
	whole, prefix := strings.CutSuffix(text, "*")
	scheme, rest, found := strings.Cut(whole, "://")
	if !found {
		scheme, rest = "", whole
	}
	rest, _, _ = strings.Cut(rest, "#") // which no server sees
	end := strings.IndexAny(rest+"/", "/?")
	host, port, err := httpmsg.NormalHost(rest[:end])
	switch {
	case err != nil || found && scheme != "https" && scheme != "http":
		return fmt.Errorf("%q is no URL with a host, as in https://shop.example.com/a", text)
	case strings.Contains(rest, "*"):
		return fmt.Errorf("%q has a \"*\" that is not at its end, where it stands for whatever follows", text)
	}
	target := rest[end:]
	if !strings.HasPrefix(target, "/") {
		target = "/" + target
	}
	if target, err = httpmsg.NormalTarget(target); err != nil {
		return fmt.Errorf("%q: %w", text, err)
	}
	url := httpmsg.JoinAuthority(scheme, host, port) + target
	if prefix {
		p.Prefix = url
	} else {
		p.URL = url
	}
	return nil
}

// purge is the method of the admin socket.
func (e *edge) purge(params json.RawMessage) (any, error) {
	var p cache.Purge
	if err := json.Unmarshal(params, &p); err != nil {
		return nil, err
	}
	return struct{}{}, e.Purge(context.Background(), p)
}
