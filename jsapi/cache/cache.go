// Package cache is the host's part of hedge:cache and of the Cache API: values and answers
// that code keeps in the edge's cache.
package cache

import (
	"context"
	"errors"
	"time"

	"hedge"
	"hedge/cache"
	"hedge/worker"
)

// The ops' numbers, which host.ts knows too.
const (
	opGet       = 64
	opSet       = 65
	opTouch     = 66
	opDelete    = 67
	opIncrement = 68
	opPurge     = 69
	opClaim     = 70
	opSettle    = 71
	opFail      = 72
	opMatch     = 73
	opPut       = 74
	opRemove    = 75
	opClear     = 76
)

// Caches finds the cache that an app's entries are in.
type Caches interface {
	// Cache returns the cache of an app that is at work. It may be called from many
	// goroutines.
	Cache(app *hedge.Release) (*cache.Cache, error)
}

// Module returns the feature's ops.
func Module(caches Caches) worker.Module {
	m := worker.Module{Name: "cache"}
	w, p := &writers{}, newPurging(time.Now)
	for _, op := range []struct {
		code uint32
		name string
		run  func(context.Context, *request) error
	}{
		{opGet, "get", get},
		{opSet, "set", set},
		{opTouch, "touch", touch},
		{opDelete, "delete", remove},
		{opIncrement, "increment", increment},
		{opPurge, "purge", purge},
		{opClaim, "claim", claim},
		{opSettle, "settle", settle},
		{opFail, "fail", fail},
		{opMatch, "match", match},
		{opPut, "put", put},
		{opRemove, "remove", removeResponse},
		{opClear, "clear", clear},
	} {
		m.Ops = append(m.Ops, worker.Op{Code: op.code, Name: "cache." + op.name, Run: func(ctx context.Context, call *worker.Call) error {
			c, err := caches.Cache(call.App())
			if err != nil {
				return err
			}
			return op.run(ctx, &request{call, c, c.Values(call.App().Name), w, p})
		}})
	}
	return m
}

// request is one op under way, and what it is about.
type request struct {
	*worker.Call
	cache   *cache.Cache
	values  *cache.Values
	writers *writers
	purging *purging
}

var errMalformed = errors.New("cache: malformed call")

// failure is an error as code sees it.
func failure(name, message string, err error) error {
	return &worker.Failure{Name: name, Message: message, Err: err}
}

// failed tells code what went wrong with a value.
func failed(what string, err error) error {
	switch {
	case errors.Is(err, cache.ErrTooLarge):
		return failure("RangeError", what+": the value is larger than what the cache keeps", err)
	case errors.Is(err, cache.ErrNoInteger):
		return failure("TypeError", what+": the value is not an integer", err)
	case errors.Is(err, cache.ErrOverflow):
		return failure("RangeError", what+": the sum is beyond Number.MAX_SAFE_INTEGER", err)
	}
	return failure("Error", what+": "+message(err), err)
}

// message is what code gets to know of an error.
func message(err error) string {
	var known *hedge.Error
	if errors.As(err, &known) {
		return known.Message
	}
	return "the cache has failed"
}
