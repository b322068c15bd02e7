#!/bin/sh
# Chaos with honest books: docs/reliability.md. MUTANT=1..5: a gateway that is wrong in
# one thing, over which a run must go red; SEED: another run.
set -eu
cd "$(dirname "$0")/.."
sh scripts/system-packages.sh chaos
sh scripts/setup.sh dev
case ${MUTANT:-} in
"") exec .venv/bin/python -m tests.chaos --seed "${SEED:-1}" ;;
*) exec .venv/bin/python -m tests.chaos --seed "${SEED:-1}" --mutant "$MUTANT" --day 2026-03-10 --seconds 40 --dossiers 160 ;;
esac
