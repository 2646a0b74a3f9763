package cli

import (
	"context"
	"encoding/json"
	"strings"

	"hedge/admin"
	"hedge/cache"
)

type purgeOptions struct {
	cache.Purge
	all   bool
	admin string
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
			textOption(&o.Tag, "--tag", "TAG", "purge what has a tag"),
			textOption(&o.Host, "--host", "HOST", "purge all of a host"),
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
	purges, problem := o.purges(args)
	if problem != "" {
		return &usageError{problem: problem, see: "hedge help purge"}
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

// purges returns what the options and arguments ask for, or what is wrong with them.
func (o *purgeOptions) purges(args []string) (list []cache.Purge, problem string) {
	kinds := 0
	for _, asked := range [...]bool{len(args) > 0, o.Tag != "", o.Host != "", o.all} {
		if asked {
			kinds++
		}
	}
	switch {
	case kinds == 0:
		return nil, "`hedge purge` needs a URL, --tag, --host or --all"
	case kinds > 1:
		return nil, "`hedge purge` takes URLs, or one of --tag, --host and --all"
	case len(args) == 0:
		return []cache.Purge{o.Purge}, ""
	}
	for _, arg := range args {
		_, rest, found := strings.Cut(arg, "://")
		if !found {
			rest = arg
		}
		p := o.Purge
		if prefix, is := strings.CutSuffix(rest, "*"); is {
			p.Prefix = prefix
		} else {
			p.URL = rest
			if !strings.Contains(rest, "/") {
				p.URL += "/"
			}
		}
		if p.URL+p.Prefix == "" {
			return nil, "a URL has a host, as in https://shop.example.com/a"
		}
		list = append(list, p)
	}
	return list, ""
}

// purge is the method of the admin socket.
func (e *edge) purge(params json.RawMessage) (any, error) {
	var p cache.Purge
	if err := json.Unmarshal(params, &p); err != nil {
		return nil, err
	}
	return struct{}{}, e.Purge(context.Background(), p)
}
