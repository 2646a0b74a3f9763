package websocket

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"

	"hedge"
	"hedge/httpmsg"
)

// socket is the end of a WebSocket that code has. It is a httpmsg.Switched: the
// client's connection joins it.
type socket struct {
	cfg      Config
	most     int64 // bytes of a message that comes
	isClient bool  // we have opened it: our frames are masked, and those that come are not
	out      io.ReadCloser
	messages messages

	meeting sync.Once
	met     chan struct{}  // closed when conn is there, or never will be
	conn    httpmsg.Duplex // set before met is closed; nil if there never was one
	made    time.Time
	heard   atomic.Int64 // when something last came, in ns since it was made
	got     atomic.Int64 // bytes
	leaving atomic.Bool  // Close has been called

	writing sync.Mutex // guards what follows, and the writing to conn
	sent    int64      // bytes
	said    bool       // a Close frame has been sent, behind which nothing comes
}

var _ httpmsg.Switched = (*socket)(nil)

func newSocket(cfg Config, limits hedge.Limits, out io.ReadCloser, isClient bool) *socket {
	s := &socket{cfg: cfg, most: limits.WithDefaults().WebSocketMessage, isClient: isClient, out: out, made: time.Now(), met: make(chan struct{})}
	s.messages.socket = s
	return s
}

// meet gives the socket its connection, or nil if there will be none; false if it has
// one, or was told so.
func (s *socket) meet(conn httpmsg.Duplex) (first bool) {
	s.meeting.Do(func() {
		first = true
		s.conn = conn
		s.heard.Store(int64(time.Since(s.made)))
		if conn != nil {
			s.messages.begin(conn)
		}
		close(s.met)
	})
	return first
}

// Read is not for use.
func (s *socket) Read([]byte) (int, error) { return 0, io.EOF }

// Join writes what code says until it ends, or the connection does, and then waits for
// the other side to say that it has heard (RFC 6455 §7.1.1).
func (s *socket) Join(conn httpmsg.Duplex) (sent, received int64, err error) {
	if !s.meet(conn) {
		return 0, 0, httpmsg.ErrBodyClosed
	}
	beat := s.watch()
	s.farewell(s.send())
	late := time.AfterFunc(s.cfg.Farewell, func() { _ = conn.Close() })
	s.messages.drain()
	late.Stop()
	beat()
	s.writing.Lock()
	defer s.writing.Unlock()
	return s.sent, s.got.Load(), nil
}

// Close ends the conversation: the app is replaced, or the node ends, and the other side
// is told that somebody is there if it comes back.
func (s *socket) Close() error {
	if s.leaving.Swap(true) {
		return nil
	}
	if s.meet(nil) {
		return s.out.Close()
	}
	_ = s.say(statusRestart)
	return s.out.Close() // ends Join
}

// farewell tells the other side why code says no more.
func (s *socket) farewell(why error) {
	switch {
	case errors.Is(why, io.EOF) || errors.Is(why, httpmsg.ErrBodyClosed): // it has been said
		_ = s.say(ws.StatusGoingAway)
	case hedge.OutcomeOf(why) == hedge.OutcomeIsolateLost || hedge.OutcomeOf(why) == hedge.OutcomeCordonLost:
		_ = s.say(statusRestart)
	case hedge.OutcomeOf(why) == hedge.OutcomeExceededCPU, hedge.OutcomeOf(why) == hedge.OutcomeExceededMemory, hedge.OutcomeOf(why) == hedge.OutcomeHung:
		_ = s.say(ws.StatusInternalServerError)
	default:
		_ = s.say(ws.StatusGoingAway)
	}
}

// statusRestart is 1012, "service restart", of the IANA's registry.
const statusRestart ws.StatusCode = 1012

// watch pings when nothing has been heard for half of the time, and ends the
// connection when nothing has for all of it. It returns what ends the watching.
func (s *socket) watch() (stop func()) {
	over := make(chan struct{})
	go func() { // ends with stop
		ticker := time.NewTicker(max(s.cfg.Idle/2, time.Millisecond))
		defer ticker.Stop()
		for {
			select {
			case <-over:
				return
			case now := <-ticker.C:
				silence := now.Sub(s.made) - time.Duration(s.heard.Load())
				if silence >= s.cfg.Idle {
					_ = s.conn.Close()
				} else if silence >= s.cfg.Idle/2 {
					s.ping()
				}
			}
		}
	}()
	return sync.OnceFunc(func() { close(over) })
}
