#!/usr/bin/env bash
# The long tests: every fuzz target of every package for FUZZTIME, then the
# tests that have the tag proof.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
GO=${GO:-go}
FUZZTIME=${FUZZTIME:-60s}

tools/need.sh

# fuzz PACKAGE TARGET: go test's own end of time can interrupt a slow input, and
# then it fails without having found anything (golang/go#75804): that is no failure.
fuzz() {
	local said=0
	"$GO" test -run '^$' -fuzz "^$2\$" -fuzztime "$FUZZTIME" -fuzzminimizetime 1000x "$1" 2>&1 | tee "$log" || said=1
	[ "$said" = 0 ] && return
	grep -q '^ *context deadline exceeded$' "$log" && ! grep -q -e 'Failing input' -e 'panic:' "$log"
}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

found=0
for package in $("$GO" list ./...); do
	targets=$("$GO" test -list '^Fuzz' "$package") # on its own line: a failure stops here
	for target in $(grep '^Fuzz' <<<"$targets" || true); do
		printf '\n== %s %s for %s\n' "$package" "$target" "$FUZZTIME"
		# Bounded minimizing: its default is a minute an input, in which nothing is tried.
		fuzz "$package" "$target"
		found=$((found + 1))
	done
done
[ "$found" -gt 0 ] || { echo 'proof: no fuzz target was found' >&2; exit 1; }

printf '\n== tests tagged proof\n'
"$GO" test -run Proof -tags proof -timeout 60m ./...
