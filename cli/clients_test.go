package cli

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// What one client may cost is the operator's to say.
func TestClientsAreBounded(t *testing.T) {
	app := newApp(t, map[string]string{"hedge.toml": "name = \"shop\"\nmain = \"main.js\"\nlimits.max_body = \"10B\"\n", "main.js": `export default { fetch: async (request) => new Response(await request.text()) };`})
	p := start(
		t, "serve", app, "--listen", "127.0.0.1:0", "--max-fields", "5", "--max-head", "2KiB", "--max-target", "1KiB",
		"--head-timeout", "1s", "--body-timeout", "1s", "--idle-timeout", "1s", "--stream-idle-timeout", "2s", "--write-timeout", "2s",
	)
	addr := strings.TrimPrefix(p.url(), "http://")
	const head = "GET / HTTP/1.1\r\nHost: shop\r\n"
	for _, c := range []struct{ name, request, want string }{
		{"few fields", head + strings.Repeat("X: y\r\n", 4) + "\r\n", "200"},
		{"many fields", head + strings.Repeat("X: y\r\n", 5) + "\r\n", "431"},
		{"large head", head + "X: " + strings.Repeat("y", 2<<10) + "\r\n\r\n", "431"},
		{"long target", "GET /" + strings.Repeat("y", 1<<10) + " HTTP/1.1\r\nHost: shop\r\n\r\n", "414"},
		{"slow head", head, ""}, // it may be no HTTP at all
		{"slow content", strings.Replace(head, "GET", "POST", 1) + "Content-Length: 2\r\n\r\nx", "408"},
		{"content that fits", "POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 10\r\n\r\n0123456789", "200"},
		{"large content", "POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 11\r\n\r\n", "413"},
		{"large content of unknown length", "POST / HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n012345\r\n6\r\n012345\r\n0\r\n\r\n", "413"},
		{"then idle", head + "\r\n", "200"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel() // they wait
			conn, err := net.Dial("tcp", addr)
			must(t, err)
			defer conn.Close()
			_, err = io.WriteString(conn, c.request)
			must(t, err)
			in := bufio.NewReader(conn)
			if c.want != "" {
				res, err := http.ReadResponse(in, nil)
				must(t, err)
				_, err = io.Copy(io.Discard, res.Body)
				must(t, err)
				if !strings.HasPrefix(res.Status, c.want) {
					t.Errorf("got %s, want %s", res.Status, c.want)
				}
			}
			if _, err := in.ReadByte(); err != io.EOF { // the connection ends by itself
				t.Errorf("got %v, want the end", err)
			}
		})
	}
	t.Run("many fields of HTTP/2", func(t *testing.T) {
		var h2c http.Protocols
		h2c.SetUnencryptedHTTP2(true)
		transport := &http.Transport{Protocols: &h2c}
		defer transport.CloseIdleConnections()
		for fields, want := range map[int]int{1: 200, 6: 431} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+addr, nil)
			must(t, err)
			for range fields {
				req.Header.Add("X", "y")
			}
			res, err := transport.RoundTrip(req)
			must(t, err)
			if _ = res.Body.Close(); res.StatusCode != want {
				t.Errorf("%d fields: got %s, want %d", fields, res.Status, want)
			}
		}
	})
}

func TestBoundsOfClientsAreChecked(t *testing.T) {
	for _, args := range [][]string{
		{"--head-timeout", "0s"},
		{"--idle-timeout", "10ms"},
		{"--body-timeout", "90"},
		{"--stream-idle-timeout", "25h"},
		{"--write-timeout", "-1s"},
		{"--max-head", "1B"},
		{"--max-head", "1GiB"},
		{"--max-target", "lots"},
		{"--max-fields", "0"},
		{"--max-fields", "many"},
	} {
		o := newClientOptions()
		c := command{name: "serve", options: o.options()}
		if _, err := parseOptions(c, args); err == nil || !strings.Contains(err.Error(), args[0]) || !strings.Contains(err.Error(), args[1]) {
			t.Errorf("%q: got %v", args, err)
		}
		if o != newClientOptions() {
			t.Errorf("%q changed the options to %+v", args, o)
		}
	}
	o := newClientOptions()
	if _, err := parseOptions(command{name: "serve", options: o.options()}, []string{"--idle-timeout", "90s", "--max-head=64KiB"}); err != nil || o.timeouts.IdleTimeout != 90*time.Second || o.heads.HeadBytes != 64<<10 {
		t.Errorf("got %+v, %v", o, err)
	}
}
