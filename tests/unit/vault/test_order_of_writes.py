"""What the system is asked, in order: a file is promised only when it is durable."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

CHILD = """
import asyncio, os, sys
from pathlib import Path
from gateway.vault.attachments import SealedAttachments
from gateway.vault.folder import FolderShelf
from gateway.vault.keyring import Keyring
from gateway.vault.local import LocalVault

async def source(size):
    for _ in range(size // 1000):
        yield bytes(1000)

async def main(folder, size):
    vault = LocalVault(Keyring.open(folder / "keys", may_create=True))
    vault._keyring.create("UBND-VI-DU")
    os.write(1, b"KEY MADE")
    shelf = FolderShelf(folder / "attachments")
    shelf.make_ready(shelf.identify("NUMBER"))
    os.write(1, b"KNOWN")
    disk = SealedAttachments(shelf, vault)
    stored = await disk.put(source(size), limit_bytes=size)
    os.write(1, b"PUT AWAY " + stored.name.encode())

asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
"""
CALLS = (
    "openat,write,fsync,fdatasync,rename,renameat,renameat2,link,linkat,mkdir,mkdirat"
)


def traced(folder: Path, size: int) -> list[str]:
    """Calls that name the folder or standard output, in order, descriptors as paths."""
    log = folder.with_name(f"{folder.name}.strace")
    subprocess.run(
        ["strace", "-f", "-y", "-s", "200", "-e", f"trace={CALLS}", "-o", str(log),
         sys.executable, "-c", CHILD, str(folder), str(size)],
        check=True,
        capture_output=True,
    )  # fmt: skip
    lines = [line.partition(" ")[2].strip() for line in log.read_text().splitlines()]
    return [
        line for line in lines if str(folder) in line or line.startswith("write(1<")
    ]


def at(calls: list[str], pattern: str, after: int = 0) -> int:
    for place, call in enumerate(calls[after:], after):
        if re.match(pattern, call):
            return place
    pytest.fail(f"no call {pattern} after {after} of\n" + "\n".join(calls))


@pytest.mark.system
@pytest.mark.parametrize("size", [20_000, 3_000_000])
def test_a_file_is_synced_then_named_then_its_name_synced_then_promised(
    tmp_path: Path, size: int
) -> None:
    calls = traced(tmp_path / "run", size)
    promised = at(calls, r'write\(1<.*"PUT AWAY')
    name = re.findall(r"PUT AWAY ([0-9a-f]{64})", calls[promised])[0]
    part, place = r".*/parts/\w+\.part", f".*/{name[:2]}"
    written = [
        i for i, call in enumerate(calls) if re.match(rf"write\(\d+<{part}", call)
    ]
    synced = at(calls, rf"fsync\(\d+<{part}")
    named = at(calls, rf'rename\w*\("{part}", "{place}/{name}"\)', synced)
    durable = at(calls, rf"fsync\(\d+<{place}>\)", named)
    assert written
    assert max(written) < synced < named < durable < promised


@pytest.mark.system
def test_a_key_is_durable_before_it_is_used(tmp_path: Path) -> None:
    calls = traced(tmp_path / "run", 1000)
    used = at(calls, r'write\(1<.*"KEY MADE')
    for name in (r"master\.key", r"units\.json"):
        draft = rf".*/keys/\.{name}\.\w+"
        synced = at(calls, rf"fsync\(\d+<{draft}")
        named = at(calls, rf'rename\w*\("{draft}", ".*/keys/{name}"\)', synced)
        assert at(calls, r"fsync\(\d+<.*/keys>\)", named) < used


@pytest.mark.system
def test_an_identity_is_durable_before_a_store_hears_of_it(tmp_path: Path) -> None:
    calls = traced(tmp_path / "run", 1000)
    known = at(calls, r'write\(1<.*"KNOWN')
    synced = at(calls, r"fsync\(\d+<.*/attachments/\.+identity")
    linked = at(calls, r'link\w*\(.*"[^"]*/attachments/identity"', synced)
    assert at(calls, r"fsync\(\d+<.*/attachments>\)", linked) < known


@pytest.mark.system
def test_folders_are_durable_before_files_stand_in_them(tmp_path: Path) -> None:
    calls = traced(tmp_path / "run", 1000)
    root = at(calls, r"fsync\(\d+<.*/attachments>\)")
    assert root < at(calls, r"openat\(.*\.part")
    place = r".*/attachments/[0-9a-f]{2}"
    made = at(calls, rf'mkdir\w*\(.*"{place}"')
    known = at(calls, r"fsync\(\d+<.*/attachments>\)", made)
    named = at(calls, rf'rename\w*\("[^"]*\.part", "{place}/')
    assert made < known < named
