package cache_test

import (
	"runtime"
	"testing"
	"time"

	"hedge/jsapi/jsapitest"
)

// Code that asks for the same value over and over has the host copy a bounded part of it
// at once: the rest comes as bodies, as fast as code reads.
func TestFloodOfValues(t *testing.T) {
	f := jsapitest.New(t)
	f.Limits.CPU, f.Limits.Memory = 20*time.Second, 1<<30
	f.Caches = newCache(t, 16<<20)
	f.Start()
	app := f.App(handler(`await cache.set("k", bytes(65536));
		let n = 0;
		const count = (list) => { for (const one of list) n += one.length; };
		await Promise.all(Array.from({ length: 30 }, () => cache.getMulti(Array(100).fill("k")).then(count)));
		return json(n);`))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	jsapitest.Want(t, app, jsapitest.Request("GET", "/"), "196608000")
	runtime.ReadMemStats(&after)
	if grown := (after.HeapSys - before.HeapSys) >> 20; grown > 400 {
		t.Errorf("the host's heap has grown by %d MiB", grown)
	}
}
