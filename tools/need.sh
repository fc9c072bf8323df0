#!/usr/bin/env bash
# What the tests need, besides Go: found, or installed where we may (as root, on Debian).
set -euo pipefail

fail() { printf 'need: %s\n' "$*" >&2; exit 1; }

# add PACKAGE MISSING: installs the package that has what is missing.
add() {
	if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
		fail "$2 is missing: install it (Debian: sudo apt-get install $1)"
	fi
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$1"
}

# need COMMAND PACKAGE: the command is there, or its Debian package is installed.
need() {
	command -v "$1" >/dev/null && return
	add "$2" "$1"
	command -v "$1" >/dev/null || fail "$1 is missing although $2 is installed"
}

# postgres_server prints the PostgreSQL server; Debian keeps it out of PATH. It looks
# where internal/ledger/pgtest does.
postgres_server() {
	local folders folder initdb
	IFS=: read -r -a folders <<<"$PATH"
	for folder in "${folders[@]}" /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/local/pgsql/bin /opt/homebrew/opt/postgresql*/bin; do
		initdb=$(realpath "$folder/initdb" 2>/dev/null) || continue
		if [ -x "${initdb%/*}/postgres" ]; then
			echo "${initdb%/*}/postgres"
			return
		fi
	done
	return 1
}

# need_postgres: the server's programs are there. Debian's package would also make
# a cluster of its own and start it, if it was not told not to.
need_postgres() {
	postgres_server >/dev/null && return
	local told=/etc/postgresql-common/createcluster.d
	if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
		mkdir -p "$told"
		echo 'create_main_cluster = false' >"$told/deskpool.conf"
	fi
	add postgresql "a PostgreSQL server"
	postgres_server >/dev/null || fail "initdb and postgres are missing although postgresql is installed"
}

need gcc gcc
need redis-server redis-server
need curl curl
need_postgres
redis-server --version
"$(postgres_server)" --version
