package cache

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hedge/httpmsg"
)

func FuzzParseMeta(f *testing.F) {
	f.Add(AppendMeta(nil, &Meta{}))
	f.Add(AppendMeta(nil, &Meta{
		App: "a", Tags: []string{"t", ""}, Status: 200, Header: httpmsg.NewHeader("A", "b"), Size: -1,
		Parts: []httpmsg.ByteRange{{Start: 1, Length: 2}}, Received: time.Unix(1, 2), Epoch: 1 << 63, Lifetime: -1, NoCache: true,
	}))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := ParseMeta(data)
		if err != nil {
			return
		}
		again, err := ParseMeta(AppendMeta(nil, m))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(m, again, cmp.AllowUnexported(httpmsg.Header{})); diff != "" {
			t.Error(diff)
		}
	})
}
