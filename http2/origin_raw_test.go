package http2

import (
	"bytes"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"hedge"
	"hedge/httpmsg"
)

// scripted is an origin whose frames a test writes.
type scripted struct {
	*http2.Framer
	conn net.Conn
}

// script is an origin that does the same on each connection, until the client hangs up.
// n counts the connections.
func script(t *testing.T, do func(s *scripted, n int)) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	go func() { // ends with the listener
		for n := 0; ; n++ {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				preface := make([]byte, len(http2.ClientPreface))
				if _, err := io.ReadFull(conn, preface); err != nil || string(preface) != http2.ClientPreface {
					return
				}
				do(&scripted{http2.NewFramer(conn, conn), conn}, n)
			}()
		}
	}()
	return "http://" + ln.Addr().String()
}

// request reads up to the head of the next request; 0 at the end.
func (s *scripted) request() uint32 {
	for {
		f, err := s.ReadFrame()
		if err != nil {
			return 0
		}
		if _, ok := f.(*http2.HeadersFrame); ok {
			return f.Header().StreamID
		}
	}
}

// head writes the head of an answer.
func (s *scripted) head(id uint32, ends bool, fields ...string) {
	_ = s.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: encode(fields...), EndHeaders: true, EndStream: ends})
}

func encode(fields ...string) []byte {
	var block bytes.Buffer
	e := hpack.NewEncoder(&block)
	for i := 0; i < len(fields); i += 2 {
		_ = e.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]})
	}
	return block.Bytes()
}

// rest reads until the client hangs up.
func (s *scripted) rest() { _, _ = io.Copy(io.Discard, s.conn) }

// Requests that wait for a new connection, of which nothing comes, take the room that an
// older one has again.
func TestRoomOnAnOlderConnection(t *testing.T) {
	began, answer, silent := make(chan struct{}), make(chan struct{}), make(chan struct{})
	url := script(t, func(s *scripted, n int) {
		if n > 0 {
			close(silent)
			s.rest()
			return
		}
		_ = s.WriteSettings(http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: 1})
		id := s.request()
		close(began)
		<-answer
		for ; id != 0; id = s.request() {
			s.head(id, true, ":status", "200")
		}
	})
	c, _ := newTestClient(t, func(cfg *ClientConfig) { cfg.HeadTimeout = time.Hour })
	results := make(chan error, 4)
	ask := func() {
		_, err := c.RoundTrip(t.Context(), to(url, "GET", "/", ""))
		results <- err
	}
	go ask()
	<-began
	go ask() // makes the connection that says nothing
	<-silent
	for range 2 {
		go ask() // wait for that
	}
	close(answer)
	for range 3 {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
}

