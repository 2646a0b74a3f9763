package node

import (
	"errors"
	"strconv"

	"hedge"
	"hedge/httpmsg"
	"hedge/telemetry"
)

// verdict is what the public gets to know about an outcome.
type verdict struct {
	status int
	text   string // one sentence; empty: the error's own message, which is about the request
	// retryAfter is in seconds; 0: the client is not asked to try again.
	retryAfter int
}

// verdictOn is the table of outcomes.
func verdictOn(outcome hedge.Outcome) verdict {
	switch outcome {
	case hedge.OutcomeBadRequest:
		return verdict{status: 400}
	case hedge.OutcomeNoRoute:
		return verdict{404, "Nothing answers for this address.", 0}
	case hedge.OutcomeClientGone:
		return verdict{telemetry.StatusClientGone, "The client went away.", 0}
	case hedge.OutcomeClientTimeout:
		return verdict{408, "The request did not arrive in time.", 0}
	case hedge.OutcomeContentTooLarge:
		return verdict{413, "The request is larger than it may be.", 0}
	case hedge.OutcomeException, hedge.OutcomeNoHandler, hedge.OutcomeNoResponse, hedge.OutcomeHung, hedge.OutcomeExceededFetches, hedge.OutcomeExceededSize:
		return verdict{500, "The application failed to answer this request.", 0}
	case hedge.OutcomeExceededCPU, hedge.OutcomeExceededMemory:
		return verdict{503, "The application used more resources than it may.", 0}
	case hedge.OutcomeExceededWall:
		return verdict{504, "The application did not answer in time.", 0}
	case hedge.OutcomeStartupFailed:
		return verdict{503, "The application could not be started.", 0}
	case hedge.OutcomeCordonLost:
		return verdict{502, "The application broke off while it answered.", 0}
	case hedge.OutcomeQuarantined:
		return verdict{503, "The application is out of service, because it failed too often.", 0}
	case hedge.OutcomeShed, hedge.OutcomeExhausted:
		return verdict{503, "The server is busy. Please try again.", 1}
	case hedge.OutcomeOverloaded, hedge.OutcomeIsolateLost:
		return verdict{503, "The application is busy. Please try again.", 1}
	case hedge.OutcomeOriginRefused, hedge.OutcomeOriginUnknown, hedge.OutcomeOriginTLS:
		return verdict{502, "The server behind this address could not be reached.", 0}
	case hedge.OutcomeOriginReset, hedge.OutcomeOriginMalformed:
		return verdict{502, "The server behind this address gave no valid answer.", 0}
	case hedge.OutcomeOriginTimeout:
		return verdict{504, "The server behind this address did not answer in time.", 0}
	case hedge.OutcomeImageRefused:
		return verdict{415, "The picture at this address cannot be made into what is asked for.", 0}
	case hedge.OutcomeImageFailed:
		return verdict{500, "The picture at this address took more than it may.", 0}
	case hedge.OutcomeNoImages:
		return verdict{501, "This server cannot change pictures.", 0}
	case hedge.OutcomeRateLimited:
		return verdict{429, "Too many requests have come. Please try again later.", 0} // the limit says when
	case hedge.OutcomeLoop:
		return verdict{508, "This address leads back to itself.", 0}
	}
	return verdict{500, "The request failed.", 0}
}

// refusal is an error of the client that has a status of its own.
type refusal struct {
	cause  error // a *hedge.Error
	status int
}

// Error returns the message.
func (r *refusal) Error() string { return r.cause.Error() }

// Unwrap returns the error without its status.
func (r *refusal) Unwrap() error { return r.cause }

func refuse(status int, format string, args ...any) error {
	return &refusal{hedge.Errorf(hedge.OutcomeBadRequest, format, args...), status}
}

// answer makes the response to an error: a page for browsers, one line for others.
// Only in development does it say more than the outcome.
func (x *exchange) answer(err error) *httpmsg.Response {
	outcome := hedge.OutcomeOf(err)
	v := verdictOn(outcome)
	var refused *refusal
	if errors.As(err, &refused) {
		v.status = refused.status
	}
	p := &page{
		Status: v.status, Reason: httpmsg.StatusText(v.status), Outcome: outcome,
		Text: v.text, Detail: x.detail(err, v),
	}
	if p.Text == "" {
		p.Text, p.Detail.Message = message(err), ""
	}
	res := p.render(&x.req.Header)
	res.Header.Add("Cache-Control", "no-store")
	res.Header.Add("X-Content-Type-Options", "nosniff")
	if v.status == 405 {
		res.Header.Add("Allow", httpmsg.AllowedMethods)
	}
	if v.retryAfter > 0 {
		res.Header.Add("Retry-After", strconv.Itoa(v.retryAfter))
	}
	return res
}

// message returns the part of an error that is safe to show.
func message(err error) string {
	var known *hedge.Error
	if errors.As(err, &known) {
		return known.Message
	}
	return "an internal error"
}
