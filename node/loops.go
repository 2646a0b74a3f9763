package node

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"

	"hedge"
	"hedge/httpmsg"
)

// maxDepth is how many requests of this edge may lead to one another.
const maxDepth = 16

// loopField is the field that tells of loops (RFC 8586), and loopID what the edge is
// called in it.
const (
	loopField = "CDN-Loop"
	loopID    = "hedge"
)

// Loops counts how often requests come back to this edge: an app may fetch from
// another by its public name, and a target of an upstream may be the edge itself. The
// count travels in CDN-Loop with a keyed hash, so that neither clients, apps nor
// origins can set it: what they send under the edge's name is dropped. A count that
// somebody saw and sends again harms nobody but its sender. Safe for concurrent use.
type Loops struct {
	members [maxDepth + 1]string // of the field, by depth
}

// NewLoops makes a Loops. Nodes that may send requests to each other have the same
// secret, or loops through several of them go on until another limit ends them; nil
// stands for a random one.
func NewLoops(secret []byte) *Loops {
	if secret == nil {
		secret = make([]byte, sha256.Size)
		_, _ = rand.Read(secret) // never fails
	}
	l := &Loops{}
	for depth := range l.members {
		mac := hmac.New(sha256.New, secret)
		fmt.Fprintf(mac, "%s depth %d", loopID, depth)
		l.members[depth] = fmt.Sprintf("%s;depth=%d;mac=%s", loopID, depth, base64.RawURLEncoding.EncodeToString(mac.Sum(nil)))
	}
	return l
}

// Guard returns a client that counts, and refuses what would lead too deep with
// OutcomeLoop.
func (l *Loops) Guard(client httpmsg.RoundTripper) httpmsg.RoundTripper {
	return httpmsg.RoundTripperFunc(func(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		if req.Depth >= maxDepth {
			if req.Body != nil {
				_ = req.Body.Close()
			}
			return nil, hedge.Errorf(hedge.OutcomeLoop,
				"the request is the last of %d that have come to this edge for one another: the address leads back here", maxDepth+1)
		}
		out := req.Clone()
		out.Header.Add(loopField, l.members[req.Depth+1])
		return client.RoundTrip(ctx, out)
	})
}

// admit takes the count out of a request that comes in. What others say in the field
// stays.
func (l *Loops) admit(req *httpmsg.Request) {
	req.Depth = 0
	if !req.Header.Has(loopField) {
		return
	}
	var others []string
	for member := range req.Header.Items(loopField) {
		id, _ := httpmsg.CutParams(member)
		if httpmsg.EqualFold(id, loopID) {
			req.Depth = max(req.Depth, l.depth(member))
		} else {
			others = append(others, member)
		}
	}
	req.Header.Del(loopField)
	if len(others) > 0 {
		req.Header.Add(loopField, strings.Join(others, ", "))
	}
}

// depth returns what a member of the field says, 0 if the edge has not written it.
func (l *Loops) depth(member string) int {
	for depth := range l.members {
		if hmac.Equal([]byte(member), []byte(l.members[depth])) {
			return depth
		}
	}
	return 0
}