// What is no answer fails with the outcome that says whose fault it is, be it in the
// head or in the content.
func TestOriginsThatMisbehave(t *testing.T) {
	long := strings.Repeat("x", 12<<10)
	for _, c := range []struct {
		name string
		do   func(s *scripted, id uint32)
		want hedge.Outcome
	}{
		{"no status", func(s *scripted, id uint32) { s.head(id, true, "x-a", "1") }, hedge.OutcomeOriginMalformed},
		{"odd status", func(s *scripted, id uint32) { s.head(id, true, ":status", "2000") }, hedge.OutcomeOriginMalformed},
		{"switches", func(s *scripted, id uint32) { s.head(id, true, ":status", "101") }, hedge.OutcomeOriginMalformed},
		{"status twice", func(s *scripted, id uint32) { s.head(id, true, ":status", "200", ":status", "200") }, hedge.OutcomeOriginMalformed},
		{"late status", func(s *scripted, id uint32) { s.head(id, true, "x-a", "1", ":status", "200") }, hedge.OutcomeOriginMalformed},
		{"a request's field", func(s *scripted, id uint32) { s.head(id, true, ":status", "200", ":path", "/") }, hedge.OutcomeOriginMalformed},
		{"upper case", func(s *scripted, id uint32) { s.head(id, true, ":status", "200", "X-A", "1") }, hedge.OutcomeOriginMalformed},
		{"line break", func(s *scripted, id uint32) { s.head(id, true, ":status", "200", "x-a", "1\r\nx-b: 2") }, hedge.OutcomeOriginMalformed},
		{"field of HTTP/1.1", func(s *scripted, id uint32) { s.head(id, true, ":status", "200", "transfer-encoding", "chunked") }, hedge.OutcomeOriginMalformed},
		{"two lengths", func(s *scripted, id uint32) {
			s.head(id, true, ":status", "200", "content-length", "1", "content-length", "1")
		}, hedge.OutcomeOriginMalformed},
		{"large head", func(s *scripted, id uint32) { s.head(id, true, ":status", "200", "x-a", long, "x-b", long) }, hedge.OutcomeOriginMalformed},
		{"bomb", func(s *scripted, id uint32) {
			fields := []string{":status", "200"}
			for range 1000 {
				fields = append(fields, "x-a", "a value that the table holds")
			}
			s.head(id, true, fields...)
		}, hedge.OutcomeOriginMalformed},
		{"flood of CONTINUATION", func(s *scripted, id uint32) {
			_ = s.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: encode(":status", "200")})
			for range 1 << 16 {
				if s.WriteContinuation(id, false, nil) != nil {
					return
				}
			}
		}, hedge.OutcomeOriginMalformed},
		{"no end of interim answers", func(s *scripted, id uint32) {
			for range 16 {
				s.head(id, false, ":status", "103")
			}
		}, hedge.OutcomeOriginMalformed},
		{"content without a head", func(s *scripted, id uint32) { _ = s.WriteData(id, true, []byte("x")) }, hedge.OutcomeOriginMalformed},
		{"too short", func(s *scripted, id uint32) {
			s.head(id, false, ":status", "200", "content-length", "5")
			_ = s.WriteData(id, true, []byte("x"))
		}, hedge.OutcomeOriginMalformed},
		{"too long", func(s *scripted, id uint32) {
			s.head(id, false, ":status", "200", "content-length", "1")
			_ = s.WriteData(id, true, []byte("xyz"))
		}, hedge.OutcomeOriginMalformed},
		{"fields amid content", func(s *scripted, id uint32) {
			s.head(id, false, ":status", "200")
			s.head(id, false, "x-a", "1")
		}, hedge.OutcomeOriginMalformed},
		{"push", func(s *scripted, id uint32) {
			_ = s.WritePushPromise(http2.PushPromiseParam{StreamID: id, PromiseID: 2, BlockFragment: encode(":method", "GET"), EndHeaders: true})
		}, hedge.OutcomeOriginMalformed},
		{"an answer to nothing", func(s *scripted, id uint32) { s.head(id+2, true, ":status", "200") }, hedge.OutcomeOriginMalformed},
		{"a wide window", func(s *scripted, id uint32) {
			_ = s.WriteWindowUpdate(id, maxWindow)
		}, hedge.OutcomeOriginMalformed},
		{"reset", func(s *scripted, id uint32) { _ = s.WriteRSTStream(id, http2.ErrCodeInternal) }, hedge.OutcomeOriginReset},
		{"reset in its content", func(s *scripted, id uint32) {
			s.head(id, false, ":status", "200")
			_ = s.WriteData(id, false, []byte("x"))
			_ = s.WriteRSTStream(id, http2.ErrCodeInternal)
		}, hedge.OutcomeOriginReset},
		{"hangs up", func(s *scripted, id uint32) { _ = s.conn.Close() }, hedge.OutcomeOriginReset},
		{"hangs up in its content", func(s *scripted, id uint32) {
			s.head(id, false, ":status", "200")
			_ = s.WriteData(id, false, []byte("x"))
			_ = s.conn.Close()
		}, hedge.OutcomeOriginReset},
		{"is silent", func(*scripted, uint32) {}, hedge.OutcomeOriginTimeout},
		{"stalls in its content", func(s *scripted, id uint32) {
			s.head(id, false, ":status", "200")
			_ = s.WriteData(id, false, []byte("x"))
		}, hedge.OutcomeOriginTimeout},
	} {
		t.Run(c.name, func(t *testing.T) {
			origin := script(t, func(s *scripted, _ int) {
				_ = s.WriteSettings()
				if id := s.request(); id != 0 {
					c.do(s, id)
				}
				s.rest()
			})
			client, _ := newTestClient(t, func(cfg *ClientConfig) {
				if c.want == hedge.OutcomeOriginTimeout {
					cfg.HeadTimeout, cfg.StreamIdleTimeout = 20*time.Millisecond, 20*time.Millisecond
				}
			})
			res, err := client.RoundTrip(t.Context(), to(origin, "GET", "/", ""))
			if err == nil && res.Body != nil {
				_, err = io.ReadAll(res.Body)
				res.CloseBody()
			}
			if hedge.OutcomeOf(err) != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

// An origin that opens no window does not hold a request for ever.
func TestOriginThatTakesNoContent(t *testing.T) {
	origin := script(t, func(s *scripted, _ int) {
		_ = s.WriteSettings()
		s.request()
		s.rest()
	})
	c, _ := newTestClient(t, func(cfg *ClientConfig) { cfg.StreamIdleTimeout = 20 * time.Millisecond })
	_, err := c.RoundTrip(t.Context(), to(origin, "POST", "/", strings.Repeat("x", 2*defaultWindow)))
	if hedge.OutcomeOf(err) != hedge.OutcomeOriginTimeout {
		t.Errorf("got %v", err)
	}
}

// What does not begin with SETTINGS does not speak HTTP/2.
func TestOriginsThatSpeakSomethingElse(t *testing.T) {
	origin := script(t, func(s *scripted, _ int) { _, _ = io.WriteString(s.conn, "HTTP/1.1 400 Bad Request\r\n\r\n") })
	c, _ := newTestClient(t, nil)
	if _, err := c.RoundTrip(t.Context(), to(origin, "GET", "/", "")); hedge.OutcomeOf(err) != hedge.OutcomeOriginMalformed {
		t.Errorf("got %v", err)
	}
}

// A request that the origin has not looked at is sent again, whatever it is; one that
// it may have looked at only if that does no harm, it has no content, and the connection was
// not new.
func TestRequestsAreSentAgain(t *testing.T) {
	refuse := func(s *scripted, id uint32) { _ = s.WriteRSTStream(id, http2.ErrCodeRefusedStream) }
	decline := func(s *scripted, id uint32) { _ = s.WriteRSTStream(id, http2.ErrCodeHTTP11Required) }
	leave := func(s *scripted, id uint32) { _ = s.WriteGoAway(id-2, http2.ErrCodeNo, nil) }
	hangUp := func(s *scripted, _ uint32) { _ = s.conn.Close() }
	for _, c := range []struct {
		name, method, body string
		do                 func(s *scripted, id uint32) // instead of an answer to the second request
		want               hedge.Outcome
		times              int
	}{
		{"refused", "POST", "", refuse, "", 1},
		{"refused with content", "POST", "x", refuse, "", 1},
		{"refused for ever", "GET", "", refuse, hedge.OutcomeOriginRefused, 9},
		{"wanted over HTTP/1.1", "POST", "", decline, hedge.OutcomeOriginRefused, 1},
		{"left behind", "POST", "", leave, "", 1},
		{"left behind with content", "POST", "x", leave, "", 1},
		{"broken", "GET", "", hangUp, "", 1},
		{"broken POST", "POST", "", hangUp, hedge.OutcomeOriginReset, 1},
		{"broken with content", "PUT", "x", hangUp, hedge.OutcomeOriginReset, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			done := make(chan struct{}, 16) // one for each time that do has been done
			origin := script(t, func(s *scripted, n int) {
				_ = s.WriteSettings()
				for i := 0; ; i++ {
					id := s.request()
					if id == 0 {
						return
					}
					if n+i > 0 && len(done) < c.times {
						done <- struct{}{}
						c.do(s, id)
					} else {
						s.head(id, true, ":status", "204")
					}
				}
			})
			client, _ := newTestClient(t, nil)
			if res, _, err := fetch(t, client, to(origin, "GET", "/", "")); err != nil || res.Status != 204 {
				t.Fatal(res, err)
			}
			_, _, err := fetch(t, client, to(origin, c.method, "/", c.body))
			if err == nil && c.want != "" || err != nil && hedge.OutcomeOf(err) != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
			if len(done) != min(c.times, maxAttempts) {
				t.Errorf("the origin failed %d times", len(done))
			}
		})
	}
}

// The windows of the origin are kept to, and a body that fails ends the request.
func TestUploadsKeepToWindows(t *testing.T) {
	got := make(chan int, 1)
	origin := script(t, func(s *scripted, _ int) {
		_ = s.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1000})
		s.head(s.request(), true, ":status", "204") // now the client knows the window
		id := s.request()
		sum, open := 0, 1000
		for {
			f, err := s.ReadFrame()
			if err != nil {
				return
			}
			d, ok := f.(*http2.DataFrame)
			if !ok {
				continue
			}
			if sum += len(d.Data()); sum > open {
				got <- -1
				return
			}
			if d.StreamEnded() {
				got <- sum
				s.head(id, true, ":status", "204")
				continue
			}
			if sum == open {
				open += 700
				_ = s.WriteWindowUpdate(id, 700)
				_ = s.WriteWindowUpdate(0, 700)
			}
		}
	})
	c, _ := newTestClient(t, nil)
	if _, _, err := fetch(t, c, to(origin, "GET", "/", "")); err != nil {
		t.Fatal(err)
	}
	req := to(origin, "POST", "/", strings.Repeat("x", 5000))
	if res, _, err := fetch(t, c, req); err != nil || res.Status != 204 {
		t.Errorf("%v, %v", res, err)
	}
	if n := <-got; n != 5000 {
		t.Errorf("the origin got %d bytes", n)
	}
	for _, length := range []int64{100, 1} {
		broken := to(origin, "POST", "/", "hello")
		broken.ContentLength = length
		if _, _, err := fetch(t, c, broken); hedge.OutcomeOf(err) != hedge.OutcomeException {
			t.Errorf("a body of another length than %d: %v", length, err)
		}
	}
}

