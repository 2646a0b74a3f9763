package node

import (
	"context"

	"hedge/httpmsg"
)

// redirect is a port. It answers every request by the same URL with https and that
// port; 308 keeps the method and the content (RFC 9110 §15.4.9).
type redirect string

// RoundTrip implements httpmsg.RoundTripper.
func (port redirect) RoundTrip(_ context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
	host, _, err := httpmsg.NormalHost(req.Authority)
	if err != nil {
		return nil, err
	}
	to := "https://" + httpmsg.JoinAuthority("https", host, string(port)) + req.Target
	return &httpmsg.Response{Status: 308, Header: httpmsg.NewHeader("Location", to)}, nil
}
