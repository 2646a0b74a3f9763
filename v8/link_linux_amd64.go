package v8

// V8's static library for this platform.
import _ "github.com/tommie/v8go/deps/linux_amd64"
