package http3

import (
	"bytes"
	"strconv"

	"github.com/quic-go/qpack"

	"hedge"
	"hedge/httpmsg"
)

// fields are a field section in QPACK, of the static table alone.
type fields struct {
	bytes.Buffer
	encoder *qpack.Encoder
}

func newFields() *fields {
	f := &fields{}
	f.encoder = qpack.NewEncoder(&f.Buffer)
	return f
}

// add adds a field whose name is a token.
func (f *fields) add(name, value string) {
	_ = f.encoder.WriteField(qpack.HeaderField{Name: httpmsg.Lower(name), Value: value}) // into memory
}

// head adds the fields of an answer. A negative length is not known.
func (f *fields) head(res *httpmsg.Response, length int64, date string) error {
	if res.Status < 200 || res.Status > 999 {
		return hedge.Errorf(hedge.OutcomeException, "the answer has the status %d, which is not that of a final answer", res.Status)
	}
	f.add(":status", strconv.Itoa(res.Status))
	dated := false
	for _, field := range res.Header.Fields() {
		switch {
		case httpmsg.EqualFold(field.Name, "Content-Length"):
			continue
		case httpmsg.EqualFold(field.Name, "Date"):
			dated = true
		}
		if !httpmsg.IsToken(field.Name) || !httpmsg.IsFieldText(field.Value) {
			return hedge.Errorf(hedge.OutcomeException, "the answer has the field %.80q, whose name or value has characters that HTTP forbids", field.Name)
		}
		f.add(field.Name, httpmsg.TrimOWS(field.Value))
	}
	if !dated {
		f.add("date", date)
	}
	if length >= 0 {
		f.add("content-length", strconv.FormatInt(length, 10))
	}
	return nil
}

// trailer adds the fields of a trailer.
func (f *fields) trailer(trailer httpmsg.Header) {
	httpmsg.RemoveHopByHop(&trailer, nil)
	for _, field := range trailer.Fields() {
		if httpmsg.IsToken(field.Name) && httpmsg.IsFieldText(field.Value) && !httpmsg.NotInTrailer(field.Name) {
			f.add(field.Name, httpmsg.TrimOWS(field.Value))
		}
	}
}
