package hedge

// Redirect is an answer that sends the client to another URL.
type Redirect struct {
	// To is a template, as ParseLocation reads it.
	To string
	// Status is one of RedirectStatuses.
	Status int
}

// RedirectStatuses are those that a redirect may have (RFC 9110 §15.4). 301, 302 and 303
// let clients go on with GET; 307 and 308 keep the method. Browsers hold on to 301 and
// 308 for long.
func RedirectStatuses() []int { return []int{301, 302, 303, 307, 308} }

// Answer is an answer that is always the same.
type Answer struct {
	Status int // from 200 to 599
	// Body is text, in UTF-8; its type is text/plain unless a ResponseHeaders of the route
	// says otherwise. An answer with the status 204, 205 or 304 has none.
	Body string
}

// Bodiless reports whether an answer with a status never has content (RFC 9110 §15).
func Bodiless(status int) bool { return status == 204 || status == 205 || status == 304 }

// HeaderChanges are changes of fields, in this order: some are removed, some replaced or
// added, some added beside what is there.
type HeaderChanges struct {
	Remove []string
	Set    []Field
	Add    []Field
}

// Field is a field of a message.
type Field struct{ Name, Value string }
