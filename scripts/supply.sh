#!/bin/sh
# What the gateway is made of: sh scripts/supply.sh sbom|audit|wheel
#   sbom   dist/lienthong.cdx.json: every package with its hashes (CycloneDX 1.6)
#   audit  asks PyPI about known faults of each locked package; needs the internet, and
#          fails where a package could not be asked about
#   wheel  builds the wheel twice, in two places, and compares them byte for byte
# The tools have a place and a lock of their own; the gateway never runs with them.
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh run
tools=.run/supply

prepare() {
    if ! cmp -s requirements-supply.lock "$tools/lock"; then
        rm -rf "$tools"
        .venv/bin/python -m venv "$tools"
        "$tools/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r requirements-supply.lock
        cp requirements-supply.lock "$tools/lock"
    fi
}

built() { # folder: where the sources are unpacked and built; prints the wheel's hash
    rm -rf "$1"
    mkdir -p "$1/sources" "$1/dist"
    git archive HEAD | tar -x -C "$1/sources"
    "$tools/bin/pip" wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation \
        --wheel-dir "$1/dist" "$1/sources"
    sha256sum "$1"/dist/*.whl | cut -d' ' -f1
}

case "${1:-}" in
sbom)
    prepare
    mkdir -p dist
    "$tools/bin/cyclonedx-py" requirements requirements.lock --pyproject pyproject.toml \
        --mc-type application --spec-version 1.6 --output-format JSON --output-reproducible \
        --output-file dist/lienthong.cdx.json 2>/dev/null
    echo "dist/lienthong.cdx.json: $(grep -c '"bom-ref"' dist/lienthong.cdx.json) packages"
    ;;
audit)
    prepare
    exec "$tools/bin/pip-audit" --requirement requirements.lock --require-hashes --disable-pip --strict --progress-spinner off
    ;;
wheel)
    prepare
    SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
    export SOURCE_DATE_EPOCH
    room=$(mktemp -d)
    trap 'rm -rf "$room"' EXIT
    first=$(built "$room/a")
    second=$(built "$room/another place")
    echo "$first"
    if [ "$first" != "$second" ]; then
        echo "the second wheel is another one: $second" >&2
        exit 1
    fi
    echo "the wheel of $(git rev-parse --short HEAD) comes out the same, byte for byte"
    ;;
*)
    sed -n '2,7s/^# //p' "$0"
    exit 1
    ;;
esac
