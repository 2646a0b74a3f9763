package httpmsg

import (
	"strings"
	"time"
)

// The three forms of a date (RFC 9110 §5.6.7), the first of which is sent.
const (
	imfFixdate  = "Mon, 02 Jan 2006 15:04:05 GMT"
	rfc850Date  = "Monday, 02-Jan-06 15:04:05 GMT"
	asctimeDate = "Mon Jan _2 15:04:05 2006"
)

// ParseDate reads a date in any of its three forms, to the second, in UTC, in any case
// (RFC 9111 §4.2). The day of the week is not compared with the date.
//
// The two digits of a year in the form of RFC 850 stand for 1969 to 2068. The
// standard counts them from today instead, which differs for dates that lie some 45
// years ahead, and would make the meaning depend on the clock.
func ParseDate(s string) (time.Time, bool) {
	layout := rfc850Date
	switch {
	case len(s) == len(imfFixdate):
		layout = imfFixdate
	case len(s) == len(asctimeDate):
		layout = asctimeDate
	}
	if strings.IndexByte(s, '.') >= 0 || strings.Count(s, ",") > 1 {
		return time.Time{}, false // time.Parse would take a fraction of a second
	}
	if zone := len(s) - len("GMT"); zone >= 0 && EqualFold(s[zone:], "GMT") {
		s = s[:zone] + "GMT" // time.Parse takes days and months in any case, and zones in upper case alone
	}
	t, err := time.Parse(layout, s)
	return t, err == nil
}

// FormatDate returns t in the form that is sent, IMF-fixdate.
func FormatDate(t time.Time) string { return t.UTC().Format(imfFixdate) }

// AppendDate appends what FormatDate returns.
func AppendDate(dst []byte, t time.Time) []byte { return t.UTC().AppendFormat(dst, imfFixdate) }

// DateOf returns the date in the field called name, and false if there is none,
// more than one, or one that is malformed.
func DateOf(h *Header, name string) (time.Time, bool) {
	value, ok := h.single(name)
	if !ok {
		return time.Time{}, false
	}
	return ParseDate(value)
}

// single returns the value of the one field called name, and false if there is none
// or more than one.
func (h *Header) single(name string) (string, bool) {
	i := h.index(name)
	if i < 0 {
		return "", false
	}
	rest := Header{fields: h.fields[i+1:]}
	return h.fields[i].Value, !rest.Has(name)
}
