#!/bin/sh
# Gateway, mock agencies and example dossiers on loopback.
# ONCE=1: virtual clock, every example to its end, a table, an exit code.
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh run
case ${ONCE:-} in
"" | 0) exec .venv/bin/lienthong up ;;
*) exec .venv/bin/lienthong up --once ;;
esac
