package http3

import (
	"bufio"
	"errors"
	"io"
	"time"

	"github.com/quic-go/quic-go"
)

// listen takes a stream on which the client alone speaks (RFC 9114 §6.2).
func (c *conn) listen(st *quic.ReceiveStream) {
	defer st.ReleaseStreamCredit()
	_ = st.SetReadDeadline(time.Now().Add(c.server.Limits.HeadTimeout))
	in := bufio.NewReaderSize(st, 64)
	kind, err := readInt(in)
	if err != nil { // the client has thought better of it
		st.CancelRead(quic.StreamErrorCode(codeStreamCreation))
		c.blame(c.asksNothing())
		return
	}
	_ = st.SetReadDeadline(time.Time{})
	c.blame(c.listenTo(st, kind, in))
}

func (c *conn) listenTo(st *quic.ReceiveStream, kind uint64, in input) error {
	switch kind {
	case streamControl:
		return c.critical(&c.hasControl, in, c.readControls)
	case streamEncoder:
		return c.critical(&c.hasEncoder, in, encoderStream)
	case streamDecoder:
		return c.critical(&c.hasDecoder, in, decoderStream)
	case streamPush:
		return fail(codeStreamCreation, "a client pushes nothing")
	}
	st.CancelRead(quic.StreamErrorCode(codeStreamCreation))
	return c.asksNothing()
}

// critical reads a stream of which there is one, and which never ends.
func (c *conn) critical(has *bool, in input, read func(input) error) error {
	c.mu.Lock()
	twice := *has
	*has = true
	c.mu.Unlock()
	if twice {
		return fail(codeStreamCreation, "a stream of which there is one is opened twice")
	}
	err := read(in)
	var reset *quic.StreamError
	if errors.Is(err, io.EOF) || errors.As(err, &reset) {
		return fail(codeClosedCriticalStream, "a stream that never ends has ended")
	}
	return err
}

// readControls reads the control stream (RFC 9114 §6.2.1).
func (c *conn) readControls(in input) error {
	kind, length, err := readFrame(in)
	switch {
	case err != nil:
		return err
	case kind != frameSettings:
		return fail(codeMissingSettings, "the control stream does not begin with SETTINGS")
	}
	if err := settings(in, length); err != nil {
		return err
	}
	for {
		if kind, length, err = readFrame(in); err != nil {
			return err
		}
		switch kind {
		case frameData, frameHeaders, framePushPromise, frameSettings:
			return fail(codeFrameUnexpected, "a frame of another stream, or a second SETTINGS, is on the control stream")
		case frameCancelPush:
			return fail(codeIDError, "nothing was pushed")
		}
		if isOfHTTP2(kind) {
			return fail(codeFrameUnexpected, "a frame is one of HTTP/2")
		}
		if err := errors.Join(skip(in, length), c.asksNothing()); err != nil {
			return err
		}
	}
}

// settings reads SETTINGS (RFC 9114 §7.2.4), of which none changes what we do: the
// fields that we send need no table, and are few.
func settings(in input, length uint64) error {
	if length > longestSkipped {
		return fail(codeExcessiveLoad, "SETTINGS is too long")
	}
	frame := &section{in: in, left: length}
	seen := map[uint64]bool{}
	for frame.left > 0 {
		id, err := readInt(frame)
		if err == nil {
			_, err = readInt(frame)
		}
		switch {
		case err != nil:
			return truncated(err)
		case isSettingOfHTTP2(id):
			return fail(codeSettingsError, "a setting is one of HTTP/2")
		case seen[id]:
			return fail(codeSettingsError, "a setting comes twice")
		}
		seen[id] = true
	}
	return nil
}

// section is the content of a frame.
type section struct {
	in   input
	left uint64
}

// ReadByte implements io.ByteReader.
func (s *section) ReadByte() (byte, error) {
	if s.left == 0 {
		return 0, io.EOF
	}
	s.left--
	b, err := s.in.ReadByte()
	return b, truncated(err)
}

// encoderStream reads what the client would put into a table (RFC 9204 §4.3). As it has
// no room, it may say that it has none.
func encoderStream(in input) error {
	for {
		b, err := in.ReadByte()
		switch {
		case err != nil:
			return err
		case b != 0x20: // Set Dynamic Table Capacity, to 0
			return fail(codeEncoderStream, "the table of fields has no room")
		}
	}
}

// decoderStream reads what the client says of a table (RFC 9204 §4.4). Where nothing is
// ever put into it, only a cancelled stream can be told of.
func decoderStream(in input) error {
	for {
		b, err := in.ReadByte()
		switch {
		case err != nil:
			return err
		case b>>6 != 1: // Stream Cancellation
			return fail(codeDecoderStream, "the table of fields is empty")
		}
		for more := b&0x3F == 0x3F; more; more = b&0x80 != 0 {
			if b, err = in.ReadByte(); err != nil {
				return err
			}
		}
	}
}
