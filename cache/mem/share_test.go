package mem_test

import (
	"encoding/binary"
	"testing"
	"time"

	"hedge/cache"
	"hedge/cache/mem"
)

// tenants are apps in one store.
type tenants struct {
	*testing.T
	*mem.Store
	now time.Time
}

const tenantBytes = 8 << 20

func newTenants(t *testing.T) *tenants {
	a := &tenants{T: t, now: time.Unix(1e9, 0)}
	var err error
	if a.Store, err = mem.New(mem.Config{Bytes: tenantBytes, Now: func() time.Time { return a.now }}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}

// key is the nth of an app.
func key(app string, n int) cache.Key {
	k := cache.AppKey(app)
	binary.BigEndian.PutUint64(k[:], uint64(n))
	return k
}

// put stores entries of an app, from one number to another, of some 1.2 KiB each.
func (a *tenants) put(app string, from, to int) {
	a.Helper()
	for n := from; n < to; n++ {
		w, err := a.Put(a.Context(), key(app, n), 1000)
		if err != nil {
			a.Fatal(err)
		}
		if _, err := w.Write(make([]byte, 1000)); err != nil {
			a.Fatal(err)
		}
		if err := w.Commit(&cache.Meta{App: app, Length: 1000}); err != nil {
			a.Fatal(err)
		}
		w.Release()
	}
}

// hits counts the entries that are there.
func (a *tenants) hits(app string, from, to int) (n int) {
	for i := from; i < to; i++ {
		if e, err := a.Get(a.Context(), key(app, i)); err == nil && e != nil {
			n++
			_ = e.Close()
		}
	}
	return n
}

// An app that stores without end, and asks for them as often as it likes, takes
// nothing from a neighbour that has less than its part, asked for or not.
func TestAHostileAppTakesItsOwn(t *testing.T) {
	a := newTenants(t)
	const few, many = 2500, 200_000
	a.put("neighbour", 0, few)
	for n := 0; n < many; n += 1000 {
		a.put("hostile", n, n+1000)
		for range 3 {
			a.hits("hostile", n, n+1000)
		}
	}
	if n := a.hits("neighbour", 0, few); n != few {
		t.Errorf("%d of %d entries of the neighbour are left", n, few)
	}
	a.Settle()
	if n := a.Stats().Bytes; n > tenantBytes {
		t.Errorf("there are %d bytes", n)
	}
}

// What an app does not use is there for the others: alone it has everything, beside one
// that wants as much the half, and beside one that is asleep everything again.
func TestSharesFollowDemand(t *testing.T) {
	a := newTenants(t)
	const many = 20_000
	part := func(app string) float64 {
		a.Settle()
		return float64(a.AppStats(app).Bytes) / tenantBytes
	}
	a.put("first", 0, many)
	if p := part("first"); p < 0.9 || p > 1 {
		t.Errorf("alone, an app has %.2f", p)
	}
	a.put("second", 0, many)
	if p, q := part("first"), part("second"); p < 0.45 || q < 0.45 || p+q > 1 {
		t.Errorf("two apps have %.2f and %.2f", p, q)
	}
	a.put("third", 0, 500)
	a.put("first", many, 2*many)
	if n := a.hits("third", 0, 500); n != 500 {
		t.Errorf("%d entries are left of one that has few", n)
	}
	for n := 2; n < 6; n++ {
		a.now = a.now.Add(time.Hour)
		a.put("first", n*many, (n+1)*many)
	}
	if p := part("first"); p < 0.9 {
		t.Errorf("beside two that are asleep, an app has %.2f", p)
	}
}
