package cache

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hedge/cache"
	"hedge/ratelimit"
)

// How often an app may purge: every purge is remembered, written down where the cache is
// on a disk, and compared with what is asked for.
const (
	purgesASecond = 20
	purgesAtOnce  = 500
)

// purging counts the purges of apps.
type purging struct {
	limiter *ratelimit.Limiter
	now     func() time.Time
	began   time.Time
}

func newPurging(now func() time.Time) *purging {
	limit := ratelimit.Limit{Rate: purgesASecond, Per: time.Second, Burst: purgesAtOnce, Keys: 1 << 12}
	return &purging{ratelimit.New(limit), now, now()}
}

func (p *purging) admit(app string) bool {
	return p.limiter.Take(app, p.now().Sub(p.began)).Allowed
}

// purge takes what is to be purged and its name, and whether softly.
func purge(ctx context.Context, r *request) error {
	kind, name, soft := r.Payload.Text(), r.Payload.Text(), r.Payload.Word()
	p := cache.Purge{App: r.App().Name, Soft: soft == 1}
	switch kind {
	case "tag":
		p.Tag = name
	case "url":
		p.URL = name
	case "prefix":
		p.Prefix = name
	case "host":
		p.Host = name
	case "all":
	default:
		return errMalformed
	}
	if r.Payload.Err() != nil || kind != "all" && name == "" {
		return errMalformed
	}
	if !r.purging.admit(r.App().Name) {
		return failure("Error", fmt.Sprintf("purge: the app purges more than %d times a second; give what changes together one tag", purgesASecond), nil)
	}
	if err := r.cache.Purge(ctx, p); errors.Is(err, cache.ErrPurgeName) {
		return failure("RangeError", "purge: "+err.Error(), nil)
	} else if err != nil {
		return failed("purge", err)
	}
	r.replyBool(true)
	return nil
}
