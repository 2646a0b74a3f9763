package cli

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hedge/cache"
)

// What is to be purged is named as the cache has it, however it is written.
func TestPurges(t *testing.T) {
	for _, test := range []struct {
		name string
		o    purgeOptions
		args []string
		want []cache.Purge
	}{
		{"a URL", purgeOptions{}, []string{"https://shop.example/a?b"}, []cache.Purge{{URL: "shop.example/a?b"}}},
		{"without its scheme", purgeOptions{}, []string{"shop.example/a"}, []cache.Purge{{URL: "shop.example/a"}}},
		{"without a path", purgeOptions{}, []string{"https://shop.example", "https://shop.example?a"}, []cache.Purge{{URL: "shop.example/"}, {URL: "shop.example/?a"}}},
		{"in another form", purgeOptions{}, []string{"https://Shop.Example:443/b/../%61#top"}, []cache.Purge{{URL: "shop.example/a"}}},
		{"with a port", purgeOptions{}, []string{"http://shop.example:8080/a"}, []cache.Purge{{URL: "shop.example:8080/a"}}},
		{"a prefix", purgeOptions{Purge: cache.Purge{App: "shop", Soft: true}}, []string{"https://SHOP.example/blog/*"}, []cache.Purge{{App: "shop", Soft: true, Prefix: "shop.example/blog/"}}},
		{"all of a host's", purgeOptions{}, []string{"https://shop.example*"}, []cache.Purge{{Prefix: "shop.example/"}}},
		{"tags", purgeOptions{tags: []string{"a", "b"}}, nil, []cache.Purge{{Tag: "a"}, {Tag: "b"}}},
		{"hosts", purgeOptions{hosts: []string{"Shop.example.", "shop.example:8080"}}, nil, []cache.Purge{{Host: "shop.example"}, {Host: "shop.example:8080"}}},
		{"all", purgeOptions{all: true}, nil, []cache.Purge{{}}},
	} {
		got, err := test.o.purges(test.args)
		if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", test.name, err, diff)
		}
	}
}

// What would purge nothing is refused.
func TestPurgesOfNothing(t *testing.T) {
	for _, test := range []struct {
		o    purgeOptions
		args []string
		want string
	}{
		{purgeOptions{}, nil, "needs a URL, --tag, --host or --all"},
		{purgeOptions{all: true}, []string{"https://shop.example/"}, "takes URLs, or one of"},
		{purgeOptions{}, []string{"/blog/*"}, `"/blog/*" is no URL with a host`},
		{purgeOptions{}, []string{"*"}, "is no URL with a host"},
		{purgeOptions{}, []string{"htps://shop.example/"}, "is no URL with a host"},
		{purgeOptions{}, []string{"https://shop.example/a/*/b"}, `has a "*" that is not at its end`},
		{purgeOptions{}, []string{"https://*.shop.example/"}, "is no URL with a host"},
		{purgeOptions{}, []string{"https://shop.example/a b"}, "a space"},
		{purgeOptions{hosts: []string{"*.shop.example"}}, nil, "--host needs the name of one host"},
		{purgeOptions{hosts: []string{"https://shop.example"}}, nil, "--host needs the name of one host"},
		{purgeOptions{tags: []string{"a,b"}}, nil, "write --tag for each"},
	} {
		if list, err := test.o.purges(test.args); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q %q: %v, %v; want an error with %q", test.args, test.o.hosts, list, err, test.want)
		}
	}
}
