package telemetry

import "hedge"

// Word is a row of the tables of outcomes and reasons.
type Word struct{ Name, Help string }

// OutcomeWords is the table of outcomes.
func OutcomeWords() []Word {
	row := func(o hedge.Outcome, help string) Word { return Word{string(o), help} }
	return []Word{
		row(hedge.OutcomeOK, "It went well."),
		row(hedge.OutcomeException, "The handler threw, or rejected; where it let out that an origin failed, the outcome is the origin's."),
		row(hedge.OutcomeNoHandler, "The module exports no fetch handler."),
		row(hedge.OutcomeNoResponse, "The handler returned something that is no Response."),
		row(hedge.OutcomeHung, "The handler can never settle: nothing is left to wait for."),
		row(hedge.OutcomeExceededCPU, "The limit on processor time was passed (limits.cpu)."),
		row(hedge.OutcomeExceededMemory, "The limit on memory was passed (limits.memory)."),
		row(hedge.OutcomeExceededWall, "The head of the answer did not come in time (limits.wall)."),
		row(hedge.OutcomeExceededSize, "The answer was too long (limits.response)."),
		row(hedge.OutcomeExceededFetches, "Code made too many requests (limits.subrequests)."),
		row(hedge.OutcomeStartupFailed, "The module threw, or used too much, while it was loaded."),
		row(hedge.OutcomeOverloaded, "No isolate could be had, or too many requests wait for an upstream."),
		row(hedge.OutcomeShed, "The node is at its ceiling of connections or memory (--max-connections, --max-memory)."),
		row(hedge.OutcomeExhausted, "The node has no descriptor or memory left for a connection to an origin (`ulimit -n`)."),
		row(hedge.OutcomeIsolateLost, "Another request ended the isolate."),
		row(hedge.OutcomeCordonLost, "The process that the isolate lived in has ended."),
		row(hedge.OutcomeQuarantined, "The release has ended its process too often."),
		row(hedge.OutcomeClientGone, "The client went away."),
		row(hedge.OutcomeShutdown, "The server ended, and the request was still under way when its patience was over (--drain-timeout)."),
		row(hedge.OutcomeClientTimeout, "The client did not send the request's content in time."),
		row(hedge.OutcomeContentTooLarge, "The request's content is larger than it may be (limits.max_body, or that of the route)."),
		row(hedge.OutcomeOriginRefused, "There was no connection to the origin."),
		row(hedge.OutcomeOriginTimeout, "The origin did not answer in time."),
		row(hedge.OutcomeOriginReset, "The origin broke off the connection."),
		row(hedge.OutcomeOriginMalformed, "What the origin answered is not HTTP."),
		row(hedge.OutcomeOriginTLS, "The origin's certificate or handshake failed."),
		row(hedge.OutcomeOriginUnknown, "The origin's name has no address."),
		row(hedge.OutcomeEgressDenied, "Code may not connect to that address."),
		row(hedge.OutcomeBadRequest, "The client's request is malformed, or not to be answered here."),
		row(hedge.OutcomeLoop, "The request goes round in a circle."),
		row(hedge.OutcomeRateLimited, "The client asks more often than the route's rate limit allows."),
		row(hedge.OutcomeNoRoute, "Nothing answers for this host and path."),
		row(hedge.OutcomeImageRefused, "A file is no picture that can be read, or what is asked of it cannot be done."),
		row(hedge.OutcomeImageFailed, "A picture took more time or memory than it may, or ended the process that read it."),
		row(hedge.OutcomeNoImages, "There is no libvips that could be used (`hedge doctor` says how to get it)."),
	}
}

// ReasonWords is the table of reasons.
func ReasonWords() []Word {
	row := func(r hedge.Reason, help string) Word { return Word{string(r), help} }
	return []Word{
		row(hedge.ReasonEjected, "A target failed several times in a row, and is out for a while."),
		row(hedge.ReasonSpared, "A target failed several times in a row, but too many are out already."),
		row(hedge.ReasonReadmitted, "A target's ejection is over."),
		row(hedge.ReasonUnhealthy, "A target's checks failed."),
		row(hedge.ReasonHealthy, "A target's checks succeed again."),
		row(hedge.ReasonPanic, "Too few targets are fit, so that all are used."),
		row(hedge.ReasonCalm, "Enough targets are fit again."),
		row(hedge.ReasonRetried, "The request was sent to another target."),
		row(hedge.ReasonBudgetSpent, "The request was not sent again: too many of the requests are retries."),
		row(hedge.ReasonBodySent, "The request was not sent again: its content has been read."),
		row(hedge.ReasonOverflow, "Too many requests wait for the upstream."),
		row(hedge.ReasonStickyMoved, "The visitor's target is away, and another one answers."),
		row(hedge.ReasonHedged, "The target was slow, and another one was asked besides."),
		row(hedge.ReasonNotMirrored, "A request that was to be mirrored was not: its content is too long, was not read, or too many copies are under way."),
		row(hedge.ReasonResolved, "The name of a target has other addresses than before."),
		row(hedge.ReasonUnresolved, "The name of a target could not be looked up; the addresses known are used."),
		row(hedge.ReasonRateLimited, "The request came too soon for the route's rate limit."),
		row(hedge.ReasonStepped, "A ramp goes on to its next step."),
		row(hedge.ReasonAborted, "A ramp ends because its side is worse."),
		row(hedge.ReasonCompleted, "A ramp has taken its last step, and it went well."),
	}
}
