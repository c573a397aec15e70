# Countersign: how to build, test and look at it. `make help` lists the targets.
#
# Rules of this file: a target does one thing and its line of explanation says
# which; longer steps are scripts in .ci; output of a tool is never hidden; all
# targets share four sets of build flags (cgo off, cgo on for the windows, the
# race detector, and Go's experiment that wipes memory), so that the build cache
# serves them all.

SHELL       := bash
.SHELLFLAGS := -euo pipefail -c
.NOTPARALLEL:
.DEFAULT_GOAL := help

# Some build machines start without a home folder in the environment; Go needs
# one for its caches, so take the account's own.
ifeq ($(strip $(HOME)),)
export HOME := $(shell unset HOME; echo ~)
endif

# Only the programs with windows need cgo, for OpenGL; their targets say so.
# -trimpath keeps the builder's folders out of the programs. Where git refuses
# to answer (a tarball, a clone owned by another account), programs are built
# without the commit's name in them.
export CGO_ENABLED := 0
export GOFLAGS := $(strip $(GOFLAGS) -trimpath $(shell git status >/dev/null 2>&1 || echo -buildvcs=false))

# How long `make fuzz` spends on each target: a time, or executions (400000x).
export FUZZTIME ?= 10s

# Where `make install` puts things, beneath DESTDIR.
PREFIX  ?= /usr/local
DESTDIR ?=

CODE := app assets session ui

# The build tags of tests that only some targets run. The first, end to end, is
# for Linux alone.
TAGS := e2e,package,formal,damage,study

# The programs with windows. Their files are for cgo only (a build tag), so that
# ./... leaves them out where cgo is off.
WINDOWED = $(shell CGO_ENABLED=1 go list -f '{{range .Imports}}{{if eq . "fyne.io/fyne/v2/app"}}{{$$.ImportPath}}{{end}}{{end}}' ./app/...)

# What draws nothing, not even in its tests. For macOS the rest is built with cgo
# only, as Fyne is, and cgo for macOS needs a Mac.
UNDRAWN = $(shell GOOS=darwin go list -test -f '{{or .ForTest .ImportPath}} {{.Deps}}' ./... | awk \
	'{all[$$1]} /fyne.io.fyne.v2.internal.widget/ {drawn[$$1]} END {for (p in all) if (!(p in drawn) && p !~ /[.]test$$/) print p}')

# Whether somebody sits at a display.
DISPLAYED := $(DISPLAY)$(WAYLAND_DISPLAY)$(filter-out Linux,$(shell uname -s))

.PHONY: help deps build demo screenshots looks test bench siege qr-study fmt fmt-check vet lint layout formal unit attacks wiped race windowed e2e \
	fuzz kills mutants vulnerabilities damage install uninstall deps-package package release check-package clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

deps: ## install what builds and tests need (Debian, Ubuntu) and download the Go modules
	@.ci/deps
	@go mod download

build: ## build the programs into bin/; the first time takes minutes, for OpenGL
	go build -o bin/ ./app/countersign-text ./app/countersignd
	CGO_ENABLED=1 go build -o bin/ ./app/countersign ./app/countersign-kiosk

ifneq ($(DISPLAYED),)
demo: deps build ## open both sides of a call in a window; without a display play one, into demo-out/
	@bin/countersign-kiosk
else
demo: deps build
	@go build -o bin/demo ./app/tools/demo
	@bin/demo
endif

screenshots: deps build ## renew the pictures of the README from a call in real windows
	@go build -o bin/demo ./app/tools/demo
	@bin/demo
	@.ci/screenshots

looks: deps build ## take pictures of every screen in every size, theme and language, into demo-out/looks
	@go build -o bin/demo ./app/tools/demo
	@bin/demo --sweep demo-out/looks

test: deps fmt-check vet lint layout formal unit attacks wiped race windowed e2e ## everything that must pass before a change lands

bench: deps ## measure the budgets, each as a ratio to the baseline beside it
	@go build -o bin/bench ./app/tools/bench
	@CGO_ENABLED=1 go build -o bin/ ./app/countersign ./app/tools/bench/window
	@bin/bench

siege: deps ## besiege a bank's server for a minute and demand that honest calls notice little (Linux)
	@go build -o bin/ ./app/countersignd ./app/tools/siege
	@bin/siege

qr-study: deps ## draw 2,000 random offers as the agent's window does, spoil the pictures, count how many are read
	go test -count=1 -v -timeout 60m -tags study -run '^TestQRStudy' ./ui/parts

