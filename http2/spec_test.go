package http2

import (
	"context"
	"io"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/summerwind/h2spec/config"
	"github.com/summerwind/h2spec/generic"
	"github.com/summerwind/h2spec/hpack"
	"github.com/summerwind/h2spec/http2"
	"github.com/summerwind/h2spec/spec"

	"hedge/httpmsg"
)

// TestSpec runs h2spec: each of its cases is one of ours. The handler reads what comes
// before it answers, so that what is wrong with it is not too late to matter.
func TestSpec(t *testing.T) {
	r := start(t, func(ctx context.Context, req *httpmsg.Request, refusal *httpmsg.Refusal, out httpmsg.Outlet) {
		if req.Body != nil {
			if _, err := io.Copy(io.Discard, req.Body); err != nil {
				return
			}
		}
		_, _ = out.Deliver(ctx, req, httpmsg.Text(200, "hello"))
	})
	host, port, err := net.SplitHostPort(r.addr)
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	cfg := &config.Config{Host: host, Port: number, Path: "/", Timeout: 2 * time.Second, MaxHeaderLen: 4000, Strict: true}
	cases := 0
	for _, group := range []*spec.TestGroup{generic.Spec(), hpack.Spec(), http2.Spec()} {
		cases += runGroup(t, cfg, group)
	}
	if cases != 146 {
		t.Errorf("h2spec has %d cases, want 146", cases)
	}
}

func runGroup(t *testing.T, cfg *config.Config, group *spec.TestGroup) (cases int) {
	for _, inner := range group.Groups {
		cases += runGroup(t, cfg, inner)
	}
	for i, tc := range group.Tests {
		cases++
		t.Run(group.ID()+"/"+strconv.Itoa(i+1), func(t *testing.T) {
			conn, err := spec.Dial(cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			if err := tc.Run(cfg, conn); err != nil {
				t.Errorf("%s: %s: %v", group.Title(), tc.Desc, err)
			}
		})
	}
	return cases
}
