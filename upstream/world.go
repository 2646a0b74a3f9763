package upstream

import (
	"math/rand/v2"
	"net"
	"time"
)

// Clock is the time that pools and splits go by. Its methods may be called from any
// goroutine.
type Clock interface {
	Now() time.Time
	// AfterFunc calls f in a goroutine of its own when d has gone by. stop prevents
	// that, and reports whether it came in time.
	AfterFunc(d time.Duration, f func()) (stop func() bool)
}

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

func (systemClock) AfterFunc(d time.Duration, f func()) func() bool {
	return time.AfterFunc(d, f).Stop
}

// withDefaults returns cfg with the world of this process where it names no other.
func (cfg Config) withDefaults() Config {
	if cfg.Via == "" {
		cfg.Via = "hedge"
	}
	if cfg.Clock == nil {
		cfg.Clock = systemClock{}
	}
	if cfg.Resolver == nil {
		cfg.Resolver = &net.Resolver{}
	}
	if cfg.Random == nil {
		cfg.Random = rand.Uint64
	}
	return cfg
}
