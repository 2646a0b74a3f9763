package httpmsg

import "testing"

func TestRemoveAliases(t *testing.T) {
	for name, stays := range map[string]bool{
		"X-Forwarded-For": true, "Content-Length": true, "X_Api_Key": true, "X.Y": true, "_": true,
		"X_Forwarded_For": false, "x.forwarded.for": false, "X-Forwarded_For": false, "X_Real_IP": false, "Content_Length": false,
		"transfer.encoding": false, "Transfer~Encoding": false, "CLIENT_CERT": false, "Client-Cert_Chain": false, "CDN_Loop": false, "Proxy_Authorization": false,
	} {
		var h Header
		h.Add(name, "a")
		RemoveAliases(&h)
		if h.Has(name) != stays {
			t.Errorf("%s is there: %v, want %v", name, h.Has(name), stays)
		}
	}
}

func TestNotInTrailer(t *testing.T) {
	for name, want := range map[string]bool{
		"Grpc-Status": false, "grpc_message": false, "ETag": false, "Server-Timing": false, "X-Checksum": false, "Digest": false, "Date": false,
		"Content-Length": true, "transfer-encoding": true, "Host": true, "Connection": true, "Trailer": true, "Cookie": true, "Set-Cookie": true, "Authorization": true,
		"X-Forwarded-For": true, "X_Forwarded_For": true, "Forwarded": true, "Client-Cert": true, "CDN-Loop": true, "Via": true, "Expect": true, "Cache-Control": true,
		"Content-Encoding": true, "Content-Type": true, "Content-Range": true, "Range": true, "If-Match": true, "Location": true, "TE": true,
	} {
		if NotInTrailer(name) != want {
			t.Errorf("%s: %v", name, !want)
		}
	}
}
