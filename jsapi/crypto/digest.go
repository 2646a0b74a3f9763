package crypto

import (
	"context"
	stdcrypto "crypto"
	_ "crypto/sha1" // registers
	_ "crypto/sha256"
	_ "crypto/sha3"
	_ "crypto/sha512"
	"fmt"
	"hash"
	"io"

	"hedge/frame"
	"hedge/worker"
)

// hashOf returns the hash function of a name.
func hashOf(name string) (stdcrypto.Hash, error) {
	switch name {
	case "SHA-1":
		return stdcrypto.SHA1, nil
	case "SHA-256":
		return stdcrypto.SHA256, nil
	case "SHA-384":
		return stdcrypto.SHA384, nil
	case "SHA-512":
		return stdcrypto.SHA512, nil
	case "SHA3-256":
		return stdcrypto.SHA3_256, nil
	case "SHA3-384":
		return stdcrypto.SHA3_384, nil
	case "SHA3-512":
		return stdcrypto.SHA3_512, nil
	}
	return 0, fmt.Errorf("crypto: there is no hash function %q", name)
}

// sum hashes data.
func sum(hash stdcrypto.Hash, data []byte) []byte {
	h := hash.New()
	h.Write(data)
	return h.Sum(nil)
}

// digest takes the name of a hash function, and the data.
func digest(c call) ([][]byte, error) {
	hash, err := hashOf(c.text())
	if err != nil {
		return nil, err
	}
	return [][]byte{sum(hash, c.bytes())}, nil
}

// hasher has the call's request pay for what is written to a hash.
type hasher struct {
	hash.Hash
	call *worker.Call
}

func (h hasher) Write(p []byte) (n int, err error) {
	err = h.call.Compute(func() error {
		n, err = h.Hash.Write(p)
		return err
	})
	return n, err
}

// digestStream takes the name of a hash function, and the number of a body. It waits
// for what the isolate sends.
func digestStream(_ context.Context, c *worker.Call) error {
	name, id := c.Payload.Text(), c.Payload.Word()
	body, _ := c.TakeBody(frame.BodyIsolate, id)
	if body == nil {
		return errMalformed
	}
	defer func() { _ = body.Close() }()
	function, err := hashOf(name)
	if err != nil {
		return err
	}
	h := function.New()
	if _, err := io.Copy(hasher{h, c}, body); err != nil {
		return err
	}
	c.Reply(func(w *frame.Writer) { write(w, [][]byte{h.Sum(nil)}) })
	return nil
}
