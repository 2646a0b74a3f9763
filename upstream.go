package hedge

import (
	"strings"
	"time"
)

// Upstream is a named pool of origins. The zero value of a field but Targets means
// "the default"; WithDefaults fills them in.
type Upstream struct {
	// Targets are origin URLs: scheme, host, optional port and base path.
	Targets []string
	// Weights are the shares of the targets, one for each, from 1 on; nil: all have
	// the same.
	Weights []int
	// Resolve is the time between two lookups of targets that are names: each of their
	// addresses is a target then, with the weight of the name. 0: names are left to each
	// connection.
	Resolve time.Duration
	// Host says which Host header the origin sees.
	Host HostPolicy
	// TLS says how connections with targets that are https are secured.
	TLS OriginTLS
	// Protocol is what is spoken with the targets.
	Protocol Protocol
	// ProxyProtocol is the version of the PROXY protocol in which an origin is told who
	// the client is, 1 or 2; 0: it is not. Then clients share no connections with it.
	ProxyProtocol int
	// Balance says how a target is chosen.
	Balance Balance
	// HashOn says what BalanceHash goes by, as ParseKey reads it.
	HashOn string
	// Sticky is the name of a cookie that leads a visitor back to its target; empty:
	// none.
	Sticky string
	// Health says how targets are checked; without a Path they are not.
	Health Health
	// Outlier says when a target is taken out for what it answered.
	Outlier Outlier
	// Retry says when another target is tried.
	Retry Retry
	// Hedging says when a second target is asked because the first is slow.
	Hedging Hedging
	// Mirror says where copies of requests go.
	Mirror Mirror
	// Panic is a percentage of the targets: when fewer are fit, all are used, since
	// the rest could not carry the load. Negative: never.
	Panic int
	// Timeout bounds the time from a request to the head of its answer, waiting and
	// retries included; 0: no bound.
	Timeout time.Duration
	// IdleTimeout is how long nothing may move between an origin and a request of which
	// something is waited for, once the answer has begun; 0 stands for the client's own.
	IdleTimeout time.Duration
	// MaxConnections bounds the requests under way, each of which has a connection of
	// its own over HTTP/1.1; 0: no bound.
	MaxConnections int
	// MaxPending bounds the requests that wait for one of those to end. Negative: none
	// waits.
	MaxPending int
	// SlowStart is how long a target that comes back gets less than its share; 0: it
	// does not.
	SlowStart time.Duration
}

// Health says how the targets of an upstream are checked, with a GET now and then.
type Health struct {
	// Path is asked for, below the target's base path; empty: no checks.
	Path    string
	Every   time.Duration
	Timeout time.Duration
	// Healthy is how many checks in a row have to succeed until a target is used
	// again, Unhealthy how many have to fail until it is not.
	Healthy   int
	Unhealthy int
	// Status is the one that a healthy target answers with; 0: any from 200 to 399.
	Status int
}

// Outlier says when a target is ejected because of what it answered, and for how
// long.
type Outlier struct {
	// Errors is how many failures in a row it takes: answers with 5xx, and
	// connections that failed. Negative: targets are never ejected.
	Errors int
	// Ejection is the time for the first ejection; the second lasts twice as long,
	// and so on up to MaxEjection.
	Ejection    time.Duration
	MaxEjection time.Duration
	// MaxEjected is the percentage of the targets that may be ejected at one time.
	MaxEjected int
}

// Retry says when a request is offered to another target. One that never left is,
// whatever it is; others only if they are idempotent (RFC 9110 §9.2.2) and their
// body can be sent once more.
type Retry struct {
	// Tries is the number of further targets. Negative: none.
	Tries int
	// Budget is how many of the requests under way, and of all over time, may be retries,
	// in percent, and Least how many may be under way in any case.
	Budget int
	Least  int
	// Timeout is for the head of one target's answer; 0: no bound.
	Timeout time.Duration
}

// Hedging says when a second target is asked because the first is slow. Whichever
// answers first is heard, and the other one given up; but one try at a time of a target that
// was asked first goes on for a second, or ten times as long as it was waited for, so that
// one which never answers is ejected. It is for requests that are idempotent (RFC 9110
// §9.2.2) and have no content, and counts as a retry.
type Hedging struct {
	// After is how long the first target is waited for.
	After time.Duration
	// Quantile, in (0, 1), stands for the time within which this part of the answers of
	// the last minute has begun; 0: After counts.
	Quantile float64
}

// Mirror says where copies of requests go, whose answers nobody sees.
type Mirror struct {
	// To is the name of another upstream; empty: there are no copies.
	To string
	// Percent is how many of the requests are copied, from 1 to 100; 0 stands for all.
	Percent int
	// MaxBody is how much content, in bytes, a request may have that is copied; 0 stands
	// for DefaultMirrorBody.
	MaxBody int64
}

