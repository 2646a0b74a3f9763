package cache_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"hedge/cache"
	"hedge/httpmsg"
)

const text cache.Kind = 7

// shop are the values of an app, with the cache's clock.
type shop struct {
	*edge
	*cache.Values
}

func newShop(t *testing.T) *shop {
	e := newEdge(t)
	return &shop{e, e.cache.Values("shop")}
}

func (s *shop) put(key, value string, o cache.ValueOptions) bool {
	s.Helper()
	stored, err := s.Set(s.Context(), key, text, strings.NewReader(value), int64(len(value)), o)
	if err != nil {
		s.Errorf("set %q: %v", key, err)
	}
	return stored
}

func (s *shop) wants(key, want string) {
	s.Helper()
	if got := read(s.Values.Get(s.Context(), key)); got != want {
		s.Errorf("%q is %q, want %q", key, got, want)
	}
}

// read reads a value and closes it; "-" is none.
func read(v *cache.Value) string {
	if v == nil {
		return "-"
	}
	defer func() { _ = v.Close() }()
	body := v.Section(httpmsg.ByteRange{Start: 0, Length: v.Length})
	defer func() { _ = body.Close() }()
	data, err := io.ReadAll(body)
	if err != nil || v.Kind != text {
		return fmt.Sprintf("kind %d, %v", v.Kind, err)
	}
	return string(data)
}

func TestValues(t *testing.T) {
	s := newShop(t)
	s.wants("a", "-")
	s.put("a", "1", cache.ValueOptions{TTL: time.Minute})
	s.wants("a", "1")
	if s.put("a", "2", cache.ValueOptions{OnlyIfEmpty: true}) {
		t.Error("a value was replaced that was to be left")
	}
	s.wants("a", "1")
	s.later(time.Minute)
	s.wants("a", "-")
	if s.Touch(t.Context(), "a", time.Hour) {
		t.Error("a value that is over was touched")
	}
	if !s.put("a", "3", cache.ValueOptions{OnlyIfEmpty: true, TTL: time.Minute}) {
		t.Error("a value that is over keeps others out")
	}
	if !s.Touch(t.Context(), "a", 0) {
		t.Error("a value cannot be touched")
	}
	s.later(10 * 365 * 24 * time.Hour)
	s.wants("a", "3")
	if !s.Delete(t.Context(), "a") || s.Delete(t.Context(), "a") {
		t.Error("delete does not say what was there")
	}
	s.wants("a", "-")
	s.put("", "", cache.ValueOptions{})
	s.wants("", "")
}

