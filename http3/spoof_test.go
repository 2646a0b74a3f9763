package http3

import (
	"context"
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/quic-go/quic-go"
)

// firstPacket returns what a client sends first.
func firstPacket(t *testing.T) []byte {
	t.Helper()
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = pc.Close() }()
	ctx, cancel := context.WithCancel(t.Context())
	dialled := make(chan struct{})
	go func() {
		defer close(dialled)
		_, _ = quic.DialAddr(ctx, pc.LocalAddr().String(), clientTLS(protocol), nil)
	}()
	buf := make([]byte, 2000)
	n, _, err := pc.ReadFrom(buf)
	cancel()
	<-dialled
	if err != nil {
		t.Fatal(err)
	}
	return buf[:n]
}

// Who writes another's address into a packet has at most three times its length sent there
// (RFC 9000 §8.1).
func TestSpoofedAddress(t *testing.T) {
	limits := DefaultLimits()
	limits.HeadTimeout = 300 * time.Millisecond
	r := serve(t, &Server{Handler: echo, Limits: limits})
	packet := firstPacket(t)
	victim, err := net.Dial("udp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = victim.Close() }()
	if _, err := victim.Write(packet); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 2000)
	_ = victim.SetReadDeadline(time.Now().Add(patience))
	got, err := victim.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(patience); r.Shaking() > 0 && time.Now().Before(end); { // the server gives up
		runtime.Gosched()
	}
	_ = victim.SetReadDeadline(time.Now().Add(50 * time.Millisecond)) // what was sent is there
	for n := 0; err == nil; got += n {
		n, err = victim.Read(buf)
	}
	if got > 3*len(packet) {
		t.Errorf("%d bytes made the server send %d", len(packet), got)
	}
}

// When many handshakes are under way, clients have to show first where they are.
func TestRetry(t *testing.T) {
	limits := DefaultLimits()
	limits.Handshakes = -1
	r := serve(t, &Server{Handler: echo, Limits: limits})
	victim, err := net.Dial("udp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = victim.Close() }()
	if _, err := victim.Write(firstPacket(t)); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 2000)
	_ = victim.SetReadDeadline(time.Now().Add(patience))
	n, err := victim.Read(buf)
	if err != nil || n > 200 || buf[0]>>4 != 0xF { // a Retry, RFC 9000 §17.2.5
		t.Errorf("got %d bytes that begin with %#x, %v", n, buf[0], err)
	}
	if _, body := do(t, r.client(t), newRequest(t, "GET", "/", nil)); body != "GET /" {
		t.Errorf("got %q", body)
	}
}
