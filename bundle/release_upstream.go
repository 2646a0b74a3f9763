package bundle

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"hedge"
)

// manifestUpstream has times in nanoseconds; what is zero is the default of the
// runtime that serves the release.
type manifestUpstream struct {
	Targets        []string         `json:"targets"`
	Weights        []int            `json:"weights,omitempty"`
	Resolve        time.Duration    `json:"resolve,omitempty"`
	Host           hedge.HostPolicy `json:"host,omitempty"`
	TLS            manifestTLS      `json:"tls,omitzero"`
	Protocol       hedge.Protocol   `json:"protocol,omitempty"`
	ProxyProtocol  int              `json:"proxy_protocol,omitempty"`
	Balance        hedge.Balance    `json:"balance,omitempty"`
	HashOn         string           `json:"hash_on,omitempty"`
	Sticky         string           `json:"sticky,omitempty"`
	Hedging        manifestHedging  `json:"hedge,omitzero"`
	Mirror         manifestMirror   `json:"mirror,omitzero"`
	Health         manifestHealth   `json:"health,omitzero"`
	Outlier        manifestOutlier  `json:"outlier,omitzero"`
	Retry          manifestRetry    `json:"retry,omitzero"`
	Panic          int              `json:"panic,omitempty"`
	Timeout        time.Duration    `json:"timeout,omitempty"`
	IdleTimeout    time.Duration    `json:"idle_timeout,omitempty"`
	MaxConnections int              `json:"max_connections,omitempty"`
	MaxPending     int              `json:"max_pending,omitempty"`
	SlowStart      time.Duration    `json:"slow_start,omitempty"`
}

type manifestTLS struct {
	Certificate string `json:"certificate,omitempty"`
	Key         string `json:"key,omitempty"`
	CA          string `json:"ca,omitempty"`
	ServerName  string `json:"server_name,omitempty"`
	MinVersion  string `json:"min_version,omitempty"`
}

type manifestHedging struct {
	After    time.Duration `json:"after,omitempty"`
	Quantile float64       `json:"quantile,omitempty"`
}

type manifestMirror struct {
	To      string `json:"to"`
	Percent int    `json:"percent,omitempty"`
	MaxBody int64  `json:"max_body,omitempty"`
}

type manifestHealth struct {
	Path      string        `json:"path,omitempty"`
	Every     time.Duration `json:"every,omitempty"`
	Timeout   time.Duration `json:"timeout,omitempty"`
	Healthy   int           `json:"healthy,omitempty"`
	Unhealthy int           `json:"unhealthy,omitempty"`
	Status    int           `json:"status,omitempty"`
}

type manifestOutlier struct {
	Errors      int           `json:"errors,omitempty"`
	Ejection    time.Duration `json:"ejection,omitempty"`
	MaxEjection time.Duration `json:"max_ejection,omitempty"`
	MaxEjected  int           `json:"max_ejected,omitempty"`
}

type manifestRetry struct {
	Tries   int           `json:"tries,omitempty"`
	Budget  int           `json:"budget,omitempty"`
	Least   int           `json:"least,omitempty"`
	Timeout time.Duration `json:"timeout,omitempty"`
}

func describeUpstream(u hedge.Upstream) manifestUpstream {
	return manifestUpstream{
		u.Targets, u.Weights, u.Resolve, u.Host, manifestTLS(u.TLS), u.Protocol, u.ProxyProtocol, u.Balance, u.HashOn, u.Sticky,
		manifestHedging(u.Hedging), manifestMirror(u.Mirror), manifestHealth(u.Health), manifestOutlier(u.Outlier), manifestRetry(u.Retry),
		u.Panic, u.Timeout, u.IdleTimeout, u.MaxConnections, u.MaxPending, u.SlowStart,
	}
}

