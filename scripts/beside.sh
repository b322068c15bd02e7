#!/bin/sh
# Makes ready what a run needs beside the gateway: sh scripts/beside.sh peers|failover
# Each has a place and a lock of its own (.run/NAME-venv, requirements-NAME.lock);
# nothing of the gateway needs them.
set -eu
cd "$(dirname "$0")/.."
name=$1
sh scripts/system-packages.sh "$name"
place=.run/$name-venv lock=requirements-$name.lock
python=.venv/bin/python
# Servers refuse root and run as somebody else, who may not enter a Python below /root.
if [ "$name" = failover ] && [ "$(id -u)" = 0 ] &&
    /usr/bin/python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    python=/usr/bin/python3
fi
wanted=$({ "$python" -VV && cat "$lock"; } | cksum)
if [ -f "$place/ready" ] && [ "$(cat "$place/ready")" = "$wanted" ]; then
    exit 0
fi
echo "Installing $lock"
"$python" -m venv --clear --without-pip "$place"
.venv/bin/python -m pip --python "$place/bin/python" install -qq \
    --disable-pip-version-check --no-input --require-hashes -r "$lock" </dev/null
echo "$wanted" >"$place/ready"
