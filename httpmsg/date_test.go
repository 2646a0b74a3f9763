package httpmsg

import (
	"testing"
	"time"
)

func TestParseDate(t *testing.T) {
	const want = 784111777 // the instant of the examples in RFC 9110 §5.6.7
	for _, s := range []string{
		"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
		"Sun, 06 Nov 1994 08:49:37 gMT", "sunday, 06-nov-94 08:49:37 gmt", "SUN NOV  6 08:49:37 1994",
	} {
		if got, ok := ParseDate(s); !ok || got.Unix() != want || got.Location() != time.UTC {
			t.Errorf("ParseDate(%q) = %v, %v", s, got, ok)
		}
	}
	for _, s := range []string{
		"", "0", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 08:49:37", "Sun, 31 Feb 1994 08:49:37 GMT",
		"Sun, 06 Nov 1994 24:49:37 GMT", "Sunday, 06-Nov-94 08:49:37.5 GMT", "Sunday, 06-Nov-94 08:49:37,5 GMT",
		"1994-11-06T08:49:37Z", "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 +0000",
	} {
		if got, ok := ParseDate(s); ok {
			t.Errorf("ParseDate(%q) = %v", s, got)
		}
	}
	for s, year := range map[string]int{"Friday, 01-Jan-69 00:00:00 GMT": 1969, "Friday, 01-Jan-68 00:00:00 GMT": 2068} {
		if got, ok := ParseDate(s); !ok || got.Year() != year {
			t.Errorf("ParseDate(%q) = %v, %v", s, got, ok)
		}
	}
}

func TestFormatDate(t *testing.T) {
	at := time.Unix(784111777, 999).In(time.FixedZone("east", 3600))
	const want = "Sun, 06 Nov 1994 08:49:37 GMT"
	if got := FormatDate(at); got != want {
		t.Errorf("FormatDate = %q", got)
	}
	if got := string(AppendDate([]byte("Date: "), at)); got != "Date: "+want {
		t.Errorf("AppendDate = %q", got)
	}
}

func TestDateOf(t *testing.T) {
	const date = "Sun, 06 Nov 1994 08:49:37 GMT"
	for _, tt := range []struct {
		in   Header
		want bool
	}{
		{NewHeader("Date", date), true},
		{Header{}, false},
		{NewHeader("Date", date, "date", date), false},
		{NewHeader("Date", date+", "+date), false},
	} {
		if _, ok := DateOf(&tt.in, "date"); ok != tt.want {
			t.Errorf("%q: %v", fieldsOf(&tt.in), ok)
		}
	}
}
