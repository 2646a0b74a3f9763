package telemetry

import (
	"net/netip"
	"time"

	"hedge"
)

// Access is the record of one request, also of one that was refused for its form.
type Access struct {
	// Time is when the head of the request had been read.
	Time time.Time
	// Duration is the time from then until the answer had been delivered, FirstByte that
	// until its head was there to be sent.
	Duration, FirstByte time.Duration
	Method              string
	URL                 string // absolute, as asked for
	// Host and Path are in normal form; empty if they have none.
	Host, Path string
	Proto      string
	// Remote is the peer.
	Remote netip.AddrPort
	// TLSVersion is as on the wire; 0 without TLS.
	TLSVersion uint16
	// Status is that of the answer, or StatusClientGone.
	Status int
	// Bytes is the size of the answer's body, as far as it was delivered.
	Bytes int64
	// BytesIn is the size of the request's body, as far as it was read.
	BytesIn int64
	// Broken says that the answer was broken off.
	Broken bool
	// FailedAt is the step that failed, as node/steps.go calls it; empty if none did.
	FailedAt string
	// Route is the pattern of the route that matched, host and path; empty if none did.
	Route string
	// Entry says which app answered, how, and what it cost.
	hedge.Entry
}

// StatusClientGone stands in an Access for the answer that nobody waited for. It is
// never sent.
const StatusClientGone = 499
