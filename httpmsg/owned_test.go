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

func TestIsGone(t *testing.T) {
	for name, want := range map[string]bool{
		"host": true, "Connection": true, "upgrade": true, "Keep-Alive": true, "Transfer-Encoding": true, "Proxy-Authorization": true, "X_Forwarded_For": true, "Content.Length": true,
		"TE": false, "X-Forwarded-For": false, "X_Api_Key": false, "Cookie": false, "Content-Length": false,
	} {
		if got := IsGone(name); got != want {
			t.Errorf("%s has gone: %v", name, got)
		}
	}
}
