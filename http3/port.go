package http3

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quic-go/quic-go"
	"golang.org/x/net/ipv4"
)

// Port is a UDP socket that one process has after another, without a pause. All of them
// write to it, and one reads: until the next process is ready this one, and then that one,
// which passes on what belongs to connections of this one. It tells them by the first
// bytes of their connection IDs.
//
// The methods of net.UDPConn that read are for QUIC alone. The others may be called from any
// goroutine.
type Port struct {
	*net.UDPConn
	batch *ipv4.PacketConn // reads several packets at once
	mine  mark
	keys  keys

	before atomic.Pointer[predecessor] // nil: there is none, or none any more
	letter []byte                      // a packet on its way through a relay; of who reads

	leaving atomic.Bool
	silent  chan struct{} // closed when this process has stopped reading the socket
	left    chan struct{} // closed when the next one has been told so
	closed  chan struct{} // see Close
	closing sync.Once

	mu       sync.Mutex // guards what follows
	deadline time.Time  // of QUIC's reads
	next     *successor // nil before Relay
}

// mark is what the connection IDs of a process begin with. The ID of a first packet, which
// its client has drawn, begins like that by chance once in 2^32.
type mark [4]byte

// connIDLen is the length of connection IDs in bytes: a mark, and as much again by which connections differ.
const connIDLen = 2 * len(mark{})

// keys are those of QUIC that a client may meet again at the next process.
type keys struct {
	reset quic.StatelessResetKey
	token quic.TokenGeneratorKey
}

// OpenPort takes a socket over. relay is what Port.Relay returned in the process before
// this one, which then has the port until HandOver; nil: there is none. Both belong to the Port
// from then on, also if there is an error.
func OpenPort(conn *net.UDPConn, relay *os.File) (*Port, error) {
	p := &Port{UDPConn: conn, batch: ipv4.NewPacketConn(conn), silent: make(chan struct{}), left: make(chan struct{}), closed: make(chan struct{})}
	_, _ = rand.Read(p.mine[:]) // never fails, nor do the others
	if relay == nil {
		_, _ = rand.Read(p.keys.reset[:])
		_, _ = rand.Read(p.keys.token[:])
		return p, nil
	}
	r, err := openRelay(relay)
	if err == nil {
		var before mark
		if before, p.keys, err = r.ask(); err == nil {
			p.before.Store(&predecessor{r, before})
			return p, nil
		}
		_ = r.Close()
	}
	_ = conn.Close()
	return nil, fmt.Errorf("http3: the process before this one does not hand its port over: %w", err)
}

// Close closes the socket, and what leads to the processes before and after.
func (p *Port) Close() error {
	err := net.ErrClosed
	p.closing.Do(func() {
		close(p.closed)
		err = p.UDPConn.Close()
		if b := p.before.Load(); b != nil {
			_ = b.Close()
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.next != nil {
			_ = p.next.Close()
		}
	})
	return err
}

// GenerateConnectionID makes the IDs of connections of this process (RFC 9000 §5.1).
func (p *Port) GenerateConnectionID() (quic.ConnectionID, error) {
	id := make([]byte, connIDLen)
	_, _ = rand.Read(id[copy(id, p.mine[:]):])
	return quic.ConnectionIDFromBytes(id), nil
}

// ConnectionIDLen returns the length of IDs in bytes.
func (p *Port) ConnectionIDLen() int { return connIDLen }

// leads reports whether a packet belongs to a connection of the process that has this
// mark. Its header is long or short (RFC 8999 §5).
func (m mark) leads(packet []byte) bool {
	switch {
	case len(packet) == 0:
		return false
	case packet[0]&0x80 == 0:
		return bytes.HasPrefix(packet[1:], m[:])
	}
	const idAt = 6 // behind the version, and the length
	return len(packet) > idAt && int(packet[idAt-1]) == connIDLen && bytes.HasPrefix(packet[idAt:], m[:])
}

// SetReadDeadline is QUIC's way of ending a read.
func (p *Port) SetReadDeadline(at time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.deadline = at
	if !p.leaving.Load() {
		return p.UDPConn.SetReadDeadline(at)
	}
	select {
	case <-p.left:
		return p.next.SetReadDeadline(at)
	default: // HandOver will see to it
		return nil
	}
}

// ReadBatch reads what belongs to connections of this process, and what begins new ones if
// that is still its work. It is called by one goroutine.
func (p *Port) ReadBatch(into []ipv4.Message, flags int) (int, error) {
	for {
		select {
		case <-p.left:
			return p.next.receive(into)
		default:
		}
		n, err := p.batch.ReadBatch(into, flags)
		if n = p.sort(into[:max(n, 0)]); n > 0 {
			return n, nil
		}
		switch {
		case err == nil: // all of it was for the process before this one
		case p.leaving.Load() && errors.Is(err, os.ErrDeadlineExceeded):
			close(p.silent)
			select {
			case <-p.left:
			case <-p.closed:
				return 0, net.ErrClosed
			}
		default:
			return 0, err
		}
	}
}

// sort passes on what is for the process before this one, and returns how many packets
// are left, which it has moved to the front.
func (p *Port) sort(ms []ipv4.Message) int {
	before := p.before.Load()
	if before == nil {
		return len(ms)
	}
	n := 0
	for i := range ms {
		m := &ms[i]
		if before.mark.leads(m.Buffers[0][:m.N]) && p.pass(before, m) {
			continue
		}
		if i != n {
			move(&ms[n], m) // QUIC knows buffers by their places
		}
		n++
	}
	return n
}

func move(to, from *ipv4.Message) {
	to.N = copy(to.Buffers[0], from.Buffers[0][:from.N])
	to.NN = copy(to.OOB, from.OOB[:from.NN])
	to.Addr, to.Flags = from.Addr, from.Flags
}

// pass reports whether the process before this one is still there.
func (p *Port) pass(before *predecessor, m *ipv4.Message) bool {
	p.letter = appendPacket(p.letter[:0], m)
	if before.send(p.letter) {
		return true
	}
	p.before.Store(nil)
	_ = before.Close()
	return false
}
