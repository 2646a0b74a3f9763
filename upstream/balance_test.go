package upstream_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"hedge"
	"hedge/upstream"
)

const many = 10000

// Each way to choose a target gives each its share. What is random may be off by
// four standard deviations, with a seed that stays the same.
func TestSharesFollowWeights(t *testing.T) {
	for _, c := range []struct {
		balance hedge.Balance
		weights []int
		exact   bool
	}{
		{hedge.BalanceRoundRobin, nil, true},
		{hedge.BalanceRoundRobin, []int{5, 3, 2}, true},
		{hedge.BalanceRoundRobin, []int{20, 60, 20}, true},
		{hedge.BalanceTwoChoices, nil, false},
		{hedge.BalanceLeastRequest, nil, false},
		{hedge.BalanceHash, nil, false},
		{hedge.BalanceHash, []int{5, 3, 2}, false},
	} {
		t.Run(fmt.Sprint(c.balance, c.weights), func(t *testing.T) {
			o := newOrigins()
			p := newWorld().pool(t, hedge.Upstream{Targets: targets("a", "b", "c"), Weights: c.weights, Balance: c.balance, HashOn: "header:X-User"}, o.answer)
			for i := range many {
				ask(t, p, "/", "X-User", fmt.Sprint("user ", i))
			}
			sum, counts := 0, o.counts()
			weights := c.weights
			if weights == nil {
				weights = []int{1, 1, 1}
			}
			for _, w := range weights {
				sum += w
			}
			for i, name := range []string{"a", "b", "c"} {
				share := float64(weights[i]) / float64(sum)
				off := math.Abs(float64(counts[name]) - many*share)
				if allowed := 4 * math.Sqrt(many*share*(1-share)); off > allowed || c.exact && off > float64(sum) {
					t.Errorf("%s got %d of %d, want %.0f", name, counts[name], many, many*share)
				}
			}
		})
	}
}

// When a target goes, the keys that it had move and no others do; when it comes
// back, they do, too.
func TestHashMovesLittle(t *testing.T) {
	for _, on := range []string{"header:X-User", "cookie:user", "path", "path:2"} {
		t.Run(on, func(t *testing.T) {
			o, w := newOrigins(), newWorld()
			p := w.pool(t, hedge.Upstream{Targets: targets("a", "b", "c", "d"), Balance: hedge.BalanceHash, HashOn: on, Outlier: hedge.Outlier{Errors: 1}, Retry: hedge.Retry{Tries: -1}}, o.answer)
			place := func() map[int]string {
				at := map[int]string{}
				for i := range 500 {
					who, _, _ := ask(t, p, fmt.Sprintf("/x/%d", i), "X-User", fmt.Sprint(i), "Cookie", fmt.Sprintf("a=b; user=%d", i))
					at[i] = who
				}
				return at
			}
			before := place()
			o.set("c", 500)
			for i := 0; before[i] != "c"; i++ {
				if before[i+1] == "c" {
					ask(t, p, fmt.Sprintf("/x/%d", i+1), "X-User", fmt.Sprint(i+1), "Cookie", fmt.Sprintf("user=%d", i+1))
				}
			}
			w.wantNotices(t, "upstream:blog: ejected, 1 consecutive 5xx, for 30s: http://c")
			o.set("c", 200)
			for i, who := range place() {
				if before[i] != "c" && who != before[i] || who == "c" {
					t.Errorf("%d moved from %s to %s", i, before[i], who)
				}
			}
			w.pass(30 * time.Second)
			for i, who := range place() {
				if who != before[i] {
					t.Errorf("%d did not return to %s, but went to %s", i, before[i], who)
				}
			}
		})
	}
}

func TestLeastRequestAvoidsTheBusy(t *testing.T) {
	for _, balance := range []hedge.Balance{hedge.BalanceLeastRequest, hedge.BalanceTwoChoices} {
		o := newOrigins()
		p := newWorld().pool(t, hedge.Upstream{Targets: targets("a", "b"), Balance: balance}, o.answer)
		res := exchange(t, p, get("/")) // stays under way until its body is closed
		busy := "a"
		if o.counts()["b"] > 0 {
			busy = "b"
		}
		for range 20 {
			if who, _, _ := ask(t, p, "/"); who == busy {
				t.Errorf("%s: the busy target was chosen", balance)
			}
		}
		res.CloseBody()
	}
}

func TestSlowStart(t *testing.T) {
	o, w := newOrigins(), newWorld()
	p := backAgain(t, o, w)
	var got []float64
	for range 5 {
		o.counts()
		for range 1000 {
			ask(t, p, "/")
		}
		got = append(got, float64(o.counts()["a"])/500)
		w.pass(25 * time.Second)
	}
	for i, want := range []float64{0.1, 0.25, 0.5, 0.75, 1} {
		if math.Abs(got[i]-want) > 0.1 {
			t.Errorf("after %d s it gets %.2f of its share, want %.2f", 25*i, got[i], want)
		}
	}
}

// backAgain is a pool of which a target, a, has just come back from an ejection, and starts
// slowly.
func backAgain(t *testing.T, o *origins, w *world) *upstream.Pool {
	p := w.pool(t, hedge.Upstream{Targets: targets("a", "b"), SlowStart: 100 * time.Second, Outlier: hedge.Outlier{Errors: 1}}, o.answer)
	o.set("a", 500)
	ask(t, p, "/")
	ask(t, p, "/")
	o.set("a", 200)
	w.pass(30 * time.Second)
	return p
}

// A target that starts slowly does not do so for as long as the time of day was set back.
func TestSlowStartWhenTheClockIsSetBack(t *testing.T) {
	o, w := newOrigins(), newWorld()
	p := backAgain(t, o, w)
	w.pass(-time.Hour)
	o.counts()
	for range 1000 {
		ask(t, p, "/")
	}
	if got := float64(o.counts()["a"]) / 500; math.Abs(got-1) > 0.1 {
		t.Errorf("it gets %.2f of its share", got)
	}
}

// BenchmarkPick is the choice of a target, without the request.
func BenchmarkPick(b *testing.B) {
	for _, balance := range hedge.Balances() {
		for _, n := range []int{2, 10, 100} {
			b.Run(fmt.Sprintf("%s/%d", balance, n), func(b *testing.B) {
				names := make([]string, n)
				for i := range names {
					names[i] = fmt.Sprintf("a%d", i)
				}
				p, err := upstream.New("blog", hedge.Upstream{Targets: targets(names...), Balance: balance, HashOn: "header:X-User"}, upstream.Config{Client: &origin{}})
				if err != nil {
					b.Fatal(err)
				}
				req := get("/", "Accept", "*/*", "X-User", "someone")
				b.ReportAllocs()
				for b.Loop() {
					p.Pick(req)
				}
			})
		}
	}
}
