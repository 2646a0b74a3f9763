package worker_test

import (
	"os"
	"testing"

	"hedge/jsapi/jsapitest"
)

// Both kinds of home have to pass every test of this package.
func TestMain(m *testing.M) { os.Exit(jsapitest.Main(m)) }
