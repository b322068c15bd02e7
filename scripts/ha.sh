#!/bin/sh
# Three members under Patroni and etcd on loopback, whose leader dies while traffic goes
# on: docs/reliability.md. WAY=libpq, haproxy or pgbouncer: that one alone; CONTROL=1: the
# control alone, which must lose something; RECORD=1: the page shows what came of it.
# PATRONI=/usr/bin: the programs of another Patroni than requirements-failover.lock's.
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh dev
sh scripts/beside.sh failover
set -- --way "${WAY:-all}"
[ -z "${CONTROL:-}" ] || set -- --control
if [ -z "${RECORD:-}" ]; then
    exec .venv/bin/python -m tests.ha "$@"
fi
.venv/bin/python -m tests.ha "$@" --record docs/ha.json || came=$?
.venv/bin/python -m tests.ha.page
exit "${came:-0}"
