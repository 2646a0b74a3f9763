package httpmsg

import "testing"

func TestIsOwned(t *testing.T) {
	for _, name := range []string{
		"Connection", "keep-alive", "TE", "Upgrade", "Transfer-Encoding", "Content-Length", "Host", "X-Forwarded-For", "X_Forwarded_User",
		"Forwarded", "X-Real-IP", "Via", "CDN-Loop", "Client-Cert", "client_cert_chain", "Proxy-Authorization",
	} {
		if !IsOwned(name) {
			t.Errorf("anybody may set %s", name)
		}
	}
	for _, name := range []string{"X-Frame-Options", "Cache-Control", "Set-Cookie", "Authorization", "Forwarded-X", "Server"} {
		if IsOwned(name) {
			t.Errorf("nobody may set %s", name)
		}
	}
}
