#!/usr/bin/env bash
# The gate. Each step stops it; what it takes stands before the next one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
GO=${GO:-go}

step() { printf '\n== %s (%ds)\n' "$*" "$SECONDS"; }
fail() { printf 'check: %s\n' "$*" >&2; exit 1; }

# digests prints a digest of every generated file.
digests() { find . -name '*.gen.go' -type f -exec sha256sum {} + | sort -k 2; }

# modules lists the folders of the nested modules that hold Go code.
modules() {
	find . -mindepth 2 -name go.mod -type f -not -path '*/node_modules/*' | sort | while read -r mod; do
		dir=$(dirname "$mod")
		if [ -n "$(find "$dir" -name '*.go' -type f -print -quit)" ]; then echo "$dir"; fi
	done
}

step "what the tests need"
tools/need.sh
"$GO" version

step "format"
unformatted=$(gofmt -l .)
[ -z "$unformatted" ] || fail "run make fmt, for: $unformatted"

step "go.mod is tidy"
"$GO" mod tidy -diff

step "generated files are what their sources say"
before=$(digests)
"$GO" generate ./...
[ "$before" = "$(digests)" ] || fail "make generate changes files: commit what it makes"

step "vet"
"$GO" vet ./...

step "lint"
"$GO" tool -modfile=tools/go.mod golangci-lint run ./...

step "tests with the race detector: $("$GO" list -m)"
"$GO" test -race -timeout 15m ./...

for dir in $(modules); do
	step "module $dir"
	(cd "$dir" && "$GO" mod tidy -diff && "$GO" vet ./... && "$GO" test -timeout 10m ./...)
done

step "all good"
