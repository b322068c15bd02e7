#!/bin/sh
# Makes ready what a run needs beside the gateway: sh scripts/beside.sh peers|failover
# Each has a place and a lock of its own (.run/NAME-venv, requirements-NAME.lock);
# nothing of the gateway needs them.
set -eu
cd "$(dirname "$0")/.."
name=$1
sh scripts/system-packages.sh "$name"
place=.run/$name-venv lock=requirements-$name.lock
wanted=$({ .venv/bin/python -VV && cat "$lock"; } | cksum)
if [ -f "$place/ready" ] && [ "$(cat "$place/ready")" = "$wanted" ]; then
    exit 0
fi
echo "Installing $lock"
.venv/bin/python -m venv --clear "$place"
"$place/bin/python" -m pip install -qq --disable-pip-version-check --no-input \
    --require-hashes -r "$lock" </dev/null
echo "$wanted" >"$place/ready"
