package http3

import (
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"

	"golang.org/x/net/ipv4"

	"hedge/sock"
)

// What a process and the next say to each other begins with one of these.
const (
	letterAsk    = 'a' // the next will have the port, and asks for what it has to know
	letterState  = 's' // the answer: mark and keys
	letterYours  = 'y' // nobody reads the port any more
	letterPacket = 'p' // a packet that the next has read
)

// answerPatience is how long the process before this one may take for an answer.
const answerPatience = 10 * time.Second

// relay is one end of a socket that keeps messages apart, between two processes.
type relay struct {
	*net.UnixConn
	raw syscall.RawConn
}

// openRelay takes f over.
func openRelay(f *os.File) (*relay, error) {
	c, err := net.FileConn(f)
	_ = f.Close()
	if err != nil {
		return nil, err
	}
	conn, ok := c.(*net.UnixConn)
	if !ok {
		_ = c.Close()
		return nil, errors.New("what it left is no Unix socket")
	}
	raw, err := conn.SyscallConn()
	return &relay{conn, raw}, err
}

// relays makes both ends of one.
func relays() (mine *relay, theirs *os.File, err error) {
	own, theirs, err := sock.Pair(syscall.SOCK_SEQPACKET, "relay")
	if err != nil {
		return nil, nil, err
	}
	if mine, err = openRelay(own); err != nil {
		_ = theirs.Close()
	}
	return mine, theirs, err
}

// send reports whether there is still somebody at the other end. Where there is no room,
// the letter is lost, as a packet may be.
func (r *relay) send(letter []byte) (there bool) {
	var sent error
	err := r.raw.Control(func(fd uintptr) { _, sent = sock.Send(fd, letter) })
	return err == nil && (sent == nil || errors.Is(sent, syscall.EAGAIN) || errors.Is(sent, syscall.ENOBUFS))
}

// ask asks the process before this one for its mark and the keys.
func (r *relay) ask() (before mark, shared keys, err error) {
	_ = r.SetReadDeadline(time.Now().Add(answerPatience))
	defer func() { _ = r.SetReadDeadline(time.Time{}) }()
	if !r.send([]byte{letterAsk}) {
		return before, shared, errors.New("it is gone")
	}
	var state [1 + len(before) + len(shared.reset) + len(shared.token) + 1]byte
	n, err := r.Read(state[:])
	if err != nil {
		return before, shared, err
	}
	if n != len(state)-1 || state[0] != letterState {
		return before, shared, errors.New("it answers something else")
	}
	rest := state[1+copy(before[:], state[1:]):]
	copy(shared.token[:], rest[copy(shared.reset[:], rest):])
	return before, shared, nil
}

// appendPacket appends a packet with what the system says of it: the length of the
// address, the address, the length of the rest about it, that, and the packet.
func appendPacket(b []byte, m *ipv4.Message) []byte {
	from, _ := m.Addr.(*net.UDPAddr)
	b = append(b, letterPacket, 0)
	at := len(b)
	b, _ = from.AddrPort().AppendBinary(b) // never fails
	b[at-1] = byte(len(b) - at)
	b = binary.BigEndian.AppendUint16(b, uint16(m.NN))
	b = append(b, m.OOB[:m.NN]...)
	return append(b, m.Buffers[0][:m.N]...)
}

// readPacket reads what appendPacket has made. It returns false for anything else.
func readPacket(m *ipv4.Message, b []byte) bool {
	if len(b) < 2 || b[0] != letterPacket || len(b) < 2+int(b[1])+2 {
		return false
	}
	from, b := b[2:2+b[1]], b[2+b[1]:]
	var at netip.AddrPort
	if at.UnmarshalBinary(from) != nil {
		return false
	}
	about := int(binary.BigEndian.Uint16(b))
	if b = b[2:]; len(b) < about || about > len(m.OOB) || len(b)-about > len(m.Buffers[0]) {
		return false
	}
	m.Addr, m.NN, m.N = net.UDPAddrFromAddrPort(at), copy(m.OOB, b[:about]), copy(m.Buffers[0], b[about:])
	return true
}