fmt: ## format the Go code
	gofmt -w $(CODE)

fmt-check: ## fail if a file is not formatted
	@files=$$(gofmt -l $(CODE)); \
	if [ -n "$$files" ]; then echo "not formatted (run: make fmt):" >&2; echo "$$files" >&2; exit 1; fi

vet: deps ## run go vet on everything, and on what can be read here of the code for Windows and macOS
	CGO_ENABLED=1 go vet -tags $(TAGS) ./...
	GOOS=windows go vet -tags $(TAGS:e2e,%=%) ./...
	@GOOS=darwin go vet -tags $(TAGS:e2e,%=%) $(UNDRAWN)

lint: deps ## run staticcheck, errcheck, deadcode and actionlint
	@TAGS=$(TAGS) .ci/lint

layout: ## check the rules of the repository: imports, folders, docs, licences
	go test -count=1 ./app/tests/layout

formal: deps ## let two theorem provers decide the formal model of CP1, and attack its mutants
	go test -count=1 -tags formal -parallel 2 ./session/lab/formal

unit: ## run the unit tests, cgo off
	packages=$$(go list ./... | grep -vE '/(app/tests/layout|session/lab/attacks)$$'); go test $$packages

attacks: ## play every attack on a protected call against the real components, print what became of each
	@go run ./app/tools/attacks

damage: deps ## flip and cut bytes of a bank's store, kill its server, fill its disk, hundreds of times (minutes)
	go test -count=1 -v -timeout 60m -tags damage -run 'TestDamagedStore|TestKilledServer|FullDisk' ./app/countersignd \
		-damage-places 25 -damage-kills 100

mutants: ## take one defence after the other away and demand that its tests notice (minutes)
	@go run ./app/tools/mutants

vulnerabilities: deps ## ask vuln.go.dev, over the network, whether Go or a module has a known weakness that we call
	CGO_ENABLED=1 go run golang.org/x/vuln/cmd/govulncheck@v1.9.0 ./...

wiped: ## run the tests of key material with Go's experiment that wipes memory (runtime/secret) on
	GOEXPERIMENT=runtimesecret go test ./session/protocol/secret/... ./session/protocol/handshake ./session/protocol/channel

# Tests that only draw, on one goroutine, have nothing for the race detector.
DRAWN := ^Test(Goldens|ScreensFit|EverythingFits|EveryScreenLooks|EverythingHasAName|EveryControlHasAName|OwnPages)

race: deps ## run the tests of session and ui under the race detector (needs a C compiler)
	export CGO_ENABLED=1; packages=$$(go list ./session/... ./ui/... | grep -v '/session/lab/attacks$$'); go test -race -skip '$(DRAWN)' $$packages

windowed: deps build ## run the unit tests of the programs with windows
	CGO_ENABLED=1 go test $(WINDOWED)

e2e: deps build ## run the end-to-end tests: real processes, real windows, a real keyring
	go test -count=1 -tags e2e ./app/tests/e2e

kills: deps build ## cut 100 enrolments off by kill -9 of either side: no letter burnt, no enrolment lost (a minute or two)
	go test -count=1 -tags e2e -timeout 30m -run '^TestEnrolmentSurvivesKills$$' -v ./app/tests/e2e -kills 100

fuzz: ## run every fuzz target for FUZZTIME (default 10s; or a number of executions, 400000x) and print a table
	@.ci/fuzz

install: ## install what make build has built under PREFIX (/usr/local), with DESTDIR before it
	@STAGED="$(DESTDIR)" .ci/install "$(DESTDIR)$(PREFIX)" countersign countersignd

uninstall: ## remove what install put there
	@STAGED="$(DESTDIR)" .ci/install --remove "$(DESTDIR)$(PREFIX)" countersign countersignd

deps-package: ## install what making packages needs (Debian, Ubuntu), some hundred megabytes
	@.ci/deps package

package: deps deps-package ## make the packages for Debian, Linux and Windows, into dist/; the first time takes 15 minutes
	@.ci/package
	go test -count=1 -tags package ./app/tests/packaging

release: ## make the packages, an SBOM for each program, and a signature by MINISIGN_KEY, into dist/
	@.ci/release check
	@$(MAKE) --no-print-directory package
	@.ci/release

check-package: package ## install the packages in a fresh Debian, start the program there, remove them (needs root)
	@.ci/check-deb dist/countersign_*.deb dist/countersignd_*.deb

clean: ## remove what the targets above made; Go's caches stay
	rm -rf bin demo-out dist
