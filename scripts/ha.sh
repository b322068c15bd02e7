#!/bin/sh
# Three members under Patroni and etcd on loopback, whose leader dies while traffic goes
# on: docs/reliability.md. WAY=libpq, haproxy or pgbouncer: that one alone; CONTROL=1: the
# control alone, which must lose something; RECORD=1: the page shows what came of it.
set -eu
cd "$(dirname "$0")/.."
sh scripts/system-packages.sh failover
sh scripts/setup.sh dev
set -- --way "${WAY:-all}"
[ -z "${CONTROL:-}" ] || set -- --control
if [ -z "${RECORD:-}" ]; then
    exec .venv/bin/python -m tests.ha "$@"
fi
.venv/bin/python -m tests.ha "$@" --record docs/ha.json || came=$?
.venv/bin/python -m tests.ha.page
exit "${came:-0}"
