package storetest

import (
	"encoding/binary"
	"testing"
	"time"

	"hedge/cache"
)

// Shared is a Store that several apps have entries in, for RunShares.
type Shared struct {
	// Open makes a Store as Run has it, with a clock.
	Open func(t *testing.T, now func() time.Time) cache.Store
	// Again ends a Store, and opens what it has left; nil: it leaves nothing.
	Again func(t *testing.T, store cache.Store) cache.Store
}

// RunShares holds a Store to what one app may do to the others.
func RunShares(t *testing.T, kind Shared) {
	for _, test := range []struct {
		name string
		run  func(*tenants)
	}{
		{"a hostile app takes its own", (*tenants).hostile},
		{"shares follow demand", (*tenants).demand},
		{"an app that is asleep makes room first", (*tenants).sleep},
		{"what is being stored counts", (*tenants).unfinished},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := &tenants{suite: suite{T: t}, kind: kind, now: time.Unix(1e9, 0)}
			a.store = kind.Open(t, func() time.Time { return a.now })
			test.run(a)
		})
	}
}

// tenants are apps in one store.
type tenants struct {
	suite
	kind Shared
	now  time.Time
}

// tenantLength is how long the content of their entries is, and tenantRoom about how many
// of those there is room for, whatever a Store adds to each.
const (
	tenantLength = 3500
	tenantRoom   = Bytes / 4096
)

// tenantKey is the nth of an app.
func tenantKey(app string, n int) cache.Key {
	k := cache.AppKey(app)
	binary.BigEndian.PutUint64(k[:], uint64(n))
	return k
}

// stores stores entries of an app, from one number to another.
func (a *tenants) stores(app string, from, to int) {
	a.Helper()
	for n := from; n < to; n++ {
		a.put(tenantKey(app, n), &cache.Meta{App: app, Length: tenantLength}, make([]byte, tenantLength))
	}
}

// has counts the entries that are there, and asks for each of them.
func (a *tenants) has(app string, from, to int) (n int) {
	a.Helper()
	if settle, ok := a.store.(interface{ Settle() }); ok {
		settle.Settle()
	}
	for i := from; i < to; i++ {
		if e, err := a.store.Get(a.Context(), tenantKey(app, i)); err == nil && e != nil {
			n++
			_ = e.Close()
		}
	}
	return n
}

// again ends the store and opens it again, if it leaves anything.
func (a *tenants) again() bool {
	if a.kind.Again == nil {
		return false
	}
	a.store = a.kind.Again(a.T, a.store)
	return true
}

// An app that stores without end, and asks for that as often as it likes, takes nothing
// from a neighbour that has less than its part, asked for or not, also after a restart.
func (a *tenants) hostile() {
	const few, many = tenantRoom / 3, 5 * tenantRoom
	a.stores("neighbour", 0, few)
	attack := func(from int) {
		for n := from; n < from+many; n += 500 {
			a.stores("hostile", n, n+500)
			for range 3 {
				a.has("hostile", n, n+500)
			}
		}
	}
	attack(0)
	if n := a.has("neighbour", 0, few); n != few {
		a.Errorf("%d of %d entries of the neighbour are left", n, few)
	}
	if n := few + a.has("hostile", 0, many); n > tenantRoom*5/4 {
		a.Errorf("there are %d entries", n)
	}
	if a.again() {
		attack(many)
		if n := a.has("neighbour", 0, few); n != few {
			a.Errorf("after a restart, %d of %d entries of the neighbour are left", n, few)
		}
	}
}

// What an app does not use is there for the others: alone it has everything, beside one
// that wants as much the half, and beside two of which one has few, what that leaves.
func (a *tenants) demand() {
	const many, few = 3 * tenantRoom, tenantRoom / 10
	a.stores("first", 0, many)
	all := a.has("first", 0, many)
	if all < tenantRoom*3/4 {
		a.Errorf("alone, an app has %d entries of some %d", all, tenantRoom)
	}
	a.stores("second", 0, many)
	if one, two := a.has("first", 0, many), a.has("second", 0, many); one < all*2/5 || two < all*2/5 {
		a.Errorf("two apps have %d and %d entries of %d", one, two, all)
	}
	a.stores("third", 0, few)
	a.stores("first", many, 2*many)
	if n := a.has("third", 0, few); n != few {
		a.Errorf("%d of %d entries are left of an app that has few", n, few)
	}
}

// Beside apps of which nobody has asked for anything for hours, an app has everything.
func (a *tenants) sleep() {
	const many = 2 * tenantRoom
	a.stores("first", 0, many)
	all := a.has("first", 0, many)
	a.stores("second", 0, many)
	a.stores("third", 0, tenantRoom/4)
	a.again()
	for n := 1; n < 6; n++ {
		a.now = a.now.Add(time.Hour)
		a.stores("first", n*many, (n+1)*many)
	}
	if n := a.has("first", 0, 6*many); n < all*9/10 {
		a.Errorf("beside two that are asleep, an app has %d entries of %d", n, all)
	}
}

// An app that has begun to store more than there is room for takes nothing from a neighbour
// either, be it that it is refused or that it goes on in memory of its own.
func (a *tenants) unfinished() {
	const few = tenantRoom / 4
	a.stores("neighbour", 0, few)
	part := make([]byte, 100_000)
	for n := range 3 * Bytes / ObjectBytes {
		w, err := a.store.Put(a.Context(), tenantKey("hostile", n), ObjectBytes)
		if err != nil {
			continue
		}
		defer func() { w.Abort(); w.Release() }()
		for range ObjectBytes / len(part) {
			if _, err := w.Write(part); err != nil {
				break
			}
		}
	}
	if n := a.has("neighbour", 0, few); n != few {
		a.Errorf("%d of %d entries of the neighbour are left", n, few)
	}
	a.stores("neighbour", 0, few)
	if n := a.has("neighbour", 0, few); n < few/2 {
		a.Errorf("of what the neighbour stores beside it %d of %d are left", n, few)
	}
}
