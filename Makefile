# Needs Go, git, make, a C compiler (for the race detector), redis-server (for the
# tests of the cache) and PostgreSQL's initdb and postgres (for those of the ledger;
# no server has to run). What is missing, `make check` installs on Debian as root.

GO ?= go
FUZZTIME ?= 60s
BENCHTIME ?= 1s

.DEFAULT_GOAL := help
.PHONY: help run check proof bench generate lint test fmt fuzz

help: ## these words
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

run: ## the server with simulated clouds, on 127.0.0.1:8080
	$(GO) run ./cmd/server -sandbox

check: ## the gate: everything that must hold before a change is merged
	GO="$(GO)" tools/check.sh

proof: ## the long tests: every fuzz target for FUZZTIME, and tests tagged proof
	GO="$(GO)" FUZZTIME="$(FUZZTIME)" tools/proof.sh

bench: ## how fast requests are served
	$(GO) test -run '^$$' -bench . -benchmem -benchtime $(BENCHTIME) ./internal/handlers/...

generate: ## code from openapi.yaml
	$(GO) generate ./...

lint: ## vet and golangci-lint
	$(GO) vet ./...
	$(GO) tool -modfile=tools/go.mod golangci-lint run ./...

test: ## the tests, without the race detector
	$(GO) test ./...

fmt: ## gofmt over everything
	gofmt -w .

fuzz: ## one target: make fuzz PKG=./internal/config FUZZ=FuzzParse
	@test -n "$(PKG)" -a -n "$(FUZZ)" || { echo 'which one? make fuzz PKG=./internal/config FUZZ=FuzzParse' >&2; exit 2; }
	$(GO) test -run '^$$' -fuzz '^$(FUZZ)$$' -fuzztime $(FUZZTIME) -fuzzminimizetime 1000x $(PKG)
