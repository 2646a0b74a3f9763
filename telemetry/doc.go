// Package telemetry has the tables of what an edge tells about itself: metrics, the
// fields of the access log, outcomes and reasons. Code counts and prints by them, and
// docs/REFERENCE.md shows them, so that what one names is there and what is there is
// named.
//
// A Registry is a value: nothing is registered behind anybody's back, and tests have
// one each.
package telemetry
