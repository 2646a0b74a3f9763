#!/bin/sh
# Links V8's headers, which come with the Go module that carries its library, to
# v8/include, where the compiler looks for them.
set -eu
cd "$(dirname "$0")"
module=$(go list -m -f '{{.Dir}}' github.com/tommie/v8go)
if [ -z "$module" ]; then
	go mod download github.com/tommie/v8go
	module=$(go list -m -f '{{.Dir}}' github.com/tommie/v8go)
fi
ln -sfn "$module/deps/include" include
