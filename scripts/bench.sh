#!/bin/sh
# Runs one benchmark: sh scripts/bench.sh S1 [1: keep its figures]
set -eu
cd "$(dirname "$0")/.."
scenario=$(printf '%s' "${1:-}" | tr '[:upper:]' '[:lower:]')
case $scenario in
"" | *[!a-z0-9_]*) echo "usage: make bench SCENARIO=S1 [RECORD=1]" >&2 && exit 2 ;;
esac
if [ ! -f "benchmarks/$scenario.py" ] && [ ! -f "benchmarks/$scenario/__main__.py" ]; then
    echo "There is no benchmark $scenario in benchmarks/." >&2
    exit 2
fi
sh scripts/setup.sh run
[ -n "${2:-}" ] || exec .venv/bin/python -m "benchmarks.$scenario"
told=$(mktemp)
trap 'rm -f "$told"' EXIT
# What failed is shown and not kept.
.venv/bin/python -m "benchmarks.$scenario" >"$told" || { cat "$told"; exit 1; }
.venv/bin/python -m benchmarks.recording <"$told"
