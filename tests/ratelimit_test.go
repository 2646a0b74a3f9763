package tests

import "testing"

func rateLimit(t *testing.T) {
	p := dev(t, "../examples/rate-limit", "--json")
	at := p.addr()
	for range 5 {
		get(t, at, "/api/", "X-API-Key", "ada").want(t, 200, "An answer.\n")
	}
	refused := get(t, at, "/api/refused", "X-API-Key", "ada")
	if refused.status != 429 || refused.header.Get("Retry-After") == "" || refused.header.Get("RateLimit-Policy") != `"api";q=5;w=30` {
		t.Errorf("the sixth request: %d %v", refused.status, refused.header)
	}
	p.access("/api/refused").want(t, 429, "rate-limited")
	get(t, at, "/api/", "X-API-Key", "bob").want(t, 200, "An answer.\n")
	for range 3 {
		ask(t, at, "POST", "/login", "").want(t, 200, "Welcome.\n")
	}
	if again := ask(t, at, "POST", "/login", ""); again.status != 429 {
		t.Errorf("the fourth try: %d", again.status)
	}
	get(t, at, "/login").want(t, 200, "Come as often as you like.\n")
}
