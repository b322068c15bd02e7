"""Answers of a water company as a gateway takes them, and what is wrong with each."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from gateway.adapters.water.conformance_lots import (
    OUT,
    OUT_TAKEN,
    REPORT,
    VIETNAM,
    handed_over,
    request,
)
from gateway.adapters.water.conformance_tables import (
    ANSWERS,
    Read,
    Row,
    Unreadable,
    folded,
    lists,
    read,
)
from gateway.conforming import Lying, NotTried, Trial

_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})\Z")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})\Z")
_HOUR = re.compile(r"(\d{1,2})(?::|h)(\d{2})?(:\d{2})?\Z")
_LOST = re.compile(r"\d[.,]\d+E\+\d+|\d{16,}(\.0+)?\Z|\d+\.\d+\Z", re.IGNORECASE)
ENDS = {"HOAN_THANH", "TU_CHOI", "HUY"}


@dataclass(frozen=True, slots=True)
class Answer:
    """A lot of answers as it lay there; ``table``: None: unread, ``why`` says so."""

    name: str
    manifest: Mapping[str, Any]
    files: Mapping[str, bytes | None]
    #: None: the manifest lists it, and it is not there
    beside: Sequence[str]
    #: begin like it, and are not listed
    table: Read | None
    why: str
    seen: datetime

    @property
    def listed(self) -> Sequence[Mapping[str, Any]]:
        """Its files by the manifest."""
        found = self.manifest.get("tep")
        rows = found if isinstance(found, list) else []
        return [one for one in rows if isinstance(one, dict)]

    @property
    def tables(self) -> Sequence[str]:
        """Names of its tables."""
        return [str(o.get("ten")) for o in self.listed if o.get("vai_tro") == "BANG"]


def all_of(t: Trial) -> list[Answer]:
    """Every lot of answers of this run so far."""
    found: list[Answer] = t.memory.setdefault("answers", [])
    return found


async def fetch(t: Trial, *, move: bool = True) -> None:
    """Take what is new in ``tra-loi/``, as §2.5 says; ``move``: else leave it lying."""
    lying = await t.shared.lying(OUT)
    known = {one.name for one in all_of(t)}
    for manifest in [one for one in lying if _is_manifest(one)]:
        mine = _of(manifest, lying)
        if manifest.name not in known:
            all_of(t).append(await _read(t, manifest, mine))
        if move:
            for file in (manifest, *mine):
                await t.shared.move(file, OUT_TAKEN)


def _is_manifest(one: Lying) -> bool:
    finished = not one.name.startswith((".", "~$"))
    return finished and one.name.endswith(".json") and REPORT not in one.name


def _of(manifest: Lying, lying: Sequence[Lying]) -> list[Lying]:
    stem = manifest.name.removesuffix("json")
    return [one for one in lying if one.name.startswith(stem) and one != manifest]


async def _read(t: Trial, manifest: Lying, mine: Sequence[Lying]) -> Answer:
    try:
        told = json.loads(await t.shared.read(manifest) or b"")
    except ValueError:
        told = None
    told = told if isinstance(told, dict) else {}
    content = {one.name: await t.shared.read(one) for one in mine}
    draft = Answer(manifest.name, told, {}, (), None, "", t.now())
    names = [str(one.get("ten")) for one in draft.listed]
    files = {name: content.get(name) for name in names}
    table, why = _table(t.folder, draft, files)
    beside = sorted(content.keys() - set(names))
    return Answer(manifest.name, told, files, beside, table, why, t.now())


def _table(
    folder: Path, draft: Answer, files: Mapping[str, bytes | None]
) -> tuple[Read | None, str]:
    for name in draft.tables:
        try:
            return read(folder, files.get(name) or b"", ANSWERS), ""
        except Unreadable as wrong:
            return None, str(wrong)
    return None, "T10: bảng kê không ghi bảng nào (vai_tro BANG)"


def rows(t: Trial, number: str = "") -> list[Row]:
    """Rows of all answers, or of one dossier."""
    found = [row for one in all_of(t) if one.table for row in one.table.rows]
    return [row for row in found if not number or row.get("MA_HO_SO") == number]


def state(folder: Path, row: Row) -> str:
    """The code of a row's state, written as code or in words; else as it stands."""
    said = row.get("TRANG_THAI", "")
    for one in lists(folder)["state"]:
        if folded(said) in {folded(one["code"]), folded(one["text"])}:
            return str(one["code"])
    return said


