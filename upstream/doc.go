// Package upstream sends requests on to origins: it chooses one of a pool's targets,
// makes the request that the origin gets out of the one that came in, and changes
// the answer so that it makes sense to the client.
//
// A Pool and a mounted RoundTripper are httpmsg.RoundTrippers themselves, so that
// they stack: Mount("/blog", pool). What each of them changes is below.
//
//	          request                             response
//	Mount     path without prefix,                Location, Content-Location, Refresh
//	          X-Forwarded-Prefix                  and cookie paths with prefix
//	Pool      Host, base path, normal path,       absolute URLs of the origin made
//	          X-Forwarded-…, Via, Max-Forwards,   paths, without base path; cookie
//	          no hop-by-hop fields                domains of the origin removed; Via,
//	                                              no hop-by-hop fields
package upstream
