// Package serving is what servers have in common: how connections are accepted; and what
// those of all versions of HTTP keep of their clients: their connections, until the last has
// ended, the contexts of what is done for them, and how much they may still make a server do
// for nothing.
package serving