func (m manifestUpstream) upstream() hedge.Upstream {
	return hedge.Upstream{
		Targets: m.Targets, Weights: m.Weights, Resolve: m.Resolve, Host: m.Host, TLS: hedge.OriginTLS(m.TLS), Protocol: m.Protocol, ProxyProtocol: m.ProxyProtocol, Balance: m.Balance, HashOn: m.HashOn, Sticky: m.Sticky,
		Hedging: hedge.Hedging(m.Hedging), Mirror: hedge.Mirror(m.Mirror), Health: hedge.Health(m.Health), Outlier: hedge.Outlier(m.Outlier), Retry: hedge.Retry(m.Retry),
		Panic: m.Panic, Timeout: m.Timeout, IdleTimeout: m.IdleTimeout, MaxConnections: m.MaxConnections, MaxPending: m.MaxPending, SlowStart: m.SlowStart,
	}
}

func validateUpstream(name string, u hedge.Upstream) error {
	if problem, _ := checkPartName("an upstream", name); problem != "" {
		return errors.New(problem)
	}
	if len(u.Targets) == 0 {
		return fmt.Errorf("upstream %q has no targets", name)
	}
	for i, target := range u.Targets {
		if problem, _ := checkTarget(target); problem != "" {
			return errors.New(problem)
		}
		if slices.Contains(u.Targets[:i], target) {
			return fmt.Errorf("upstream %q has the target %q twice", name, target)
		}
	}
	if !knownHost(u.Host) {
		return fmt.Errorf("upstream %q has the unknown host policy %q", name, u.Host)
	}
	if u.Protocol != "" && !slices.Contains(hedge.Protocols(), u.Protocol) {
		return fmt.Errorf("upstream %q has the unknown protocol %q", name, u.Protocol)
	}
	if err := validateTLS(u.TLS); err != nil {
		return fmt.Errorf("upstream %q: %w", name, err)
	}
	return validateBalance(name, u)
}

// validateTLS checks what package credential takes as given.
func validateTLS(t hedge.OriginTLS) error {
	switch {
	case (t.Certificate == "") != (t.Key == ""):
		return errors.New("a certificate and its key go together")
	case t.MinVersion != "" && t.MinVersion != hedge.TLS12 && t.MinVersion != hedge.TLS13:
		return fmt.Errorf("%q is no version of TLS", t.MinVersion)
	case t.ServerName != "":
		if problem, _ := checkHost(t.ServerName); problem != "" {
			return errors.New(problem)
		}
	}
	return nil
}

// validateBalance checks what would make a pool misbehave. What is merely unwise is
// for hedge.toml's reader.
func validateBalance(name string, u hedge.Upstream) error {
	if u.Balance != "" && !slices.Contains(hedge.Balances(), u.Balance) {
		return fmt.Errorf("upstream %q has the unknown balance %q", name, u.Balance)
	}
	if u.Balance == hedge.BalanceHash {
		if _, err := hedge.ParseKey(u.HashOn); err != nil {
			return fmt.Errorf("upstream %q: hash_on: %w", name, err)
		}
	}
	if u.Mirror.Percent < 0 || u.Mirror.Percent > 100 || u.Mirror.MaxBody < 0 || u.Mirror.MaxBody > 16<<20 || !(u.Hedging.Quantile >= 0 && u.Hedging.Quantile < 1) {
		return fmt.Errorf("upstream %q is mirrored or hedged in a way that there is none of", name)
	}
	if u.Sticky != "" {
		if problem, _ := checkCookieName(u.Sticky); problem != "" {
			return errors.New(problem)
		}
	}
	if u.Health.Path != "" && u.Health.Path[0] != '/' {
		return fmt.Errorf("upstream %q is checked at %q, which is no path", name, u.Health.Path)
	}
	if len(u.Weights) > 0 && len(u.Weights) != len(u.Targets) || slices.ContainsFunc(u.Weights, func(w int) bool { return w < 1 || w > 100 }) {
		return fmt.Errorf("upstream %q has not one weight from 1 to 100 for each target", name)
	}
	for _, d := range []time.Duration{u.Hedging.After, u.Resolve, u.Timeout, u.IdleTimeout, u.SlowStart, u.Retry.Timeout, u.Health.Every, u.Health.Timeout, u.Outlier.Ejection, u.Outlier.MaxEjection} {
		if d < 0 || d > 24*time.Hour {
			return fmt.Errorf("upstream %q has a time that is not from 0 to 24h", name)
		}
	}
	return nil
}
