package httpmsg

import "testing"

func TestDeviceOf(t *testing.T) {
	for agent, want := range map[string]Device{
		"": DeviceDesktop,
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1": DeviceMobile,
		"Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1":          DeviceTablet,
		"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36":                         DeviceMobile,
		"Mozilla/5.0 (Linux; Android 13; SM-X906C) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36":                         DeviceTablet,
		"Mozilla/5.0 (Android 14; Tablet; rv:127.0) Gecko/127.0 Firefox/127.0":                                                                    DeviceTablet,
		"Mozilla/5.0 (Android 14; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0":                                                                    DeviceMobile,
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36":                                   DeviceDesktop,
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15":                   DeviceDesktop,
		"Mozilla/5.0 (Linux; Android 11; KFTRWI) AppleWebKit/537.36 (KHTML, like Gecko) Silk/126.3 like Chrome/126.0 Safari/537.36":               DeviceTablet,
		"Opera/9.80 (J2ME/MIDP; Opera Mini/7.1; U; en) Presto/2.8":                                                                                DeviceMobile,
		"Googlebot/2.1 (+http://www.google.com/bot.html)":                                                                                         DeviceDesktop,
		"curl/8.5.0": DeviceDesktop,
	} {
		h := NewHeader("User-Agent", agent)
		if got := DeviceOf(&h); got != want {
			t.Errorf("%s: %s, want %s", agent, got, want)
		}
	}
}
