#!/bin/sh
# Format, lint, import contracts and types; no test.
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh dev
exec .venv/bin/python scripts/suites.py format lint contracts types
