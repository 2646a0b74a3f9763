package websocket_test

import (
	"os"
	"testing"

	"hedge/jsapi/jsapitest"
)

func TestMain(m *testing.M) { os.Exit(jsapitest.Main(m)) }
