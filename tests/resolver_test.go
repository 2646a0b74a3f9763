package tests

import (
	"context"
	"encoding/binary"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
)

// resolver is a name server that answers as a test wants, and may change its mind
// with every question.
type resolver struct {
	mu      sync.Mutex
	answers map[string][][]string // name → the answers one after another, of which the last stays
}

// serve answers until the test ends. It returns what asks.
func (r *resolver) serve(t testing.TB) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	go func() { // until the socket is closed
		question := make([]byte, 512)
		for {
			n, from, err := conn.ReadFrom(question)
			if err != nil {
				return
			}
			_, _ = conn.WriteTo(r.answer(question[:n]), from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

const (
	typeA    = 1
	typeAAAA = 28
)

// answer makes the message that answers a question (RFC 1035 §4.1).
func (r *resolver) answer(question []byte) []byte {
	var name []string
	at := 12
	for question[at] != 0 {
		length := int(question[at])
		name = append(name, string(question[at+1:at+1+length]))
		at += 1 + length
	}
	kind := binary.BigEndian.Uint16(question[at+1:])
	end := at + 5
	records := r.next(strings.ToLower(strings.Join(name, ".")), kind)
	message := append([]byte{question[0], question[1], 0x81, 0x80, 0, 1, 0, byte(len(records)), 0, 0, 0, 0}, question[12:end]...)
	for _, addr := range records {
		data := addr.AsSlice()
		message = append(message, 0xC0, 12) // the name of the question
		message = binary.BigEndian.AppendUint16(message, kind)
		message = append(message, 0, 1, 0, 0, 0, 0) // IN, not to be kept
		message = binary.BigEndian.AppendUint16(message, uint16(len(data)))
		message = append(message, data...)
	}
	return message
}

// next returns the addresses of a name; those for IPv4 are asked for once in each
// round.
func (r *resolver) next(name string, kind uint16) (records []netip.Addr) {
	r.mu.Lock()
	defer r.mu.Unlock()
	rounds := r.answers[name]
	if len(rounds) == 0 {
		return nil
	}
	for _, text := range rounds[0] {
		if addr := netip.MustParseAddr(text); addr.Is4() && kind == typeA || addr.Is6() && kind == typeAAAA {
			records = append(records, addr)
		}
	}
	if len(rounds) > 1 && kind == typeA {
		r.answers[name] = rounds[1:]
	}
	return records
}
