#!/bin/sh
# Runs one benchmark: sh scripts/bench.sh S1 [--rounds 3 …]
# RECORD=1 keeps its figures in benchmarks/recorded/.
set -eu
cd "$(dirname "$0")/.."
scenario=$(printf '%s' "${1:-}" | tr '[:upper:]' '[:lower:]')
case $scenario in
"" | *[!a-z0-9_]*) echo "usage: make bench SCENARIO=S1" >&2 && exit 2 ;;
esac
if [ ! -f "benchmarks/$scenario.py" ] && [ ! -f "benchmarks/$scenario/__main__.py" ]; then
    echo "There is no benchmark $scenario in benchmarks/." >&2
    exit 2
fi
sh scripts/setup.sh run
shift
exec .venv/bin/python -m "benchmarks.$scenario" ${RECORD:+--record} "$@"
