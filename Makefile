# Countersign: how to build, test and look at it. `make help` lists the targets.
#
# Rules of this file: a target does one thing and its line of explanation says
# which; longer steps are scripts in .ci; output of a tool is never hidden; all
# targets share two sets of build flags (cgo off, and the race detector), so
# that the build cache serves them all.

SHELL       := bash
.SHELLFLAGS := -euo pipefail -c
.NOTPARALLEL:
.DEFAULT_GOAL := help

# Some build machines start without a home folder in the environment; Go needs
# one for its caches, so take the account's own.
ifeq ($(strip $(HOME)),)
export HOME := $(shell unset HOME; echo ~)
endif

# Nothing in this module needs cgo. -trimpath keeps the builder's folders out of
# the programs. Where git refuses to answer (a tarball, a clone owned by another
# account), programs are built without the commit's name in them.
export CGO_ENABLED := 0
export GOFLAGS := $(strip $(GOFLAGS) -trimpath $(shell git status >/dev/null 2>&1 || echo -buildvcs=false))

# How long `make fuzz` spends on each target.
export FUZZTIME ?= 10s

CODE := app assets session ui

.PHONY: help deps build demo test bench fmt fmt-check vet lint layout unit race e2e fuzz clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

deps: ## install what the tests need (Debian, Ubuntu) and download the Go modules
	@.ci/deps
	@go mod download

build: ## build the programs into bin/
	go build -o bin/ ./app/countersign-text ./app/countersignd

demo: deps build ## run one protected call between real programs; leaves its papers in demo-out/
	@go build -o bin/demo ./app/demo
	@bin/demo

test: deps fmt-check vet lint layout unit race e2e ## everything that must pass before a change lands

bench: deps ## measure the budgets, each as a ratio to the baseline beside it
	@go build -o bin/bench ./app/bench
	@bin/bench

fmt: ## format the Go code
	gofmt -w $(CODE)

fmt-check: ## fail if a file is not formatted
	@files=$$(gofmt -l $(CODE)); \
	if [ -n "$$files" ]; then echo "not formatted (run: make fmt):" >&2; echo "$$files" >&2; exit 1; fi

vet: ## run go vet, the end-to-end tests included
	go vet -tags e2e ./...

lint: ## run staticcheck in the version that go.mod names
	go tool staticcheck -tags e2e ./...

layout: ## check the rules of the repository: imports, folders, docs, licences
	go test -count=1 ./app/layout

unit: ## run the unit tests, cgo off
	go test $$(go list ./... | grep -v '/app/layout$$')

race: deps ## run the tests of session and ui under the race detector (needs a C compiler)
	CGO_ENABLED=1 go test -race ./session/... ./ui/...

e2e: deps build ## run the end-to-end tests: real processes, a real keyring
	go test -count=1 -tags e2e ./app/e2e

fuzz: ## run every fuzz target for FUZZTIME (default 10s)
	@.ci/fuzz

clean: ## remove what the targets above made; Go's caches stay
	rm -rf bin demo-out
