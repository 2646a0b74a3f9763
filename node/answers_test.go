package node

import (
	"context"
	"errors"
	"strings"
	"testing"

	"hedge"
	"hedge/httpmsg"
)

func TestEveryOutcomeHasAnAnswer(t *testing.T) {
	for outcome, status := range map[hedge.Outcome]int{
		hedge.OutcomeException: 500, hedge.OutcomeNoHandler: 500, hedge.OutcomeNoResponse: 500, hedge.OutcomeHung: 500,
		hedge.OutcomeExceededCPU: 503, hedge.OutcomeExceededMemory: 503, hedge.OutcomeExceededWall: 504,
		hedge.OutcomeExceededSize: 500, hedge.OutcomeExceededFetches: 500, hedge.OutcomeStartupFailed: 503,
		hedge.OutcomeOverloaded: 503, hedge.OutcomeIsolateLost: 503, hedge.OutcomeOriginRefused: 502,
		hedge.OutcomeOriginTimeout: 504, hedge.OutcomeOriginReset: 502, hedge.OutcomeOriginMalformed: 502,
		hedge.OutcomeOriginTLS: 502, hedge.OutcomeOriginUnknown: 502, hedge.OutcomeBadRequest: 400, hedge.OutcomeNoRoute: 404,
	} {
		secret := hedge.Wrap(errors.New("10.0.0.1"), outcome, "what went wrong")
		r := start(t, Config{}, withCode(newCode(func(context.Context, *httpmsg.Request) (*httpmsg.Response, error) { return nil, secret })), codeApp())
		res, body, err := r.get(t, "/")
		if err != nil {
			t.Fatal(err)
		}
		if res.StatusCode != status || !strings.Contains(body, "("+string(outcome)+")") {
			t.Errorf("%s: got %d %q, want %d", outcome, res.StatusCode, body, status)
		}
		if strings.Contains(body, "10.0.0.1") || strings.Contains(body, "what went wrong") != (outcome == hedge.OutcomeBadRequest) {
			t.Errorf("%s: the public gets to know %q", outcome, body)
		}
		retry := outcome == hedge.OutcomeOverloaded || outcome == hedge.OutcomeIsolateLost
		if (res.Header.Get("Retry-After") != "") != retry || res.Header.Get("Server-Timing") != "" || res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: got the fields %v", outcome, res.Header)
		}
	}
}

// thrown is an exception with everything that a page has to escape.
func thrown() error {
	x := &hedge.Exception{
		Name: "TypeError", Message: "</title><script>alert(1)</script>",
		Frames: []hedge.Frame{{Function: "<anonymous>", File: "src/index.ts", Line: 2, Column: 7}},
		Cause:  &hedge.Exception{Name: "Error", Message: "the cause & more"},
	}
	return &hedge.Error{Outcome: hedge.OutcomeException, Message: "the handler threw: " + x.Error(), Exception: x}
}

func TestErrorPage(t *testing.T) {
	for _, c := range []struct {
		name     string
		dev      bool
		accept   string
		kind     string
		has, not []string
	}{
		{
			"browser in development", true, "text/html,*/*;q=0.8", "text/html; charset=utf-8",
			[]string{
				"<title>TypeError: &lt;/title&gt;&lt;script&gt;", "&lt;anonymous&gt; (src/index.ts:2:7)", "<mark>&gt; 2 | throw new Error(a);</mark>",
				"a = &#34;&lt;b&gt;&#34;", "Caused by Error", "the cause &amp; more", "<code>exception</code>",
			},
			[]string{"<script>", "src=", "http:", "@import", "url("},
		},
		{
			"terminal in development", true, "*/*", "text/plain; charset=utf-8",
			[]string{"500 Internal Server Error (exception)", "TypeError: </title>", "    at <anonymous> (src/index.ts:2:7)", "> 2 | throw", "the cause & more"},
			[]string{"&lt;"},
		},
		{
			"browser", false, "text/html", "text/html; charset=utf-8",
			[]string{"The application failed to answer this request.", "<code>exception</code>"},
			[]string{"TypeError", "index.ts", "script", "cause"},
		},
		{
			"terminal", false, "", "text/plain; charset=utf-8",
			[]string{"500 Internal Server Error (exception)\nThe application failed to answer this request.\n"},
			[]string{"TypeError", "index.ts"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := start(t, Config{Dev: c.dev}, withCode(newCode(func(context.Context, *httpmsg.Request) (*httpmsg.Response, error) { return nil, thrown() })), codeApp())
			res, body, err := r.get(t, "/", "Accept", c.accept)
			if err != nil {
				t.Fatal(err)
			}
			if got := res.Header.Get("Content-Type"); got != c.kind {
				t.Errorf("got %s, want %s", got, c.kind)
			}
			for _, want := range c.has {
				if !strings.Contains(body, want) {
					t.Errorf("%q is not in\n%s", want, body)
				}
			}
			for _, unwanted := range c.not {
				if strings.Contains(body, unwanted) {
					t.Errorf("%q is in\n%s", unwanted, body)
				}
			}
			if timing := res.Header.Get("Server-Timing"); (timing == "outcome;desc=exception") != c.dev {
				t.Errorf("got Server-Timing %q", timing)
			}
			policy := res.Header.Get("Content-Security-Policy")
			if strings.HasPrefix(policy, "default-src 'none'") != strings.HasPrefix(c.kind, "text/html") {
				t.Errorf("got the policy %q", policy)
			}
		})
	}
}
