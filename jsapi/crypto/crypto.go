// Package crypto is the host's part of Web Cryptography
// (https://w3c.github.io/webcrypto/): the ops that compute, off the isolate's thread,
// by Go's own cryptography. Keys come with each call and are not kept.
package crypto

import (
	"context"
	"errors"
	"fmt"

	"hedge/frame"
	"hedge/worker"
)

// The numbers of the ops, which host.ts knows too.
const (
	opDigest       = 16
	opDigestStream = 17
	opEncrypt      = 18
	opDecrypt      = 19
	opSign         = 20
	opVerify       = 21
	opGenerate     = 22
	opDerive       = 23
	opImport       = 24
	opExport       = 25
)

// maxArguments bounds the byte strings of a call; a key of RSA has eight.
const maxArguments = 8

// call is what an op gets: the names, numbers and byte strings that host.ts writes.
type call struct {
	payload *frame.Reader
}

// text reads the next name.
func (c call) text() string { return c.payload.Text() }

// number reads the next number.
func (c call) number() int { return int(c.payload.Word()) }

// bytes reads the next byte string.
func (c call) bytes() []byte { return c.payload.ByteString() }

var errMalformed = errors.New("crypto: malformed call")

// Module returns the feature's ops.
func Module() worker.Module {
	module := worker.Module{Name: "crypto", Ops: []worker.Op{
		{Code: opDigestStream, Name: "crypto.digestStream", Run: digestStream},
	}}
	for _, o := range []struct {
		code    uint32
		name    string
		compute func(call) ([][]byte, error)
	}{
		{opDigest, "crypto.digest", digest},
		{opEncrypt, "crypto.encrypt", encrypt},
		{opDecrypt, "crypto.decrypt", decrypt},
		{opSign, "crypto.sign", sign},
		{opVerify, "crypto.verify", verify},
		{opGenerate, "crypto.generateKey", generate},
		{opDerive, "crypto.derive", derive},
		{opImport, "crypto.importKey", importKey},
		{opExport, "crypto.exportKey", exportKey},
	} {
		module.Ops = append(module.Ops, worker.Op{Code: o.code, Name: o.name, Run: func(_ context.Context, c *worker.Call) error { return answer(c, o.compute) }})
	}
	return module
}

// answer computes, and replies with the byte strings that come out.
func answer(c *worker.Call, compute func(call) ([][]byte, error)) error {
	var results [][]byte
	err := c.Compute(func() (err error) {
		results, err = compute(call{&c.Payload})
		return err
	})
	if c.Payload.Err() != nil {
		return errMalformed
	}
	if err != nil {
		return err
	}
	c.Reply(func(w *frame.Writer) { write(w, results) })
	return nil
}

func write(w *frame.Writer, results [][]byte) {
	w.Word(uint32(len(results)))
	for _, b := range results {
		w.ByteString(b)
	}
}

// operationError is a failure for a reason that depends on the algorithm; what exactly
// went wrong with what was secret, code does not learn.
func operationError(err error, format string, args ...any) error {
	return &worker.Failure{Name: "OperationError", Message: fmt.Sprintf(format, args...), Err: err}
}

// dataError is one of a key that cannot be read.
func dataError(err error, format string, args ...any) error {
	return &worker.Failure{Name: "DataError", Message: fmt.Sprintf(format, args...), Err: err}
}
