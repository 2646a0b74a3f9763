package httpmsg

// AllowedMethods is the field Allow in answers of the edge itself (RFC 9110 §10.2.1):
// the methods that everybody knows. Others are let through as well.
const AllowedMethods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"

// IsRefusedMethod reports whether requests with a method are for nobody behind the edge,
// which is known well and not allowed (RFC 9110 §15.5.6): CONNECT, as it is no forward
// proxy, and TRACE, which shows a page's scripts what they may not see.
func IsRefusedMethod(method string) bool { return method == "CONNECT" || method == "TRACE" }

// NotAllowed returns the answer to a method that is not among those allowed, which are
// the value of Allow (RFC 9110 §15.5.6).
func NotAllowed(allowed, text string) *Response {
	res := Text(405, text)
	res.Header.Add("Allow", allowed)
	return res
}
