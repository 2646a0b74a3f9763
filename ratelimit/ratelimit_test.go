package ratelimit

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

func TestTake(t *testing.T) {
	limit := Limit{Rate: 2, Per: time.Second, Burst: 3, Keys: 10}
	l := New(limit)
	const half = 500 * time.Millisecond
	for _, c := range []struct {
		at   time.Duration
		key  string
		want string
	}{
		{0, "a", `true "n";r=2;t=1`},
		{0, "a", `true "n";r=1;t=1`},
		{0, "a", `true "n";r=0;t=1`},
		{0, "a", `false "n";r=0;t=1`},
		{0, "b", `true "n";r=2;t=1`},
		{half - 1, "a", `false "n";r=0;t=1`},
		{half, "a", `true "n";r=0;t=1`},
		{half, "a", `false "n";r=0;t=1`},
		{2 * half, "a", `true "n";r=0;t=1`},
		{10 * half, "a", `true "n";r=2;t=1`},
		{0, "a", `false "n";r=0;t=5`}, // a clock that goes back harms nobody for long
	} {
		v := l.Take(c.key, c.at)
		if got := fmt.Sprintf("%v %s", v.Allowed, v.Field("n")); got != c.want {
			t.Errorf("%s at %v: got %s, want %s", c.key, c.at, got, c.want)
		}
	}
	if got := Policy("n", limit); got != `"n";q=3;w=2` {
		t.Errorf("the policy is %s", got)
	}
}

// Over a long time nobody gets more than the burst and the rate.
func TestRate(t *testing.T) {
	l := New(Limit{Rate: 10, Per: time.Second, Burst: 5, Keys: 1})
	random := rand.New(rand.NewPCG(1, 2))
	allowed, now := 0, time.Duration(0)
	for range 100_000 {
		now += time.Duration(random.IntN(int(10 * time.Millisecond)))
		v := l.Take("a", now)
		if v.Allowed {
			allowed++
		} else if again := l.limit.Interval(); v.Wait <= 0 || v.Wait > again {
			t.Fatalf("the wait is %v", v.Wait)
		}
	}
	if most := 5 + int(now.Seconds()*10); allowed > most || allowed < most-5 {
		t.Errorf("%d were allowed in %v, want %d", allowed, now, most)
	}
}

// What is remembered is bounded; who has not come for longest is forgotten.
func TestKeysAreBounded(t *testing.T) {
	l := New(Limit{Rate: 1, Per: time.Hour, Burst: 1, Keys: 3})
	take := func(keys ...string) (got string) {
		for _, key := range keys {
			if l.Take(key, 0).Allowed {
				got += key
			}
		}
		return got
	}
	if got := take("a", "b", "c", "a", "b", "c"); got != "abc" {
		t.Errorf("allowed are %s", got)
	}
	if got := take("b", "a", "d"); got != "d" { // in place of c
		t.Errorf("allowed are %s", got)
	}
	if got := take("a", "b", "d", "c"); got != "c" { // in place of a
		t.Errorf("allowed are %s", got)
	}
	for i := range 10_000 {
		l.Take(fmt.Sprint(i), 0)
	}
	if len(l.index) != 3 || len(l.buckets) != 3 {
		t.Errorf("%d keys and %d buckets are kept", len(l.index), len(l.buckets))
	}
}

func TestTakeAtOnce(t *testing.T) {
	l := New(Limit{Rate: 1, Per: time.Hour, Burst: 100, Keys: 100})
	var allowed [8]int
	var all sync.WaitGroup
	for i := range allowed {
		all.Go(func() {
			for n := range 1000 {
				if l.Take(fmt.Sprint(n%10), 0).Allowed {
					allowed[i]++
				}
			}
		})
	}
	all.Wait()
	sum := 0
	for _, n := range allowed {
		sum += n
	}
	if sum != 1000 {
		t.Errorf("%d were allowed, want 1000", sum)
	}
}

func TestTakeAllocatesNothing(t *testing.T) {
	l := New(Limit{Rate: 1, Per: time.Second, Burst: 1, Keys: 4})
	keys := []string{"a", "b", "c", "d", "e", "f"}
	n := 0
	if allocated := testing.AllocsPerRun(1000, func() { l.Take(keys[n%len(keys)], 0); n++ }); allocated > 0 {
		t.Errorf("a request allocates %v times", allocated)
	}
}
