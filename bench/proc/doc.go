// Package proc runs another process of the same program on a core of its own, and
// reads what it uses. It works on Linux alone.
package proc
