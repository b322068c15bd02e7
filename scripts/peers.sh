#!/bin/sh
# Makes ready what the gateway is measured beside: sh scripts/peers.sh
# The peers have a place and a lock of their own; nothing of the gateway needs them.
set -eu
cd "$(dirname "$0")/.."
sh scripts/system-packages.sh peers
place=.run/peers-venv
wanted=$({ .venv/bin/python -VV && cat requirements-peers.lock; } | cksum)
if [ -f "$place/ready" ] && [ "$(cat "$place/ready")" = "$wanted" ]; then
    exit 0
fi
echo "Installing requirements-peers.lock"
.venv/bin/python -m venv --clear "$place"
"$place/bin/python" -m pip install -qq --disable-pip-version-check --no-input \
    --require-hashes -r requirements-peers.lock </dev/null
echo "$wanted" >"$place/ready"
