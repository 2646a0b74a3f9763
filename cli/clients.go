package cli

import (
	"fmt"
	"strconv"
	"time"

	"hedge/bundle"
	"hedge/httpmsg"
	"hedge/serving"
)

// clientOptions say what one client may cost.
type clientOptions struct {
	heads    httpmsg.SectionLimits
	timeouts serving.Timeouts
}

func newClientOptions() clientOptions {
	return clientOptions{heads: httpmsg.DefaultSectionLimits(), timeouts: serving.DefaultTimeouts()}
}

// What may be asked for: servers look at their clocks once a second, and a head is in
// memory whole, several times over.
const (
	leastTimeout = time.Second
	mostTimeout  = 24 * time.Hour
	leastHead    = 1 << 10
	mostHead     = 1 << 20
	mostFields   = 10000
)

func (o *clientOptions) options() []option {
	return []option{
		clientTimeOption(&o.timeouts.HeadTimeout, "--head-timeout", "how long a request's head may take to come, and a handshake of HTTP/3 (default: 10s)"),
		clientTimeOption(&o.timeouts.IdleTimeout, "--idle-timeout", "how long a connection without requests is kept (default: 60s)"),
		clientTimeOption(&o.timeouts.BodyTimeout, "--body-timeout", "how long nothing may come of a request's content that is waited for (default: 60s)"),
		clientTimeOption(&o.timeouts.StreamIdleTimeout, "--stream-idle-timeout", "the same once the answer has begun, and nothing of that goes out either (default: 1h)"),
		clientTimeOption(&o.timeouts.WriteTimeout, "--write-timeout", "how long a client may take none of an answer that is ready (default: 60s)"),
		headSizeOption(&o.heads.HeadBytes, "--max-head", "the size of a request's head; larger ones get 431 (default: 32KiB)"),
		{name: "--max-fields", value: "N", help: "the fields in a request's head; more get 431 (default: 100)", set: func(v string) error {
			n, err := strconv.Atoi(v)
			if err != nil || n < 1 || n > mostFields {
				return fmt.Errorf("needs a number from 1 to %d, not %q", mostFields, v)
			}
			o.heads.Fields = n
			return nil
		}},
		headSizeOption(&o.heads.TargetBytes, "--max-target", "the size of a request's path and query; longer ones get 414, or 431 by --max-head (default: 16KiB)"),
	}
}

func clientTimeOption(target *time.Duration, name, help string) option {
	return option{name: name, value: "TIME", help: help, set: func(v string) error {
		d, err := time.ParseDuration(v)
		if err != nil || d < leastTimeout || d > mostTimeout {
			return fmt.Errorf("needs a duration from 1s to 24h, as in 90s, not %q", v)
		}
		*target = d
		return nil
	}}
}

func headSizeOption(target *int, name, help string) option {
	return option{name: name, value: "SIZE", help: help, set: func(v string) error {
		n, ok := bundle.ParseSize(v)
		if !ok || n < leastHead || n > mostHead {
			return fmt.Errorf("needs a size from 1KiB to 1MiB, as in 64KiB, not %q", v)
		}
		*target = int(n)
		return nil
	}}
}
