// Package node is the data plane: it listens, and takes each request through the
// steps in steps.go to an app's code or to an upstream, and the answer back.
//
// door.go in front and client.go behind it are where http1 comes in. Everything
// between speaks httpmsg.
package node
