// Package node is the data plane: it listens, and takes each request through the
// steps in steps.go to an app's code or to an upstream, and the answer back.
//
// The files door*.go in front and client*.go behind speak net/http, and no others. Everything
// between speaks httpmsg. net/http keeps field names in their canonical case and
// does not keep the order of fields with different names; fields of a request come
// in the order of their names, so that equal requests look equal.
package node
