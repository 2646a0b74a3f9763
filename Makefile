# Everything that is done with this repository. `make` alone says what there is.
# Written for GNU make 4.3, with Go, gcc, g++ and git; checks and tests also take node and npm.

# Variables that may be set on the command line.
FUZZTIME ?= 30s# how long each fuzz target runs
BENCH ?= .# which benchmarks run
SOAK ?= 2h# how long the soak goes on
WPT ?=# a copy of web-platform-tests, instead of the one that `make wpt` fetches
CACHE_TESTS ?=# a folder with tests of HTTP caches, instead of those of npm
ARGS ?=# more arguments: for `hedge dev`, as in ARGS="--listen 127.0.0.1:8080", or for `make wpt`, as in ARGS=-update

# The toolchain that go.mod names is fetched where it is missing, even if the
# environment says GOTOOLCHAIN=local.
export GOTOOLCHAIN := auto
go_needed := $(shell sed -n 's/^toolchain go//p' go.mod)

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help run build libvips test check conformance race fuzz bench hostile soak leak wpt generate clean need-go need-node

help: ## Say what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## Serve examples/one-hostname, with three origins of its own
	@go build -o bin/origins ./examples/one-hostname/origins
	@bin/origins bin/hedge dev examples/one-hostname $(ARGS)

build: generate ## Build bin/hedge; with libvips beside it, if npm has it
	go build -o bin/hedge ./cmd/hedge
	@ls bin/libvips* >/dev/null 2>&1 || $(MAKE) --no-print-directory libvips || echo "there is no libvips from npm: pictures can be changed if the system has it (apt install libvips42)" >&2

# Where the system has it, nothing is fetched.
libvips: ## Put libvips beside bin/hedge, which changes pictures with it
	@mkdir -p bin && ls node_modules/@img/sharp-libvips-*/lib/libvips-cpp.so.* >/dev/null 2>&1 || \
		{ ldconfig -p 2>/dev/null | grep -q libvips.so.42 && exit 0; command -v npm >/dev/null && npm ci --silent; }
	@for file in node_modules/@img/sharp-libvips-*/lib/libvips-cpp.so.*; do test ! -f "$$file" || ln -sf "../$$file" bin/; done

# Two dozen binaries with V8 in them are linked: without tables for debuggers, and by gold
# where the compiler has it, that takes half the time.
gold = $(shell gcc -fuse-ld=gold -Wl,--version >/dev/null 2>&1 && echo -extldflags=-fuse-ld=gold)

# Those that take longest come first, so that no core waits for them at the end.
test: check ## Check everything, and run all tests
	go test -vet=off -ldflags='-w $(gold)' -timeout 8m ./tests ./worker ./tests/hostile ./... # check has vetted them

# Whether generated types are stale is asked before they are generated anew.
check: need-go node_modules/.installed tests/npm/node_modules/.installed ## Format, vet, staticcheck, architecture, TypeScript
	go run ./jsapi/gen -check -dir jsapi
	@$(MAKE) --no-print-directory generate
	@files=$$(go tool gofumpt -l .) && test -z "$$files" || { echo "not formatted (go tool gofumpt -w FILE):" $$files >&2; exit 1; }
	go vet ./...
	go tool staticcheck ./...
	go test .
	node_modules/.bin/tsc -p .
	node_modules/.bin/tsc -p examples

# The suite is fetched into bin/, which is not in the repository; CACHE_TESTS names a folder
# with another version of it, with its packages installed.
conformance: build ## Run the public tests of HTTP caches (npm: http-cache-tests) against bin/hedge
	@test -n "$(CACHE_TESTS)" || npm install --silent --no-audit --no-fund --ignore-scripts --no-save --prefix bin/cache-tests http-cache-tests@0.4.5
	node tests/conformance.mjs $(or $(CACHE_TESTS),bin/cache-tests/node_modules/http-cache-tests) bin/hedge

race: generate ## Run all tests under the race detector
	go test -race -timeout 20m ./...

