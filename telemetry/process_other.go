//go:build !linux

package telemetry

// collectSystem knows no other system than Linux.
func collectSystem(*Sample) {}
