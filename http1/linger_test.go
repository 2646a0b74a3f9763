package http1

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"
	"time"

	"hedge/httpmsg"
)

// tooLargeAnswer answers before anything of the content has been read.
func tooLargeAnswer() *httpmsg.Response { return httpmsg.Text(413, "too large") }

// A client that sends all of its content before it reads gets the early answer.
func TestEarlyAnswerIsRead(t *testing.T) {
	const size = 16 << 20 // more than all buffers hold
	piece := strings.Repeat("x", 64<<10)
	for name, c := range map[string]struct {
		field string
		frame func(string) string
	}{
		"known length": {fmt.Sprintf("Content-Length: %d", size), func(s string) string { return s }},
		"chunked":      {"Transfer-Encoding: chunked", func(s string) string { return fmt.Sprintf("%x\r\n%s\r\n", len(s), s) }},
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, answering(tooLargeAnswer))
			nc := r.dial(t, "POST / HTTP/1.1\r\nHost: a\r\n"+c.field+"\r\n\r\n")
			for range size / len(piece) {
				if _, err := io.WriteString(nc, c.frame(piece)); err != nil {
					t.Fatal(err)
				}
			}
			expect(t, nc, "HTTP/1.1 413 Content Too Large\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 9\r\n"+closes+"\r\ntoo large")
		})
	}
}

// It is not listened to for ever: neither one that sends without end, nor one that is
// silent.
func TestLingeringEnds(t *testing.T) {
	for name, change := range map[string]func(*Limits){
		"bytes":   func(l *Limits) { l.LingerBytes = 1 << 20 },
		"time":    func(l *Limits) { l.LingerTime = 10 * time.Millisecond },
		"silence": func(l *Limits) { l.LingerSilence = 10 * time.Millisecond },
	} {
		t.Run(name, func(t *testing.T) {
			limits := DefaultLimits()
			limits.LingerBytes, limits.LingerTime, limits.LingerSilence = 1<<50, patience, patience
			change(&limits)
			r := serve(t, &Server{Handler: answering(tooLargeAnswer), Limits: limits})
			nc := r.dial(t, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000000\r\n\r\n")
			if name == "silence" {
				_, _ = io.Copy(io.Discard, nc)
			}
			var err error
			pause := time.NewTicker(100 * time.Millisecond) // the silence; a write in it comes too late
			defer pause.Stop()
			for piece := make([]byte, 64<<10); err == nil; {
				if name == "silence" {
					<-pause.C
				}
				_, err = nc.Write(piece)
			}
			if !errors.Is(err, syscall.EPIPE) && !errors.Is(err, syscall.ECONNRESET) {
				t.Error(err)
			}
		})
	}
}
