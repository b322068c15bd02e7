#!/bin/sh
# Runs suites: sh scripts/test.sh [core|all|SUITE...]
# Without a word: everything of `make test`. core: what needs Python only.
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh dev
# shellcheck disable=SC2046  # a list of words
[ "${1:-}" = core ] || sh scripts/system-packages.sh $(.venv/bin/python scripts/suites.py --list "$@")
# What kills database servers in numbers is only run among the long ones.
[ "${1:-}" != all ] || sh scripts/system-packages.sh failover
exec .venv/bin/python scripts/suites.py "$@"
