#!/bin/sh
# Feeds every decoder of strangers' bytes, led by coverage: sh scripts/fuzz.sh
# SECONDS_LONG=600: all targets together; TARGET=json-body: that one; RECORD=1: write
# docs/fuzz.md; LONG=1: instead of it all calls of every described HTTP door. What it finds is in tests/fuzz/crashes, and a test from then on.
set -eu
cd "$(dirname "$0")/.."
if [ -n "${LONG:-}" ]; then
    sh scripts/setup.sh dev
    exec .venv/bin/python -m pytest --long -q -s tests/machines/test_api.py \
        tests/machines/test_api_of_what_is_there.py tests/machines/test_doors_described.py
fi
sh scripts/setup.sh run
place=.run/fuzz-venv
if ! cmp -s requirements-fuzz.lock "$place/lock"; then
    rm -rf "$place"
    .venv/bin/python -m venv "$place"
    "$place/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r requirements-fuzz.lock
    cp requirements-fuzz.lock "$place/lock"
fi
# A panic of the reader of old workbooks is expected; its trace says nothing more.
export RUST_BACKTRACE=0
exec "$place/bin/python" -W ignore -m tests.fuzz --seconds "${SECONDS_LONG:-600}" ${TARGET:+--target "$TARGET"} ${RECORD:+--record}
