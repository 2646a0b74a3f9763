package node

import (
	"errors"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"hedge"
)

// What this node lacks is not the origin's fault, wherever it is missed.
func TestDialErrorsSayWhoseTheyAre(t *testing.T) {
	for _, lack := range []syscall.Errno{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM} {
		socket := &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("socket", lack)}
		lookup := &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Name: "shop", Err: "dial udp 127.0.0.53:53: socket: " + lack.Error()}}
		for _, err := range []error{socket, lookup} {
			if got := hedge.OutcomeOf(connectError(err, "shop:80", time.Second)); got != hedge.OutcomeExhausted {
				t.Errorf("%v is %s", err, got)
			}
		}
	}
	for _, c := range []struct {
		err  error
		want hedge.Outcome
	}{
		{os.NewSyscallError("connect", syscall.ECONNREFUSED), hedge.OutcomeOriginRefused},
		{os.NewSyscallError("connect", syscall.EHOSTUNREACH), hedge.OutcomeOriginRefused},
		{&net.DNSError{Name: "shop", Err: "no such host", IsNotFound: true}, hedge.OutcomeOriginUnknown},
		{errors.New("something else"), hedge.OutcomeOriginRefused},
	} {
		if got := hedge.OutcomeOf(connectError(&net.OpError{Op: "dial", Err: c.err}, "shop:80", time.Second)); got != c.want {
			t.Errorf("%v is %s, want %s", c.err, got, c.want)
		}
	}
}
