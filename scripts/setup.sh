#!/bin/sh
# Makes .venv ready: sh scripts/setup.sh run|dev
# Installs by hash, and only when a lock, pyproject.toml or the Python has changed.
set -eu
cd "$(dirname "$0")/.."
kind=${1:-run}
case $kind in
run) locks=requirements.lock ;;
dev) locks="requirements.lock requirements-dev.lock" ;;
*) echo "usage: sh scripts/setup.sh run|dev" >&2 && exit 2 ;;
esac

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
    for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
        if new_enough "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    echo "Python 3.11 or newer is needed. On Debian or Ubuntu: apt-get install python3 python3-venv" >&2
    return 1
}

make_venv() {
    python=$(find_python)
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        echo "This Python ($python) cannot make virtual environments." >&2
        echo "On Debian or Ubuntu: apt-get install python3-venv" >&2
        exit 1
    fi
    echo "Making .venv with $("$python" --version)"
    # --clear: what an interrupted run or an older Python left is of no use.
    "$python" -m venv --clear .venv
}

# A tree that was moved has programs in .venv that point to where it was.
moved() { [ -f .venv/place ] && [ "$(cat .venv/place)" != "$(pwd)" ]; }

if ! new_enough .venv/bin/python || moved ||
    ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    make_venv
fi
pwd >.venv/place

wanted=$({ .venv/bin/python -VV && cat requirements*.lock pyproject.toml; } | cksum)
for stamp in .venv/ready-dev ".venv/ready-$kind"; do
    if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
        exit 0
    fi
done

pip_install() {
    .venv/bin/python -m pip install -qq --disable-pip-version-check \
        --no-input "$@" </dev/null
}

rm -f .venv/ready-*
for lock in $locks; do
    echo "Installing $lock"
    pip_install --require-hashes -r "$lock"
done
# The builder is in the lock, so nothing is fetched for the project itself.
pip_install --no-index --no-deps --no-build-isolation --editable .
echo "$wanted" >".venv/ready-$kind"
