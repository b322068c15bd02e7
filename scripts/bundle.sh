#!/bin/sh
# One archive that installs with no network: sh scripts/bundle.sh [--python 3.11]...
# The same commit and the same lock give the same files, byte for byte.
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh run
if [ -z "${SOURCE_DATE_EPOCH:-}" ]; then
    # The day of what is packed, where git knows it.
    SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null || echo 1577836800)
fi
export SOURCE_DATE_EPOCH
exec .venv/bin/python scripts/bundle.py "$@"
