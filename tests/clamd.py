"""A real clamd with one signature: the test string of EICAR, in a folder of its own."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

#: Harmless, and named by every scanner; written in two parts, since scanners on the
#: machines of developers read this file, too.
EICAR = b"".join(
    (b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-", b"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*")
)
INFECTED = b"%PDF-1.4\n" + EICAR + b"\n"
CLEAN = b"%PDF-1.4\n1 0 obj\n<< >>\nendobj\n"
#: How clamd calls it, by the signature below.
NAMED = "Test.Eicar.UNOFFICIAL"
STREAM_BYTES = 4 * 1024 * 1024
PATIENCE_S = 30.0


def program() -> str:
    """Where clamd is; Debian keeps it off the path of ordinary users."""
    found = shutil.which("clamd") or shutil.which("clamd", path="/usr/sbin:/sbin")
    assert found is not None, "clamd is missing: scripts/system-packages.sh attack"
    return found


@dataclass
class Clamd:
    """One that runs, or is to be started again."""

    folder: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> Path:
        """Where it listens; short, since paths of sockets are."""
        return self.folder / "s"

    @property
    def settings(self) -> str:
        """What a gateway's settings say of it."""
        return (
            f'\n[scanning]\nkind = "clamd"\nsocket = "{self.socket}"\ntimeout_s = 20\n'
        )

    async def start(self) -> None:
        """Start it and wait until it answers."""
        self.socket.unlink(missing_ok=True)
        self.process = subprocess.Popen(  # noqa: ASYNC220  it goes on by itself
            [program(), "-c", str(self.folder / "clamd.conf")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        async with asyncio.timeout(PATIENCE_S):
            while not self._answers():
                assert self.process.poll() is None, self._log()
                await asyncio.to_thread(threading.Event().wait, 0.02)

    async def stop(self) -> None:
        """End it."""
        if self.process is not None:
            self.process.terminate()
            await asyncio.to_thread(self.process.wait)
            self.process = None

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as line, contextlib.suppress(OSError):
            line.connect(str(self.socket))
            line.sendall(b"zPING\0")
            return line.recv(16) == b"PONG\0"
        return False

    def _log(self) -> str:
        log = self.folder / "log"
        return log.read_text("utf-8")[-2000:] if log.exists() else "no log"


def prepared(folder: Path) -> Clamd:
    """Its folder: settings, and a list of one signature."""
    lists = folder / "db"
    lists.mkdir(parents=True)
    (lists / "test.ndb").write_text(f"Test.Eicar:0:*:{EICAR.hex()}\n", "utf-8")
    (folder / "clamd.conf").write_text(
        f"DatabaseDirectory {lists}\nLocalSocket {folder / 's'}\nForeground yes\n"
        f"LogFile {folder / 'log'}\nTemporaryDirectory {folder}\n"
        f"StreamMaxLength {STREAM_BYTES}\nMaxFileSize 3M\nMaxScanSize 3M\n"
        "MaxRecursion 4\nAlertExceedsMax yes\nAlertEncrypted yes\n",
        "utf-8",
    )
    return Clamd(folder)


@contextlib.asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Clamd]:
    """One that runs meanwhile."""
    clamd = prepared(folder)
    await clamd.start()
    try:
        yield clamd
    finally:
        await clamd.stop()
