package httpmsg

import "strings"

// Device is a class of devices, which answers may be made for.
type Device string

// The classes.
const (
	DeviceMobile  Device = "mobile"
	DeviceTablet  Device = "tablet"
	DeviceDesktop Device = "desktop" // and all that says nothing of the others: robots, tools
)

// DeviceField tells origins the class by which answers are cached.
const DeviceField = "X-Device-Class"

// deviceSigns is the table of classes: what has one text of a row in its User-Agent, and
// none of unless, is of that class. The first row that fits counts.
func deviceSigns() [3]deviceSign {
	return [3]deviceSign{
		{DeviceTablet, []string{"iPad", "Tablet", "PlayBook", "Kindle"}, nil},
		{DeviceTablet, []string{"Android", "Silk/"}, []string{"Mobi"}},
		{DeviceMobile, []string{"Mobi", "iPhone", "iPod", "Opera Mini", "BlackBerry"}, nil},
	}
}

type deviceSign struct {
	device Device
	of     []string
	unless []string
}

// DeviceOf returns the class of the device that a request says it comes from.
func DeviceOf(req *Header) Device {
	agent := req.Get("User-Agent")
	for _, sign := range deviceSigns() {
		if containsAny(agent, sign.of) && !containsAny(agent, sign.unless) {
			return sign.device
		}
	}
	return DeviceDesktop
}

func containsAny(text string, parts []string) bool {
	for _, part := range parts {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}
