package hedge

// Outcome is how a request ended, as one word that is the same in the log line,
// in metrics and in the Server-Timing field of the response.
type Outcome string

// The outcomes of a request.
const (
	OutcomeOK              Outcome = "ok"
	OutcomeException       Outcome = "exception"         // the handler threw or rejected
	OutcomeNoHandler       Outcome = "no-handler"        // the module exports no fetch handler
	OutcomeNoResponse      Outcome = "no-response"       // the handler returned something that is no Response
	OutcomeHung            Outcome = "hung"              // the handler can never settle: nothing is left to wait for
	OutcomeExceededCPU     Outcome = "exceeded-cpu"      // CPU limit
	OutcomeExceededMemory  Outcome = "exceeded-memory"   // heap plus external memory limit
	OutcomeExceededWall    Outcome = "exceeded-wall"     // wall time limit
	OutcomeExceededSize    Outcome = "exceeded-size"     // response size limit
	OutcomeExceededFetches Outcome = "exceeded-fetches"  // subrequest limit
	OutcomeStartupFailed   Outcome = "startup-failed"    // the module threw, or used too much, while loading
	OutcomeOverloaded      Outcome = "overloaded"        // no isolate could be had
	OutcomeShed            Outcome = "shed"              // the node is at its ceiling of connections or memory
	OutcomeExhausted       Outcome = "node-exhausted"    // the node has no descriptor or memory for a connection to an origin
	OutcomeIsolateLost     Outcome = "isolate-lost"      // another request ended the isolate this one ran in
	OutcomeCordonLost      Outcome = "cordon-lost"       // the process that the isolate lived in has ended
	OutcomeQuarantined     Outcome = "quarantined"       // the release has ended its process too often
	OutcomeClientGone      Outcome = "client-gone"       // the client went away
	OutcomeShutdown        Outcome = "shutdown"          // the server ended, and the patience with what was under way
	OutcomeClientTimeout   Outcome = "client-timeout"    // the client did not send the request's content in time
	OutcomeContentTooLarge Outcome = "content-too-large" // the request's content is larger than it may be
	OutcomeOriginRefused   Outcome = "origin-refused"    // no connection to the origin
	OutcomeOriginTimeout   Outcome = "origin-timeout"    // the origin did not answer in time
	OutcomeOriginReset     Outcome = "origin-reset"      // the origin broke off
	OutcomeOriginMalformed Outcome = "origin-malformed"  // the origin's answer is no HTTP
	OutcomeOriginTLS       Outcome = "origin-tls"        // the origin's certificate or handshake failed
	OutcomeOriginUnknown   Outcome = "origin-unresolved" // the origin's name has no address
	OutcomeEgressDenied    Outcome = "egress-denied"     // code may not connect to that address
	OutcomeBadRequest      Outcome = "bad-request"       // the client's request is malformed
	OutcomeLoop            Outcome = "loop-detected"     // the request goes round in a circle
	OutcomeRateLimited     Outcome = "rate-limited"      // requests come too often
	OutcomeNoRoute         Outcome = "no-route"          // nothing answers for this host and path
	OutcomeImageRefused    Outcome = "image-refused"     // a file is no picture that can be read, or what is asked of it cannot be done
	OutcomeImageFailed     Outcome = "image-failed"      // a picture took more time or memory than it may, or ended its process
	OutcomeNoImages        Outcome = "no-images"         // there is no libvips that could be used
)

// OfOrigin reports whether a request ended so by what an origin did, or did not do.
func (o Outcome) OfOrigin() bool {
	switch o {
	case OutcomeOriginRefused, OutcomeOriginUnknown, OutcomeOriginTimeout, OutcomeOriginReset, OutcomeOriginMalformed, OutcomeOriginTLS:
		return true
	}
	return false
}
