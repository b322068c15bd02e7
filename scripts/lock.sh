#!/bin/sh
# Writes the locks again: sh scripts/lock.sh [--upgrade]
# Every version and hash is pinned, no index address is written. lxml and xmlsec
# must come with one and the same libxml2: tests/layout checks the locked pair.
set -eu
cd "$(dirname "$0")/.."

compile() { # lock-file what-for uv-arguments...
    lock=$1 what=$2
    shift 2
    new=$(mktemp)
    .venv/bin/uv pip compile --quiet --universal --python-version 3.11 \
        --generate-hashes --no-emit-index-url --no-header --no-annotate "$@" >"$new"
    {
        echo "# $what"
        echo "# Written by scripts/lock.sh from pyproject.toml; tested on Linux (x86_64, aarch64), CPython 3.11-3.13."
        cat "$new"
    } >"$lock"
    rm -f "$new"
}

compile requirements.lock "What the gateway runs with, and what builds it." \
    pyproject.toml --extra build "$@"
compile requirements-dev.lock "The same, and what tests it." \
    pyproject.toml --extra build --extra dev --constraint requirements.lock "$@"
compile requirements-supply.lock "What lists and audits what the gateway runs with (scripts/supply.sh)." \
    pyproject.toml --extra build --extra supply --constraint requirements.lock "$@"
compile requirements-fuzz.lock "The same as for tests, and what fuzzes it (scripts/fuzz.sh)." \
    pyproject.toml --extra build --extra dev --extra fuzz --constraint requirements-dev.lock "$@"
compile requirements-peers.lock "What the gateway is measured beside (scripts/beside.sh)." \
    pyproject.toml --extra peers --constraint requirements.lock "$@"
compile requirements-failover.lock "Who elects PostgreSQL's leader in make ha (scripts/beside.sh)." \
    --group failover --constraint requirements.lock "$@"