// DefaultMirrorBody is how much content a request may have that is mirrored.
const DefaultMirrorBody = 64 << 10

// Protocol is a version of HTTP that is spoken with origins.
type Protocol string

// The protocols.
const (
	ProtocolHTTP1 Protocol = "http/1.1" // (default)
	ProtocolHTTP2 Protocol = "h2"       // over TLS
	ProtocolH2C   Protocol = "h2c"      // without TLS, with prior knowledge (RFC 9113 §3.3)
	ProtocolAuto  Protocol = "auto"     // over TLS whichever of the first two the origin prefers (RFC 7301), without TLS the first
)

// Protocols lists the protocols.
func Protocols() []Protocol {
	return []Protocol{ProtocolHTTP1, ProtocolHTTP2, ProtocolH2C, ProtocolAuto}
}

// OriginTLS says how connections with origins are secured. Files are PEM, and relative
// to the app's folder, or where there is none, as with a release file, to the one that
// the process runs in.
type OriginTLS struct {
	// Certificate and Key are the files of what an origin is shown that asks for a
	// certificate; both or none.
	Certificate string
	Key         string
	// CA is the file of the authorities whose certificates origins may have; empty: those
	// that the system trusts.
	CA string
	// ServerName is asked for (RFC 6066 §3) and has to stand in the origin's certificate;
	// empty stands for the target's host name.
	ServerName string
	// MinVersion is the least version, TLS12 or TLS13; empty stands for TLS12.
	MinVersion string
}

// The least versions of TLS.
const (
	TLS12 = "1.2"
	TLS13 = "1.3"
)

// HostPolicy says which Host header an origin sees: one of those below, or a name, with
// a dot or a port in it.
type HostPolicy string

// The host policies.
const (
	HostOrigin HostPolicy = "origin" // the target's own host name (default)
	HostClient HostPolicy = "client" // the name that the client asked for
)

// Name returns the fixed name that origins see; empty if it is one of the policies.
func (h HostPolicy) Name() string {
	if h == HostOrigin || h == HostClient || !strings.ContainsAny(string(h), ".:") {
		return ""
	}
	return string(h)
}

// Balance says how a pool chooses a target.
type Balance string

// The ways to choose a target.
const (
	BalanceRoundRobin   Balance = "round-robin"   // in turns (default)
	BalanceLeastRequest Balance = "least-request" // the one with the fewest requests under way
	BalanceTwoChoices   Balance = "two-choices"   // the less busy one of two taken at random
	BalanceHash         Balance = "hash"          // always the same one for the same key
)

// Balances lists the ways to choose a target.
func Balances() []Balance {
	return []Balance{BalanceRoundRobin, BalanceLeastRequest, BalanceTwoChoices, BalanceHash}
}

// DefaultUpstream has what an upstream that says nothing gets.
func DefaultUpstream() Upstream {
	return Upstream{
		Host:     HostOrigin,
		Protocol: ProtocolHTTP1,
		Balance:  BalanceRoundRobin,
		Health:   Health{Every: 5 * time.Second, Timeout: 2 * time.Second, Healthy: 2, Unhealthy: 3},
		Outlier:  Outlier{Errors: 5, Ejection: 30 * time.Second, MaxEjection: 300 * time.Second, MaxEjected: 50},
		Retry:    Retry{Tries: 2, Budget: 20, Least: 3},
		Panic:    50,
	}
}

// WithDefaults returns u with every field that is zero set to its default.
func (u Upstream) WithDefaults() Upstream {
	d := DefaultUpstream()
	orDefault(&u.Host, d.Host)
	orDefault(&u.Balance, d.Balance)
	orDefault(&u.Protocol, d.Protocol)
	orDefault(&u.Mirror.Percent, 100)
	orDefault(&u.Mirror.MaxBody, DefaultMirrorBody)
	orDefault(&u.Panic, d.Panic)
	orDefault(&u.MaxPending, u.MaxConnections)
	orDefault(&u.Health.Every, d.Health.Every)
	orDefault(&u.Health.Timeout, d.Health.Timeout)
	orDefault(&u.Health.Healthy, d.Health.Healthy)
	orDefault(&u.Health.Unhealthy, d.Health.Unhealthy)
	orDefault(&u.Outlier.Errors, d.Outlier.Errors)
	orDefault(&u.Outlier.Ejection, d.Outlier.Ejection)
	orDefault(&u.Outlier.MaxEjection, max(d.Outlier.MaxEjection, u.Outlier.Ejection))
	orDefault(&u.Outlier.MaxEjected, d.Outlier.MaxEjected)
	orDefault(&u.Retry.Tries, d.Retry.Tries)
	orDefault(&u.Retry.Budget, d.Retry.Budget)
	orDefault(&u.Retry.Least, d.Retry.Least)
	return u
}

func orDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
