package cli

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// option is one option of a command: a flag, or with a value.
type option struct {
	name  string // with its dashes
	value string // what the usage text calls the value; empty for a flag
	help  string // one line
	set   func(value string) error

	// How it stands in a node's configuration.
	repeats         bool                           // as an array
	inFolder        func(dir, value string) string // resolves a path in the value; nil: there is none
	commandLineOnly bool                           // not at all
}

// alone keeps an option out of configuration files.
func (o option) alone() option {
	o.commandLineOnly = true
	return o
}

// file says that the option's value is a path.
func (o option) file() option {
	o.inFolder = under
	return o
}

func flagOption(target *bool, name, help string) option {
	return option{name: name, help: help, set: func(string) error {
		*target = true
		return nil
	}}
}

func textOption(target *string, name, value, help string) option {
	return option{name: name, value: value, help: help, set: func(v string) error {
		if v == "" {
			return errors.New("is empty")
		}
		*target = v
		return nil
	}}
}

// pairsOption collects NAME=VALUE from as many options as there are.
func pairsOption(target *map[string]string, name, help string) option {
	return option{name: name, value: "NAME=VALUE", help: help, set: func(v string) error {
		key, value, ok := strings.Cut(v, "=")
		if !ok || key == "" {
			return fmt.Errorf("needs NAME=VALUE, not %q", v)
		}
		if *target == nil {
			*target = map[string]string{}
		}
		(*target)[key] = value
		return nil
	}}
}

// groupsOption collects NAME=MEMBER,… from as many options as there are, as the
// name of the group for each member.
func groupsOption(target *map[string]string, name, help string) option {
	return option{name: name, value: "NAME=APP,…", help: help, set: func(v string) error {
		group, members, ok := strings.Cut(v, "=")
		if !ok || group == "" || members == "" {
			return fmt.Errorf("needs NAME=APP or NAME=APP,APP, not %q", v)
		}
		if *target == nil {
			*target = map[string]string{}
		}
		for member := range strings.SplitSeq(members, ",") {
			if other, taken := (*target)[member]; taken && other != group {
				return fmt.Errorf("puts %q into %s and into %s", member, other, group)
			}
			(*target)[member] = group
		}
		return nil
	}}
}

// choiceOption takes one of a few words.
func choiceOption(target *string, name string, choices []string, help string) option {
	return option{name: name, value: strings.Join(choices, "|"), help: help, set: func(v string) error {
		if !slices.Contains(choices, v) {
			return fmt.Errorf("needs %s, not %q", strings.Join(choices, " or "), v)
		}
		*target = v
		return nil
	}}
}

// networksOption collects networks from as many options as there are.
func networksOption(target *[]netip.Prefix, name, help string) option {
	return option{name: name, value: "NETWORK", help: help, repeats: true, set: func(v string) error {
		network, err := netip.ParsePrefix(v)
		if err != nil {
			return fmt.Errorf("needs a network such as 10.1.0.0/16, not %q", v)
		}
		*target = append(*target, network.Masked())
		return nil
	}}
}

var errHelpWanted = errors.New("help is wanted")

// parseOptions sets the options of a command from its arguments and returns what is
// left of them. Options may stand anywhere; "--" ends them.
func parseOptions(c command, args []string) (rest []string, err error) {
	for i := 0; i < len(args); i++ {
		switch arg := args[i]; {
		case arg == "--":
			return append(rest, args[i+1:]...), nil
		case arg == "-h" || arg == "--help":
			return nil, errHelpWanted
		case len(arg) < 2 || arg[0] != '-':
			rest = append(rest, arg)
		default:
			used, err := setOption(c, arg, args[i+1:])
			if err != nil {
				return nil, err
			}
			i += used
		}
	}
	return rest, nil
}

// setOption sets the option in arg, "--name", "--name=value" or, when the value is
// the next argument, "--name". It returns how many of the next ones it has used.
func setOption(c command, arg string, next []string) (used int, err error) {
	name, value, inline := strings.Cut(arg, "=")
	o, err := findOption(c, name)
	switch {
	case err != nil:
		return 0, err
	case o.value == "" && inline:
		return 0, misused(c, "%s takes no value", name)
	case o.value != "" && !inline && len(next) == 0:
		return 0, misused(c, "%s needs a value: %s %s", name, name, o.value)
	case o.value != "" && !inline:
		value, used = next[0], 1
	}
	if err := o.set(value); err != nil {
		return 0, misused(c, "%s %v", name, err)
	}
	return used, nil
}

func findOption(c command, name string) (option, error) {
	i := slices.IndexFunc(c.options, func(o option) bool { return o.name == name })
	if i >= 0 {
		return c.options[i], nil
	}
	names := []string{"--help"}
	for _, o := range c.options {
		names = append(names, o.name)
	}
	err := misused(c, "unknown option %s for `hedge %s`", name, c.name)
	// One dash instead of two is the likeliest slip of all.
	if twice := "-" + name; slices.Contains(names, twice) {
		err.near = twice
	} else {
		err.near = nearest(name, names)
	}
	return option{}, err
}

// logOption says how a server tells what happens.
func logOption(asJSON *bool) option {
	var format string
	o := choiceOption(&format, "--log-format", []string{"text", "json"}, "a line for people, or a JSON object, for each request and for what else happens (default: text)")
	choose := o.set
	o.set = func(v string) error {
		err := choose(v)
		*asJSON = format == "json"
		return err
	}
	return o
}
