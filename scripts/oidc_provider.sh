#!/bin/sh
# Puts the provider that tests of single sign-on run against beside .venv, by its lock
# (every package with its hash, no install scripts); prints the folder.
set -eu
cd "$(dirname "$0")/.."
folder=.venv/oidc
wanted=$(cksum <tests/oidc/package-lock.json)
if [ ! -f "$folder/ready" ] || [ "$(cat "$folder/ready")" != "$wanted" ]; then
    mkdir -p "$folder"
    cp tests/oidc/package.json tests/oidc/package-lock.json "$folder/"
    (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund --silent) >&2
    echo "$wanted" >"$folder/ready"
fi
echo "$PWD/$folder"
