package smuggling

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// run sends the request as it stands, and looks at what the client and the origin got.
func (d downgrade) run(t *testing.T, edge, host string, o *recorder) {
	want := d.want
	if host == byCode && d.inCode != "" {
		want = d.inCode
	}
	o.take()
	conn, in := dial(t, edge)
	framer := http2.NewFramer(conn, in)
	framer.AllowIllegalWrites = true
	send := func(err error) {
		if err != nil {
			t.Log(err) // the edge has ended the connection already
		}
	}
	_, err := io.WriteString(conn, http2.ClientPreface)
	send(err)
	send(framer.WriteSettings())
	send(framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: encoded(d.fields, host), EndHeaders: true}))
	send(framer.WriteData(1, d.trailer == nil, []byte(strings.ReplaceAll(d.content, "HOST", host))))
	if d.trailer != nil {
		send(framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: encoded(d.trailer, host), EndHeaders: true, EndStream: true}))
	}
	if got := outcome(framer, strings.Contains(want, " ")); got != want {
		t.Errorf("the client gets %q, want %q", got, want)
	}
	_ = conn.Close()
	bystander(t, edge, host)
	wanted := []string{"GET /bystander/0", "GET /bystander/1"}
	if d.seen != "" {
		wanted = append([]string{d.seen}, wanted...)
	}
	if got := o.take(); !slices.Equal(got, wanted) {
		t.Errorf("the origin has got %q, want %q", got, wanted)
	}
}

func encoded(fields []string, host string) []byte {
	var block bytes.Buffer
	enc := hpack.NewEncoder(&block)
	for _, field := range fields {
		if field == "+" {
			block.Write(encoded([]string{":method: POST", ":scheme: http", ":authority: HOST", ":path: /a"}, host))
			continue
		}
		field = strings.ReplaceAll(field, "HOST", host)
		at := strings.Index(field[1:], ": ") + 1
		if at == 0 {
			at = len(field) - 1
		}
		_ = enc.WriteField(hpack.HeaderField{Name: field[:at], Value: strings.TrimPrefix(field[at+1:], " ")}) // a Buffer takes everything
	}
	return block.Bytes()
}

// outcome reads what becomes of the stream.
func outcome(framer *http2.Framer, withContent bool) string {
	dec := hpack.NewDecoder(4096, nil)
	status, content := "", ""
	for {
		f, err := framer.ReadFrame()
		if err != nil {
			return err.Error()
		}
		ends := false
		switch f := f.(type) {
		case *http2.RSTStreamFrame:
			if f.ErrCode != http2.ErrCodeNo {
				return "reset"
			}
		case *http2.GoAwayFrame:
			return fmt.Sprint("the end: ", f.ErrCode)
		case *http2.HeadersFrame:
			fields, err := dec.DecodeFull(f.HeaderBlockFragment())
			if err != nil {
				return err.Error()
			}
			if len(fields) > 0 && fields[0].Name == ":status" && fields[0].Value != "100" {
				status = fields[0].Value
			}
			ends = f.StreamEnded()
		case *http2.DataFrame:
			content += string(f.Data())
			ends = f.StreamEnded()
		}
		if ends && withContent {
			return status + " " + content
		}
		if ends {
			return status
		}
	}
}
