"""Programs of the system that a run starts, and ends with its own end."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.wiring.stage import ROOT
from tests.postgres import ACCOUNTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

#: Patroni's programs: those that ``scripts/beside.sh`` installs, or another folder's.
PATRONI = Path(os.environ.get("PATRONI") or ROOT / ".run" / "failover-venv" / "bin")
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def wait(
    true: Callable[[], bool], seconds: float, words: Callable[[], str] = str
) -> None:
    """Wait for a fact; ``words`` says more when it does not come."""
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, words()
        threading.Event().wait(0.1)


def patroni_version() -> str:
    """What the run's Patroni says of itself."""
    asked = [str(PATRONI / "patroni"), "--version"]
    done = subprocess.run(asked, check=True, capture_output=True, text=True)
    return done.stdout.split()[-1]


def account_of_servers() -> pwd.struct_passwd:
    """Ours; where we are root, which servers refuse, another one."""
    if os.geteuid():
        return pwd.getpwuid(os.geteuid())
    for name in ACCOUNTS:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise AssertionError(f"none of the accounts {ACCOUNTS} is there")


@contextlib.contextmanager
def folder_of(account: pwd.struct_passwd) -> Iterator[Path]:
    """A folder of that account's; not below pytest's, which is ours alone."""
    with tempfile.TemporaryDirectory(prefix="lienthong-") as made:
        shutil.chown(made, account.pw_uid, account.pw_gid)
        yield Path(made)


class Program:
    """One that runs under an account which may be another's, with a log."""

    def __init__(self, name: str, folder: Path, account: pwd.struct_passwd) -> None:
        self._log = folder / f"{name}.log"
        self._folder = folder
        self._account = account
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start it; it is killed when we are, however that happens."""
        before = ["setpriv", "--pdeathsig", "KILL"]
        if not os.geteuid():
            before += ["--reuid", str(self._account.pw_uid)]
            before += ["--regid", str(self._account.pw_gid), "--clear-groups"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*before, *command],
                cwd=self._folder,
                env={"PATH": _PATH, "LANG": "C.UTF-8", **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def runs(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def signal(self, number: signal.Signals) -> None:
        """Send it one, if it is there."""
        if self.runs:
            assert self._process is not None
            self._process.send_signal(number)

    def ended(self) -> None:
        """Wait for its end."""
        if self._process is not None:
            self._process.wait(30)

    def kill(self) -> None:
        """End it."""
        self.signal(signal.SIGKILL)
        self.ended()

    def words(self) -> str:
        """The end of its log."""
        if not self._log.exists():
            return ""
        return self._log.read_text("utf-8", "replace")[-1500:]
