"""The manifest of a lot of answers, and what is wrong with it (document, 2.3); pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson

from gateway.adapters.water.tables import FileRefused
from gateway.domain.errors import FieldError

MAX_MANIFEST_BYTES: Final = 1024 * 1024
MANIFEST_NAME: Final = re.compile(r"(TL-[0-9]{6,12})\.json")
OF_A_LOT: Final = re.compile(r"(TL-[0-9]{6,12})\..+")
_TABLE, _RESULT = "BANG", "KET_QUA"

Check = Callable[[str, Any], Sequence[FieldError]]


@dataclass(frozen=True, slots=True)
class Listed:
    """A file as the manifest lists it."""

    name: str
    role: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Lot:
    """A lot of answers as its manifest tells it; ``made_at``: aware."""

    name: str
    number: int
    made_at: datetime
    rows: int
    files: tuple[Listed, ...]

    @property
    def table(self) -> Listed:
        """The table that is read."""
        return next(one for one in self.files if one.role == _TABLE)

    @property
    def results(self) -> tuple[Listed, ...]:
        """Result files."""
        return tuple(one for one in self.files if one.role == _RESULT)


def lot_of(body: bytes, name: str, check: Check, *, sender: str, receiver: str) -> Lot:
    """The lot that a manifest of that file's name tells.

    Raises:
        FileRefused: T10, T11 or T12.
    """
    if len(body) > MAX_MANIFEST_BYTES:
        raise FileRefused("T12")
    try:
        told = orjson.loads(body.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as wrong:
        raise FileRefused("T10") from wrong
    if misfits := check("urn:lienthong:schema:water:lo:1", told):
        too_much = all(map(_is_too_much, misfits))
        raise FileRefused("T12" if too_much else "T10")
    lot = Lot(
        told["so_lo"],
        told["so_thu_tu"],
        datetime.fromisoformat(told["lap_luc"]),
        told["so_dong"],
        tuple(
            Listed(one["ten"], one["vai_tro"], one["kich_thuoc"], one["sha256"])
            for one in told["tep"]
        ),
    )
    if told["loai"] != "TRA_LOI" or f"{lot.name}.json" != name or not _holds(lot):
        raise FileRefused("T10")
    if (told["ben_gui"], told["ben_nhan"]) != (sender, receiver):
        raise FileRefused("T11")
    return lot


def _is_too_much(wrong: FieldError) -> bool:
    """Whether a field is as it should be but for a limit of section 9."""
    return wrong.pointer.startswith("/tep") and wrong.code in {"maximum", "max_items"}


def _holds(lot: Lot) -> bool:
    names = [one.name for one in lot.files]
    return (
        int(lot.name.partition("-")[2]) == lot.number
        and lot.made_at.tzinfo is not None
        and len({*names}) == len(names)
        and all(name.startswith(f"{lot.name}.") for name in names)
        and f"{lot.name}.json" not in names
        and any(one.role == _TABLE for one in lot.files)
    )