fuzz: generate ## Run every fuzz target for FUZZTIME
	@for file in $$(git grep --untracked -lE '^func Fuzz' -- '*_test.go'); do \
		for target in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\).*/\1/p' $$file); do \
			echo "$$(dirname $$file) $$target"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) ./$$(dirname $$file) || exit 1; \
		done; \
	done

bench: generate ## Run the benchmarks, and the load driver of bench/
	go test -run '^$$' -bench '$(BENCH)' -benchmem -timeout 60m ./...

hostile: generate ## Throw the attack corpus at an edge, with and without cordons; some minutes of a quiet machine
	go test -run '^Test(Corpus|Starts)$$' -count=1 -timeout 30m -v ./tests/hostile -corpus

soak: generate ## Restart twenty times under load; kill a cache 200 times; change 10,000 pictures; then serve for SOAK, a hostile request in a hundred, and watch what that takes
	go test -run '^Test(Restarts|UpgradesOverHTTP3)$$' -count=1 -timeout 60m -v ./tests -restarts 20 -requests 100000
	go test -run '^TestKill$$' -count=1 -timeout 30m -v ./cache/disk -kills 200
	go test -run '^TestCacheIsKilledWhileItFills$$' -count=1 -timeout 60m -v ./tests -kills 200
	go test -run '^TestMixedJobs$$' -count=1 -timeout 2h -v ./image -jobs 10000
	go test -run '^TestSoak$$' -count=1 -timeout 0 -v ./tests/hostile -soak $(SOAK)

leak: generate ## Run the tests of v8/ under AddressSanitizer, with leak detection
	CGO_CXXFLAGS="-fsanitize=address -g -O1" ASAN_OPTIONS=detect_leaks=1:quarantine_size_mb=8 go test -asan -count=1 -timeout 20m ./v8

wpt: generate ## Run the tests of the web platform in WPT=DIR, or those that are in Debian's source of nodejs
	@$(if $(WPT),:,tests/wpt/fetch.sh bin/wpt)
	go test -run '^TestWPT$$' -count=1 -timeout 60m -v ./tests/wpt -wpt "$(abspath $(or $(WPT),bin/wpt))" $(ARGS)

# Node's modules are made of packages of npm. Without npm there is Hedge without them.
generate: need-go ## Link V8's headers, bundle the built-ins and the library, join types
	@! command -v npm >/dev/null || $(MAKE) --no-print-directory node_modules/.installed || echo "npm could not install the packages that Node's modules are made of" >&2
	@go generate ./...

clean: ## Remove what was built and generated
	rm -rf bin jsapi/runtime.gen.js library/library.gen.json v8/include

need-go:
	@command -v go >/dev/null || { echo "Go is missing: install Go 1.21 or newer from https://go.dev/dl/; it fetches go$(go_needed) itself" >&2; exit 1; }
	@command -v gcc >/dev/null && command -v g++ >/dev/null || { echo "A C++ compiler is missing: apt install gcc g++" >&2; exit 1; }
	@command -v git >/dev/null || { echo "git is missing: apt install git" >&2; exit 1; }
	@have=$$(go version | sed -n 's/^go version go\([0-9.]*\).*/\1/p') && test -n "$$have" || exit 1; \
	printf '%s\n%s\n' $(go_needed) "$$have" | sort -VC || { \
		echo "Go is $$have, and go$(go_needed) is needed: install Go 1.21 or newer from https://go.dev/dl/, which fetches it" >&2; exit 1; }

need-node:
	@command -v node >/dev/null && command -v npm >/dev/null || { echo "node and npm are missing; checks and tests need them, running does not: apt install nodejs npm" >&2; exit 1; }

node_modules/.installed: package.json package-lock.json .npmrc | need-node
	npm ci
	@touch $@

tests/npm/node_modules/.installed: tests/npm/package.json tests/npm/package-lock.json .npmrc | need-node
	npm ci --loglevel=error --prefix tests/npm
	@touch $@
