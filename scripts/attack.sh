#!/bin/sh
# Attacks the gateway, row by row of docs/security.md. Last line: what was tried, what
# was let in. ROW=8: only the attacks of that row.
set -eu
cd "$(dirname "$0")/.."
sh scripts/system-packages.sh attack
sh scripts/setup.sh dev
exec .venv/bin/python -m pytest -q -p no:randomly tests/attack --tally ${ROW:+"--row=$ROW"}
