package router

import (
	"context"

	"hedge"
	"hedge/httpmsg"
)

// Redirect answers the requests of a route with its Redirect. The error is that of
// hedge.ParseLocation.
func Redirect(route *hedge.Route) (httpmsg.RoundTripper, error) {
	location, err := hedge.ParseLocation(route.Redirect.To)
	if err != nil {
		return nil, err
	}
	status, prefix := route.Redirect.Status, route.Path
	return httpmsg.RoundTripperFunc(func(_ context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		closeBody(req)
		host, _, err := httpmsg.NormalHost(req.Authority)
		if err != nil {
			return nil, err
		}
		to := location.Expand(func(placeholder string) string {
			switch placeholder {
			case hedge.PlaceholderHost:
				return host
			case hedge.PlaceholderPath:
				return req.Path()[1:]
			case hedge.PlaceholderRest:
				rest, _ := httpmsg.CutPrefixSegment(req.Path(), prefix)
				return rest[1:]
			default:
				return req.Query()
			}
		})
		return &httpmsg.Response{Status: status, Header: httpmsg.NewHeader("Location", to)}, nil
	}), nil
}

// Fixed answers every request with the same.
func Fixed(answer *hedge.Answer) httpmsg.RoundTripper {
	body, status := []byte(answer.Body), answer.Status
	return httpmsg.RoundTripperFunc(func(_ context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		closeBody(req)
		if len(body) == 0 {
			return &httpmsg.Response{Status: status}, nil
		}
		res := httpmsg.Bytes(status, "text/plain; charset=utf-8", body)
		if req.Method == "HEAD" {
			res.Body = nil
		}
		return res, nil
	})
}

func closeBody(req *httpmsg.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}

// Change makes changes of fields.
func Change(h *httpmsg.Header, changes *hedge.HeaderChanges) {
	Remove(h, changes)
	for _, f := range changes.Set {
		h.Set(f.Name, f.Value)
	}
	for _, f := range changes.Add {
		h.Add(f.Name, f.Value)
	}
}

// Remove does that part of the changes which takes fields away.
func Remove(h *httpmsg.Header, changes *hedge.HeaderChanges) {
	for _, name := range changes.Remove {
		h.Del(name)
	}
}