// More content than the window allows ends the answer, when nobody reads it.
func TestOriginsKeepToWindows(t *testing.T) {
	reset := make(chan http2.ErrCode, 1)
	origin := script(t, func(s *scripted, _ int) {
		_ = s.WriteSettings()
		id := s.request()
		s.head(id, false, ":status", "200")
		for range answerWindow/maxFrame + 1 {
			_ = s.WriteData(id, false, make([]byte, maxFrame))
		}
		for {
			f, err := s.ReadFrame()
			if err != nil {
				return
			}
			if f, ok := f.(*http2.RSTStreamFrame); ok {
				reset <- f.ErrCode
				return
			}
		}
	})
	c, _ := newTestClient(t, nil)
	res, err := c.RoundTrip(t.Context(), to(origin, "GET", "/", ""))
	if err != nil {
		t.Fatal(err)
	}
	defer res.CloseBody()
	if code := <-reset; code != http2.ErrCodeFlowControl {
		t.Errorf("reset with %v", code)
	}
	if n, err := io.Copy(io.Discard, res.Body); hedge.OutcomeOf(err) != hedge.OutcomeOriginMalformed || n > answerWindow {
		t.Errorf("%d bytes, %v", n, err)
	}
}

// Of an answer that is read slowly, and never up to what has come, no more is in memory than
// the window has room for.
func TestSlowReadersKeepTheWindowAlone(t *testing.T) {
	const total = 64 * answerWindow
	origin := script(t, func(s *scripted, _ int) {
		_ = s.WriteSettings()
		id := s.request()
		s.head(id, false, ":status", "200")
		window, frame := answerWindow, make([]byte, maxFrame)
		for sent := 0; sent < total; sent += maxFrame {
			for window < maxFrame {
				f, err := s.ReadFrame()
				if err != nil {
					return
				}
				if f, ok := f.(*http2.WindowUpdateFrame); ok && f.StreamID == id {
					window += int(f.Increment)
				}
			}
			window -= maxFrame
			if s.WriteData(id, sent+maxFrame == total, frame) != nil {
				return
			}
		}
		s.rest()
	})
	c, _ := newTestClient(t, nil)
	res, err := c.RoundTrip(t.Context(), to(origin, "GET", "/", ""))
	if err != nil {
		t.Fatal(err)
	}
	defer res.CloseBody()
	one, read, most := res.Body.(*callBody).one, 0, 0
	for buf := make([]byte, maxFrame); ; {
		one.conn.mu.Lock()
		for one.came.len() < 2*maxFrame && one.ended == nil {
			one.changed.Wait()
		}
		most = max(most, cap(one.came.buf))
		one.conn.mu.Unlock()
		n, err := res.Body.Read(buf)
		if read += n; err != nil {
			if err != io.EOF || read != total {
				t.Errorf("%d bytes, %v", read, err)
			}
			break
		}
	}
	if most > 2*answerWindow {
		t.Errorf("%d KiB were in memory, the window has %d", most>>10, answerWindow>>10)
	}
}

