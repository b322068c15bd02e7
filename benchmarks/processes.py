"""Processes of a benchmark: started equally, watched, and stopped by their id."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
READY = " ready "
_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    """Seconds of CPU that a process has used, all threads together."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def tree_cpu_s(pid: int) -> float:
    """The same, with that of everybody whom it has started and who still runs."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8").split()
    return cpu_s(pid) + sum(tree_cpu_s(int(child)) for child in children)


def peak_mb(pid: int) -> float:
    """The most memory that a process ever held."""
    return _told_mb(pid, "VmHWM:")


def forget_peak(pid: int) -> None:
    """Let the peak begin anew from what the process holds now."""
    Path(f"/proc/{pid}/clear_refs").write_text("5", "utf-8")


def memory_mb(pid: int) -> float:
    """The memory that a process holds now."""
    return _told_mb(pid, "VmRSS:")


def written_bytes(pid: int) -> int:
    """What a process has had written to a disk."""
    for line in Path(f"/proc/{pid}/io").read_text("utf-8").splitlines():
        if line.startswith("write_bytes:"):
            return int(line.split()[1])
    return 0


def _told_mb(pid: int, what: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text("utf-8").splitlines():
        if line.startswith(what):
            return int(line.split()[1]) / 1024
    return 0.0


class Running:
    """A started process that has said that it is ready."""

    def __init__(
        self, name: str, log: Path, *arguments: str, python: str = sys.executable
    ) -> None:
        """Start ``python ARGUMENTS`` and wait until it listens.

        Raises:
            RuntimeError: it did not start; the message names its log.
        """
        self.name = name
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [python, *arguments],
                cwd=ROOT,
                env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONHASHSEED": "0"},
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        self.pid = self._process.pid
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if READY in line:
                return
        raise RuntimeError(f"{name} did not start; see {log}")

    def stop(self) -> None:
        """Tell it to stop and wait until it has."""
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
