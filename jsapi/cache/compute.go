package cache

import (
	"context"
	"errors"
	"strconv"

	"hedge/cache"
	"hedge/frame"
)

// mostNested is how deep calls of getOrSet may be in each other.
const mostNested = 64

// claim takes a name and the computations that the call is a part of, and replies with a
// value, or none, and the ID of the computation that the caller leads; empty: it does not.
// Who leads has until the end of its request.
func claim(ctx context.Context, r *request) error {
	key, ok := r.readKey()
	n := r.Payload.Word()
	if !ok || n > mostNested {
		return errMalformed
	}
	within := make([]uint64, n)
	for i := range within {
		within[i], _ = strconv.ParseUint(r.Payload.Text(), 10, 64)
	}
	if r.Payload.Err() != nil {
		return errMalformed
	}
	if r.Request() == nil {
		return failure("Error", "getOrSet is for code that answers a request, not for code that runs while the app loads", nil)
	}
	claimed, err := r.values.Claim(ctx, key, within)
	if err != nil {
		return claimFailed(key, err)
	}
	if claimed.Value != nil {
		_ = r.Hold() // as in replyValue
	}
	value, id := r.open(claimed.Value), ""
	if claimed.Lead != nil {
		id = strconv.FormatUint(claimed.Lead.ID, 10)
	}
	r.Reply(func(w *frame.Writer) {
		value.write(w)
		w.Text(id)
	})
	if claimed.Lead != nil {
		select {
		case <-claimed.Lead.Done():
		case <-r.Context().Done(): // the request is over
			claimed.Lead.Abandon()
		}
	}
	return nil
}

func claimFailed(key string, err error) error {
	var of *cache.ComputeError
	switch {
	case errors.As(err, &of):
		return failure("Error", "getOrSet: the function of another call for the same key failed: "+of.Message, err)
	case errors.Is(err, cache.ErrDeadlock):
		return failure("Error", "getOrSet: the value of "+strconv.Quote(shortened(key))+" is being made by a call that this one is a part of, or that waits for it: the function of a key must not ask for that key", err)
	}
	return err
}

func shortened(key string) string {
	const most = 100
	if len(key) > most {
		return key[:most] + "…"
	}
	return key
}

// computation reads the ID of a computation that the app leads.
func (r *request) computation() *cache.Computation {
	id, err := strconv.ParseUint(r.Payload.Text(), 10, 64)
	if err != nil {
		return nil
	}
	return r.values.Computation(id)
}

// settle takes the ID of a computation, options and content, and replies with the value if
// the content came in a stream, which nobody else has.
func settle(ctx context.Context, r *request) error {
	c := r.computation()
	o, ok1 := r.readOptions()
	if !ok1 {
		return errMalformed
	}
	content, ok2 := r.readContent()
	if !ok2 {
		return errMalformed
	}
	if content.body != nil {
		defer func() { _ = content.body.Close() }()
	}
	if c == nil {
		return failure("Error", "getOrSet: the request that the function was called for is over", nil)
	}
	if content.body == nil {
		c.SettleBytes(ctx, content.kind, content.inline, o)
		r.replyValue(nil)
		return nil
	}
	leave, err := r.writers.enter(ctx, r.App().Name)
	if err != nil {
		return err
	}
	defer leave()
	value, err := c.Settle(ctx, content.kind, content.body, content.length, o)
	if err != nil {
		return failed("getOrSet", err)
	}
	r.replyValue(value)
	return nil
}

// fail takes the ID of a computation and what is wrong, and replies with a value that may
// be used instead, or none.
func fail(ctx context.Context, r *request) error {
	c, text := r.computation(), r.Payload.Text()
	if r.Payload.Err() != nil {
		return errMalformed
	}
	if c == nil {
		r.replyValue(nil)
		return nil
	}
	r.replyValue(c.Fail(ctx, text))
	return nil
}

func (r *request) replyValue(v *cache.Value) {
	_ = r.Hold() // who is over gets a body, and does not read it
	value := r.open(v)
	r.Reply(value.write)
}