// told is a body that says when it is closed.
type told struct {
	io.Reader
	once   sync.Once
	closed chan struct{}
}

func (b *told) Close() error {
	b.once.Do(func() { close(b.closed) })
	return nil
}

// Content that the origin has not looked at is sent again as it was, with its trailer, as far
// as it has been kept; and its body is closed.
func TestContentIsSentAgain(t *testing.T) {
	origin := script(t, func(s *scripted, _ int) {
		_ = s.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1 << 20})
		_ = s.WriteWindowUpdate(0, 1<<20)
		for times := 1; ; times++ {
			id, size, trailer := uint32(0), 0, 0
			for ended := false; !ended; {
				f, err := s.ReadFrame()
				if err != nil {
					return
				}
				switch f := f.(type) {
				case *http2.DataFrame:
					size += len(f.Data())
					ended = f.StreamEnded()
				case *http2.HeadersFrame:
					id, trailer = f.StreamID, trailer+1
					ended = f.StreamEnded()
				}
			}
			if times == 1 {
				_ = s.WriteRSTStream(id, http2.ErrCodeRefusedStream)
				continue
			}
			s.head(id, true, ":status", "204", "x-size", strconv.Itoa(size), "x-heads", strconv.Itoa(trailer))
		}
	})
	for _, e := range []struct {
		size    int
		trailer bool
		want    hedge.Outcome
	}{{5, false, hedge.OutcomeOK}, {5, true, hedge.OutcomeOK}, {64 << 10, false, hedge.OutcomeOK}, {64<<10 + 1, false, hedge.OutcomeOriginRefused}} {
		c, _ := newTestClient(t, nil)
		body := &told{Reader: strings.NewReader(strings.Repeat("x", e.size)), closed: make(chan struct{})}
		req := to(origin, "POST", "/", "")
		req.Body, req.ContentLength = body, int64(e.size)
		heads := "1"
		if e.trailer {
			heads = "2"
			req.Trailer = func() httpmsg.Header { return httpmsg.NewHeader("X-End", "1") }
		}
		res, _, err := fetch(t, c, req)
		if hedge.OutcomeOf(err) != e.want {
			t.Errorf("%d bytes: %v, want %s", e.size, err, e.want)
		}
		if res != nil && (res.Header.Get("X-Size") != strconv.Itoa(e.size) || res.Header.Get("X-Heads") != heads) {
			t.Errorf("%d bytes: the origin saw %v", e.size, res.Header)
		}
		if req.Body != body {
			t.Error("the request has been changed")
		}
		<-body.closed
	}
}

