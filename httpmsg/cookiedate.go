package httpmsg

import (
	"strings"
	"time"
)

// cookieDate is what parseCookieDate has found so far.
type cookieDate struct {
	hour, minute, second, day, year int
	month                           time.Month
	hasTime, hasDay, hasYear        bool
}

// parseCookieDate reads the value of Expires, which in practice has all sorts of
// forms, by the algorithm of RFC 6265bis §5.1.1.
func parseCookieDate(s string) (time.Time, bool) {
	var d cookieDate
	for token := range strings.FieldsFuncSeq(s, cookieDateDelimiter) {
		d.take(token)
	}
	return d.time()
}

// cookieDateDelimiter is the production delimiter.
func cookieDateDelimiter(r rune) bool {
	return r == '\t' || r >= 0x20 && r <= 0x2F || r >= 0x3B && r <= 0x40 ||
		r >= 0x5B && r <= 0x60 || r >= 0x7B && r <= 0x7E
}

// take carries out step 2 for one token: it is the first of these that has not been
// found yet and that it has the form of.
func (d *cookieDate) take(token string) {
	if !d.hasTime && d.takeTime(token) {
		return
	}
	if !d.hasDay {
		if d.day, _, d.hasDay = leadingNumber(token, 1, 2); d.hasDay {
			return
		}
	}
	if d.month == 0 {
		if d.month = monthOf(token); d.month != 0 {
			return
		}
	}
	if !d.hasYear {
		d.year, _, d.hasYear = leadingNumber(token, 2, 4)
	}
}

// takeTime reads hh:mm:ss.
func (d *cookieDate) takeTime(token string) bool {
	h, m, ok1 := strings.Cut(token, ":")
	m, s, ok2 := strings.Cut(m, ":")
	hour, rest1, ok3 := leadingNumber(h, 1, 2)
	minute, rest2, ok4 := leadingNumber(m, 1, 2)
	second, _, ok5 := leadingNumber(s, 1, 2)
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || rest1 != "" || rest2 != "" {
		return false
	}
	d.hour, d.minute, d.second, d.hasTime = hour, minute, second, true
	return true
}

// time carries out steps 3 to 7: the two digits of a year, and the checks.
func (d *cookieDate) time() (time.Time, bool) {
	year := d.year
	switch {
	case year >= 70 && year <= 99:
		year += 1900
	case year <= 69:
		year += 2000
	}
	if !d.hasTime || !d.hasDay || !d.hasYear || d.month == 0 ||
		year < 1601 || d.hour > 23 || d.minute > 59 || d.second > 59 {
		return time.Time{}, false
	}
	t := time.Date(year, d.month, d.day, d.hour, d.minute, d.second, 0, time.UTC)
	return t, t.Day() == d.day // else there is no such day
}

// leadingNumber reads the digits that s begins with, of which there have to be from
// least to most.
func leadingNumber(s string, least, most int) (n int, rest string, ok bool) {
	i := 0
	for ; i < len(s) && i <= most && isDigit(s[i]); i++ {
		n = n*10 + int(s[i]-'0')
	}
	return n, s[i:], i >= least && i <= most
}

// monthOf returns the month whose first three letters s begins with, else 0.
func monthOf(s string) time.Month {
	const names = "janfebmaraprmayjunjulaugsepoctnovdec"
	for i := 0; i < len(names); i += 3 {
		if hasPrefixFold(s, names[i:i+3]) {
			return time.Month(i/3 + 1)
		}
	}
	return 0
}