async def told(
    t: Trial, number: str, states: set[str], blame: str, times: int = 1
) -> Row:
    """A row of a dossier with one of these states; none: any.

    Raises:
        NotTried: none came in time; that breaks ``blame``.
    """
    found: list[Row] = []

    async def look() -> bool:
        await fetch(t)
        mine = rows(t, number)
        found[:] = [o for o in mine if not states or state(t.folder, o) in states]
        return len(found) >= times

    what = f"dòng trả lời về {number}" + (
        f": {', '.join(sorted(states))}" * bool(states)
    )
    try:
        await t.until(look, what)
    except NotTried as late:
        t.holds(blame, fact=False, why=str(late))
        raise
    t.holds(blame, fact=True, why="")
    return found[times - 1]


# ---- rows as §5.1 reads them


def said(folder: Path, row: Row) -> dict[str, str]:
    """A row as ``tra_loi.json`` has it."""
    told = {**row, "TRANG_THAI": state(folder, row)}
    day_, _, hour_ = told.get("NGAY", "").partition(" ")
    if hour_:
        # A day with its hour gives both; that of a cell of Excel has seconds.
        told["NGAY"] = day_
        if hour_ != "00:00:00":
            told["GIO"] = hour_
    for name in ("NGAY", "NGAY_HEN"):
        if name in told:
            told[name] = day(told[name])
    if "GIO" in told:
        told["GIO"] = hour(told["GIO"])
    if "SO_TIEN" in told:
        told["SO_TIEN"] = amount(told["SO_TIEN"])
    return told


def day(text: str) -> str:
    """``yyyy-MM-dd``; as it stands where it is no day."""
    if found := _DAY.match(text):
        return f"{found[3]}-{int(found[2]):02d}-{int(found[1]):02d}"
    found = _ISO.match(text)
    return f"{found[1]}-{found[2]}-{found[3]}" if found else text


def hour(text: str) -> str:
    """``HH:mm``; as it stands where it is no hour."""
    found = _HOUR.match(text)
    return f"{int(found[1]):02d}:{found[2] or '00'}" if found else text


def amount(text: str) -> str:
    """Digits; as it stands where it is no amount."""
    bare = re.sub(r"\s*(đ|đồng)\Z", "", text.strip(), flags=re.IGNORECASE)
    whole = re.fullmatch(r"\d{1,3}([.,]\d{3})+|\d+(\.0)?", bare)
    return re.sub(r"\.0\Z|[.,](?=\d{3})", "", bare) if whole else text


def moment(told: Mapping[str, str]) -> datetime | None:
    """When a row happened, the beginning of its day where it has no hour."""
    try:
        at = f"{told.get('NGAY', '')}T{told.get('GIO', '00:00')}"
        return datetime.fromisoformat(at).replace(tzinfo=VIETNAM)
    except ValueError:
        return None


def lost_by_excel(row: Row) -> list[str]:
    """Columns of numbers whose digits Excel took (D08)."""
    names = ("MA_HO_SO", "MA_YEU_CAU", "SO_HO_SO", "SO_DANH_BO")
    return [name for name in names if _LOST.fullmatch(row.get(name, ""))]


# ---- lots


def wrong_files(one: Answer) -> Iterator[str]:
    """What is not as the manifest says."""
    for file in one.listed:
        name, content = str(file.get("ten")), one.files.get(str(file.get("ten")))
        if content is None:
            yield f"{name} có trong bảng kê mà chưa thấy"
        elif len(content) != file.get("kich_thuoc"):
            yield f"{name} dài {len(content)} byte, bảng kê ghi khác"
        elif hashlib.sha256(content).hexdigest() != file.get("sha256"):
            yield f"{name} có SHA-256 khác bảng kê"


async def stirred(t: Trial) -> None:
    """Have something to look at where a test runs alone.

    Raises:
        NotTried: nothing came.
    """
    await fetch(t)
    if all_of(t):
        return
    number = t.number("accept")
    await handed_over(t, request(t, number))
    await t.ask("accept", number)

    async def look() -> bool:
        await fetch(t)
        return bool(all_of(t))

    await t.until(look, "một lô trả lời")
