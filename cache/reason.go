package cache

import (
	"strconv"
	"time"

	"hedge/httpmsg"
)

// Reason is how a request went through the cache, as the log, metrics and Cache-Status
// tell it.
type Reason string

// The reasons. What was forwarded has its reason by RFC 9211 §2.2, and more about it in
// words of ours.
const (
	ReasonHit         Reason = "hit"
	ReasonStale       Reason = "hit-stale"    // while it is revalidated, or because the client takes it
	ReasonStaleError  Reason = "stale-error"  // as the origin cannot answer
	ReasonCollapsed   Reason = "collapsed"    // another request was on its way already
	ReasonRevalidated Reason = "revalidated"  // the origin says that it is right still
	ReasonMiss        Reason = "miss"         // nothing is stored
	ReasonMissVary    Reason = "miss-vary"    // nothing is stored for a request with these fields
	ReasonMissPartial Reason = "miss-partial" // another part is stored
	ReasonExpired     Reason = "expired"      // what is stored is too old, and has changed
	ReasonPurged      Reason = "purged"
	ReasonRequest     Reason = "request"        // the client wants it from the origin
	ReasonPass        Reason = "pass"           // not for caching: the method, an upgrade, a condition
	ReasonHitForMiss  Reason = "hit-for-miss"   // the answer before could not be stored
	ReasonUnsatisfied Reason = "only-if-cached" // the client wants what is stored alone, and nothing is
)

// forward returns what RFC 9211 §2.2 calls the reason for which a request went on; empty
// for one that did not.
func (r Reason) forward() string {
	switch r {
	case ReasonMiss, ReasonHitForMiss, ReasonCollapsed:
		return "uri-miss"
	case ReasonMissVary:
		return "vary-miss"
	case ReasonMissPartial:
		return "partial"
	case ReasonExpired, ReasonRevalidated, ReasonStaleError, ReasonPurged:
		return "stale"
	case ReasonRequest:
		return "request"
	case ReasonPass:
		return "bypass"
	}
	return ""
}

// status is what becomes a member of Cache-Status (RFC 9211).
type status struct {
	reason    Reason
	method    bool // it is the method that the cache knows nothing about
	fwdStatus int  // the origin's; 0: it was not asked, or gave no other than this answer's
	stored    bool
	collapsed bool
	ttl       time.Duration
	hasTTL    bool
	detail    httpmsg.Unstorable // why it was not stored
}

// append appends the member.
func (s *status) append(b []byte) []byte {
	b = append(b, "hedge"...)
	fwd := s.reason.forward()
	switch {
	case s.method:
		b = append(b, "; fwd=method"...)
	case fwd != "":
		b = append(append(b, "; fwd="...), fwd...)
	case s.reason != ReasonUnsatisfied:
		b = append(b, "; hit"...)
	}
	if s.fwdStatus != 0 {
		b = strconv.AppendInt(append(b, "; fwd-status="...), int64(s.fwdStatus), 10)
	}
	if s.hasTTL {
		b = strconv.AppendInt(append(b, "; ttl="...), int64(floorSeconds(s.ttl)), 10)
	}
	if s.stored {
		b = append(b, "; stored"...)
	}
	if s.collapsed {
		b = append(b, "; collapsed"...)
	}
	switch {
	case s.detail != "":
		b = append(append(append(b, `; detail="`...), s.detail...), '"')
	case s.told():
		b = append(append(b, "; detail="...), s.reason...)
	}
	return b
}

// told reports whether the reason says more than the parameters do.
func (s *status) told() bool {
	switch s.reason {
	case ReasonHit, ReasonMiss, ReasonMissVary, ReasonMissPartial, ReasonRequest, ReasonCollapsed:
		return false
	}
	return !s.method
}

// floorSeconds rounds down, also what is negative.
func floorSeconds(d time.Duration) time.Duration {
	n := d / time.Second
	if d < 0 && d%time.Second != 0 {
		n--
	}
	return n
}
