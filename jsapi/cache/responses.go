package cache

import (
	"context"

	"hedge/cache"
	"hedge/httpmsg"
	"hedge/jsapi/fetch"
)

// readPlace reads the name of a Cache and a request.
func (r *request) readPlace() (at *cache.Responses, req *httpmsg.Request, ok bool) {
	name := r.Payload.Text()
	req, _, ok = fetch.ReadHead(r.Payload.List())
	if !ok || r.Payload.Err() != nil || len(name) > longestKey {
		return nil, nil, false
	}
	return r.cache.Responses(r.App().Name, name), req, true
}

// match replies with a response, or with 0 in the place of its status.
func match(ctx context.Context, r *request) error {
	at, req, ok := r.readPlace()
	if !ok {
		return errMalformed
	}
	res := at.Match(ctx, req)
	if res == nil {
		r.replyBool(false)
		return nil
	}
	fetch.Reply(r.Call, res, req.URL(), false)
	return nil
}

// put takes a place, a status, whether the content is in its coding, reason and fields, and
// the content, if there is any; it replies with 1 if the response is stored.
func put(ctx context.Context, r *request) error {
	at, req, ok := r.readPlace()
	if !ok {
		return errMalformed
	}
	status, encoded, hasBody := r.Payload.Word(), r.Payload.Word(), r.Payload.Word()
	list := r.Payload.List()
	reason, list, ok := list.Next()
	if !ok || r.Payload.Err() != nil || status < 200 || status > 599 {
		return errMalformed
	}
	res := &httpmsg.Response{Status: int(status), Reason: reason, Header: fetch.ReadFields(list)}
	if hasBody == 1 {
		c, ok := r.readContent()
		if !ok {
			return errMalformed
		}
		res.ContentLength = c.length
		if res.Body = c.body; c.body == nil {
			res.Body = httpmsg.NewBytesBody(c.inline)
		}
	}
	if _, whole := res.Body.(*httpmsg.BytesBody); !whole && res.Body != nil {
		leave, err := r.writers.enter(ctx, r.App().Name)
		if err != nil {
			res.CloseBody()
			return err
		}
		defer leave()
	}
	stored, err := at.Put(ctx, req, res, encoded == 0)
	if err != nil {
		return failed("put", err)
	}
	r.replyBool(stored)
	return nil
}

func removeResponse(ctx context.Context, r *request) error {
	at, req, ok := r.readPlace()
	if !ok {
		return errMalformed
	}
	r.replyBool(at.Delete(ctx, req))
	return nil
}

// clear takes the name of a Cache.
func clear(ctx context.Context, r *request) error {
	name := r.Payload.Text()
	if r.Payload.Err() != nil {
		return errMalformed
	}
	if err := r.cache.Responses(r.App().Name, name).Clear(ctx); err != nil {
		return failed("delete", err)
	}
	r.replyBool(true)
	return nil
}
