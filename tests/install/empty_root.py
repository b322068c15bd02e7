"""An empty root without a network: nothing of this machine but its programs and Python.

Made by namespaces, so that neither root nor a container is needed. /usr is an overlay:
what an installation puts there is gone afterwards.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The interpreter below the virtual environment of the tests.
PYTHON = Path(os.path.realpath(getattr(sys, "_base_executable", sys.executable)))
PREFIX = Path(sys.base_prefix).resolve()
_WORDS = (
    "this machine gives an ordinary process no user, mount and network namespace of its"
    " own (unshare, overlay); without them nobody can say that the bundle installs offline"
)

_MAKE = r"""
set -eu
root=$1
mount -t tmpfs -o mode=755 none "$root"
cd "$root"
mkdir -p usr etc proc dev tmp root var/lib opt run mnt .upper .work
chmod 1777 tmp
mount -t overlay -o userxattr,lowerdir=/usr,upperdir=$root/.upper,workdir=$root/.work none usr
for one in bin sbin lib lib32 lib64 libx32; do
    [ ! -L /$one ] || ln -s "$(readlink /$one)" $one
done
for one in null zero random urandom; do touch dev/$one; mount --bind /dev/$one dev/$one; done
ln -s /proc/self/fd dev/fd
mkdir dev/shm
mount -t tmpfs none dev/shm
mount -t proc none proc
for one in ld.so.cache ld.so.conf; do
    [ ! -e /etc/$one ] || cp /etc/$one etc/
done
printf 'root:x:0:0:root:/root:/bin/sh\n' >etc/passwd
printf 'root:x:0:\n' >etc/group
printf '127.0.0.1 localhost\n::1 localhost\n' >etc/hosts
printf 'passwd: files\ngroup: files\nhosts: files\n' >etc/nsswitch.conf
shift
for one in "$@"; do
    [ -e "$root$one" ] || {
        mkdir -p "$root$(dirname "$one")"
        if [ -d "$one" ]; then mkdir -p "$root$one"; else : >"$root$one"; fi
        mount --bind "$one" "$root$one"
        mount -o remount,bind,ro "$root$one"
    }
done
"""
#: The only device of a new network; it is down at first.
_LOOPBACK = """
import fcntl, socket, struct
with socket.socket() as one:
    fcntl.ioctl(one, 0x8914, struct.pack("16sH14x", b"lo", 0x1 | 0x40))
"""


def run(
    script: str, work: Path, *, shown: Mapping[Path, str], timeout_s: float = 240
) -> str:
    """Run a shell script in such a root; what it said.

    ``shown``: files and folders that the root gets to see, read-only, each with the
    name under which the script finds its place.

    Raises:
        AssertionError: there are no namespaces here, or the script failed.
    """
    _must_have_namespaces()
    root = work / "root"
    root.mkdir()
    inner = work / "inner.sh"
    names = "".join(f"{name}={path}\n" for path, name in shown.items())
    inner.write_text(f"set -eu\nPYTHON={PYTHON}\n{names}{script}", "utf-8")
    outer = work / "outer.sh"
    quoted = shlex.quote(_LOOPBACK)
    outer.write_text(
        f"{_MAKE}\n{PYTHON} -c {quoted}\n"
        "exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8"
        f' chroot "$root" /bin/sh {inner}\n',
        "utf-8",
    )
    seen = [str(PREFIX), str(PYTHON), str(inner), *map(str, shown)]
    done = subprocess.run(
        [*_UNSHARE, "sh", str(outer), str(root), *seen],
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


#: Whatever is started inside ends with it: it is the first process of its own tree.
_UNSHARE = (
    *("unshare", "--user", "--map-root-user", "--net", "--mount"),
    *("--pid", "--fork", "--kill-child", "--ipc", "--uts"),
)


def _must_have_namespaces() -> None:
    tried = subprocess.run(
        [*_UNSHARE, "mount", "-t", "tmpfs", "none", "/mnt"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert tried.returncode == 0, f"{_WORDS}: {tried.stderr.strip()}"