// Values and answers of one name, and those of two apps, are apart.
func TestValuesAreApart(t *testing.T) {
	s := newShop(t)
	s.answers(200, "answer", "Cache-Control", "max-age=60")
	s.get("/")
	s.put("shop.example/", "value", cache.ValueOptions{})
	s.put("/", "value", cache.ValueOptions{})
	s.want("the answer", s.get("/"), 200, "answer", "hit")
	if v := s.cache.Values("blog").Get(t.Context(), "/"); v != nil {
		t.Error("another app has the value")
	}
	for _, p := range []cache.Purge{{App: "blog"}, {App: "shop", Host: "shop.example"}, {App: "shop", URL: "shop.example/"}, {App: "shop", Prefix: "shop.example"}} {
		if err := s.cache.Purge(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	s.wants("/", "value")
}

func TestValuesArePurged(t *testing.T) {
	s := newShop(t)
	for _, p := range []cache.Purge{{App: "shop"}, {App: "shop", Tag: "b"}, {App: "shop", Tag: "b", Soft: true}} {
		s.put("a", "1", cache.ValueOptions{Tags: []string{"a", "b"}})
		s.put("c", "1", cache.ValueOptions{})
		if err := s.cache.Purge(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		s.wants("a", "-")
		want := "1"
		if p.Tag == "" {
			want = "-"
		}
		s.wants("c", want)
	}
	claimed, err := s.Claim(t.Context(), "a", nil)
	if got := read(claimed.Value); err != nil || got != "1" || claimed.Lead == nil {
		t.Errorf("purged softly: %q, %v", got, err)
	}
}

func TestIncrement(t *testing.T) {
	s := newShop(t)
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			if _, err := s.Increment(t.Context(), "n", text, 2, cache.ValueOptions{TTL: time.Minute}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	s.wants("n", "200")
	s.later(59 * time.Second)
	if n, err := s.Increment(t.Context(), "n", text, -201, cache.ValueOptions{TTL: time.Minute}); n != -1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	s.later(time.Second) // a count does not live longer for being counted up
	s.wants("n", "-")
	for value, want := range map[string]error{"x": cache.ErrNoInteger, "": cache.ErrNoInteger, "1.5": cache.ErrNoInteger, "9007199254740991": cache.ErrOverflow, strings.Repeat("1", 40): cache.ErrNoInteger} {
		s.put("m", value, cache.ValueOptions{})
		if _, err := s.Increment(t.Context(), "m", text, 1, cache.ValueOptions{}); !errors.Is(err, want) {
			t.Errorf("%q + 1: %v", value, err)
		}
		s.wants("m", value)
	}
}

// A stream that breaks off, and one that is too long, leave what was there.
func TestBrokenValues(t *testing.T) {
	s := newShop(t)
	s.put("a", "old", cache.ValueOptions{})
	broken := io.MultiReader(strings.NewReader("half"), iotest.ErrReader(errors.New("broken")))
	if _, err := s.Set(t.Context(), "a", text, broken, -1, cache.ValueOptions{}); err == nil || err.Error() != "broken" {
		t.Error(err)
	}
	long := io.LimitReader(zeros{}, 2<<20)
	if _, err := s.Set(t.Context(), "a", text, long, -1, cache.ValueOptions{}); !errors.Is(err, cache.ErrTooLarge) {
		t.Error(err)
	}
	s.wants("a", "old")
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

func TestClaim(t *testing.T) {
	s := newShop(t)
	first, err := s.Claim(t.Context(), "a", nil)
	if err != nil || first.Value != nil || first.Lead == nil {
		t.Fatalf("%+v, %v", first, err)
	}
	got := make(chan string, 8)
	for range 8 {
		go func() { // ends with the result
			c, err := s.Claim(context.Background(), "a", nil)
			if err != nil || c.Lead != nil {
				got <- fmt.Sprint(c.Lead, err)
				return
			}
			got <- read(c.Value)
		}()
	}
	if s.Computation(first.Lead.ID) != first.Lead || s.cache.Values("blog").Computation(first.Lead.ID) != nil {
		t.Error("a computation is not found by its ID, or by another app")
	}
	first.Lead.SettleBytes(t.Context(), text, []byte("made"), cache.ValueOptions{TTL: time.Minute, StaleWhileRevalidate: time.Minute, StaleIfError: time.Hour})
	for range 8 {
		if text := <-got; text != "made" {
			t.Error(text)
		}
	}
	s.wants("a", "made")
	s.later(90 * time.Second)
	s.wants("a", "-")
	again, err := s.Claim(t.Context(), "a", nil)
	if text := read(again.Value); err != nil || text != "made" || again.Lead == nil {
		t.Fatalf("stale: %q, %v", text, err)
	}
	other, err := s.Claim(t.Context(), "a", nil)
	if text := read(other.Value); err != nil || text != "made" || other.Lead != nil {
		t.Errorf("stale, and being made: %q, %v", text, err)
	}
	s.later(time.Minute)
	if text := read(again.Lead.Fail(t.Context(), "it failed")); text != "made" {
		t.Errorf("instead: %q", text)
	}
}

// Those who wait get the error too; but if who makes it is gone, one of them takes over.
func TestClaimFailure(t *testing.T) {
	s := newShop(t)
	first, _ := s.Claim(t.Context(), "a", nil)
	got := make(chan error)
	go func() { // ends with the result
		_, err := s.Claim(context.Background(), "a", nil)
		got <- err
	}()
	s.waitsFor(first.Lead, 1)
	first.Lead.Fail(t.Context(), "no")
	var of *cache.ComputeError
	if err := <-got; !errors.As(err, &of) || of.Message != "no" {
		t.Error(err)
	}
	second, _ := s.Claim(t.Context(), "a", nil)
	leads := make(chan cache.Claimed)
	go func() { // ends with the result
		c, _ := s.Claim(context.Background(), "a", nil)
		leads <- c
	}()
	s.waitsFor(second.Lead, 1)
	second.Lead.Abandon()
	third := <-leads
	if third.Lead == nil || third.Lead.ID == second.Lead.ID {
		t.Errorf("%+v", third)
	}
	second.Lead.SettleBytes(t.Context(), text, []byte("late"), cache.ValueOptions{})
	s.wants("a", "-") // who is gone has nothing to say
	third.Lead.SettleBytes(t.Context(), text, []byte("new"), cache.ValueOptions{})
	s.wants("a", "new")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _ = s.Claim(t.Context(), "b", nil)
	if _, err := s.Claim(ctx, "b", nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// waitsFor returns when so many wait for a computation.
func (s *shop) waitsFor(c *cache.Computation, n int) {
	for c.Waiting() < n {
		runtime.Gosched()
	}
}

func TestDeadlocks(t *testing.T) {
	s := newShop(t)
	lead := func(key string, within ...uint64) uint64 {
		t.Helper()
		c, err := s.Claim(t.Context(), key, within)
		if err != nil || c.Lead == nil {
			t.Fatalf("%s: %+v, %v", key, c, err)
		}
		return c.Lead.ID
	}
	a, b := lead("a"), lead("b")
	if _, err := s.Claim(t.Context(), "a", []uint64{a}); !errors.Is(err, cache.ErrDeadlock) {
		t.Errorf("a within a: %v", err)
	}
	c := lead("c", a)
	if _, err := s.Claim(t.Context(), "a", []uint64{c, a}); !errors.Is(err, cache.ErrDeadlock) {
		t.Errorf("a within c within a: %v", err)
	}
	waited := make(chan error)
	go func() { // ends with the result
		_, err := s.Claim(context.Background(), "b", []uint64{a})
		waited <- err
	}()
	s.waitsFor(s.Computation(b), 1)
	if _, err := s.Claim(t.Context(), "a", []uint64{b}); !errors.Is(err, cache.ErrDeadlock) {
		t.Errorf("a within b, for which a waits: %v", err)
	}
	if _, err := s.Claim(t.Context(), "c", []uint64{c, 1 << 60}); !errors.Is(err, cache.ErrDeadlock) {
		t.Errorf("c within c: %v", err)
	}
	s.Computation(b).SettleBytes(t.Context(), text, []byte("b"), cache.ValueOptions{})
	if err := <-waited; err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go cancel()
	if _, err := s.Claim(ctx, "a", []uint64{c}); !errors.Is(err, context.Canceled) { // which waits for nobody
		t.Errorf("a within c: %v", err)
	}
}

// What is made while the key is deleted, set or purged is not stored.
func TestSupersededComputations(t *testing.T) {
	for name, change := range map[string]func(s *shop){
		"deleted": func(s *shop) { s.Delete(s.Context(), "a") },
		"purged":  func(s *shop) { _ = s.cache.Purge(s.Context(), cache.Purge{App: "shop", Tag: "t"}) },
		"set":     func(s *shop) { s.put("a", "set", cache.ValueOptions{}) },
		"counted": func(s *shop) { _, _ = s.Increment(s.Context(), "a", text, 1, cache.ValueOptions{}) },
	} {
		s := newShop(t)
		c, _ := s.Claim(t.Context(), "a", nil)
		change(s)
		c.Lead.SettleBytes(t.Context(), text, []byte("old"), cache.ValueOptions{Tags: []string{"t"}})
		want := map[string]string{"deleted": "-", "purged": "-", "set": "set", "counted": "1"}[name]
		if got := read(s.Values.Get(t.Context(), "a")); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestSettleStreams(t *testing.T) {
	s := newShop(t)
	c, _ := s.Claim(t.Context(), "a", nil)
	v, err := c.Lead.Settle(t.Context(), text, strings.NewReader("streamed"), -1, cache.ValueOptions{})
	if got := read(v); err != nil || got != "streamed" {
		t.Errorf("%q, %v", got, err)
	}
	c, _ = s.Claim(t.Context(), "b", nil)
	if _, err := c.Lead.Settle(t.Context(), text, iotest.ErrReader(errors.New("broken")), -1, cache.ValueOptions{}); err == nil {
		t.Error("a stream that breaks is a value")
	}
	if c, _ = s.Claim(t.Context(), "b", nil); c.Lead == nil {
		t.Error("nobody can make it any more")
	}
}

// A claim that comes after a purge does not get a value that was begun before it, nor is it
// told that it failed.
func TestClaimsAfterAPurge(t *testing.T) {
	for name, end := range map[string]func(c *cache.Computation){
		"it is made": func(c *cache.Computation) {
			c.SettleBytes(t.Context(), text, []byte("old"), cache.ValueOptions{})
		},
		"it fails": func(c *cache.Computation) { c.Fail(t.Context(), "no") },
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			first, err := s.Claim(t.Context(), "a", nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.cache.Purge(t.Context(), cache.Purge{App: "shop"}); err != nil {
				t.Fatal(err)
			}
			claims := make(chan cache.Claimed)
			go func() { // ends with the result
				c, err := s.Claim(context.Background(), "a", nil)
				if err != nil {
					t.Error(err)
				}
				claims <- c
			}()
			s.waitsFor(first.Lead, 1)
			end(first.Lead)
			if c := <-claims; c.Lead == nil {
				t.Errorf("the claim has %q", read(c.Value))
			}
		})
	}
}
