// Package cert ends TLS on the listening side: it chooses a certificate for the name
// that a client asks for, asks clients for theirs where that is wanted, and hands
// out session tickets that do not outlive either decision.
//
// Where certificates come from is a Source: Files keeps those of the disk and takes
// up changed ones, an Authority makes its own for development.
package cert
