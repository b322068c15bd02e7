"""What the kernel knows of its clock: whether anything keeps it in step (adjtimex)."""

from __future__ import annotations

import ctypes
import struct
from dataclasses import dataclass
from pathlib import Path

#: ``struct timex`` of 64-bit Linux: maximum error in microseconds, status bits.
_SIZE, _MAX_ERROR, _STATUS = 512, 24, 40
_UNSYNCHRONISED = 0x40


@dataclass(frozen=True, slots=True)
class KernelClock:
    """How far off the clock may be, and whether it is kept in step."""

    synchronised: bool
    error_s: float


#: What systemd-timesyncd touches once it has the time; its folder is there before.
_TIMESYNC = Path("/run/systemd/timesync")


def _by_file() -> KernelClock | None:
    """The same by a file, where a hardened unit may not ask the kernel."""
    if not _TIMESYNC.is_dir():
        return None
    synchronised = (_TIMESYNC / "synchronized").exists()
    return KernelClock(synchronised, 0.0 if synchronised else 16.0)


def kernel_clock() -> KernelClock | None:
    """Ask, without changing anything; None: this system does not say."""
    buffer = ctypes.create_string_buffer(_SIZE)
    try:
        answered = ctypes.CDLL(None, use_errno=True).adjtimex(buffer)
    except (OSError, AttributeError):
        return None
    if answered < 0:
        return _by_file()
    (error_us,) = struct.unpack_from("q", buffer.raw, _MAX_ERROR)
    (status,) = struct.unpack_from("i", buffer.raw, _STATUS)
    return KernelClock(not status & _UNSYNCHRONISED, error_us / 1_000_000)