// A field that is too long ends its own answer, and no other of the connection.
func TestOneLongFieldEndsOneAnswer(t *testing.T) {
	for _, c := range []string{"~", "a"} { // of which Huffman's code makes more, or less
		proceed := make(chan struct{})
		origin := script(t, func(s *scripted, _ int) {
			_ = s.WriteSettings()
			first := s.request()
			s.head(first, false, ":status", "200")
			second := s.request()
			block := encode(":status", "200", "x-a", strings.Repeat(c, 30<<10))
			_ = s.WriteHeaders(http2.HeadersFrameParam{StreamID: second, BlockFragment: block[:maxFrame], EndStream: true})
			_ = s.WriteContinuation(second, true, block[maxFrame:])
			<-proceed
			_ = s.WriteData(first, true, []byte("hello"))
			s.rest()
		})
		client, dials := newTestClient(t, nil)
		held, err := client.RoundTrip(t.Context(), to(origin, "GET", "/", ""))
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := fetch(t, client, to(origin, "GET", "/long", "")); hedge.OutcomeOf(err) != hedge.OutcomeOriginMalformed {
			t.Errorf("got %v", err)
		}
		close(proceed)
		if text, err := io.ReadAll(held.Body); err != nil || string(text) != "hello" || dials() != 1 {
			t.Errorf("%q, %v, over %d connections", text, err, dials())
		}
		held.CloseBody()
	}
}
