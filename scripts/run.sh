#!/bin/sh
# Gateway, mock agencies and example dossiers on loopback.
# ONCE=1: virtual clock, every example to its end, a table, an exit code.
# FORTNIGHT=1: virtual clock, 2,000 dossiers of two weeks, offices that play themselves.
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh run
case ${FORTNIGHT:-} in
"" | 0) ;;
*) exec .venv/bin/lienthong fortnight ;;
esac
case ${ONCE:-} in
"" | 0) exec .venv/bin/lienthong up ;;
*) exec .venv/bin/lienthong up --once ;;
esac
