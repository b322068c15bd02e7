"""Lots of requests as a gateway puts them down, and where a company leaves them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta, timezone
from typing import Any

from gateway.adapters.water.conformance_tables import (
    ERRORS,
    Read,
    Row,
    Unreadable,
    comma_text,
    read,
    workbook,
)
from gateway.conforming import Lying, NotTried, Trial

IN, TAKEN, WRONG = "yeu-cau", "yeu-cau/da-nhan", "yeu-cau/loi"
OUT, OUT_TAKEN, OUT_WRONG = "tra-loi", "tra-loi/da-nhan", "tra-loi/loi"
PARTS = (IN, TAKEN, WRONG, OUT, OUT_TAKEN, OUT_WRONG)
#: In the name of a report of errors.
REPORT = ".loi."
PAPER = b"%PDF-1.4 giay to thu cua bo thu"
VIETNAM = timezone(timedelta(hours=7))
#: Lots of one minute, in their numbers.
_OF_A_MINUTE = 100


@dataclass(frozen=True, slots=True)
class Lot:
    """One lot; ``files``: every file of it but its manifest."""

    number: str
    rows: Sequence[Row]
    files: Mapping[str, bytes]
    more: Mapping[str, Any] = field(default_factory=dict)
    #: fields of the manifest that stand there as they are
    raw: bytes = b""
    #: in place of the manifest

    @property
    def name(self) -> str:
        """Of its manifest."""
        return f"{self.number}.json"

    def manifest(self, t: Trial) -> bytes:
        """§2.3."""
        if self.raw:
            return self.raw
        told: dict[str, Any] = {
            "phien_ban": 1,
            "loai": "YEU_CAU",
            "so_lo": self.number,
            "so_thu_tu": int(self.number[3:]),
            "ben_gui": t.code("sender"),
            "ben_nhan": t.code("company"),
            "lap_luc": t.now().astimezone(VIETNAM).isoformat(timespec="seconds"),
            "so_dong": len(self.rows),
            "ma_yeu_cau": [row["MA_YEU_CAU"] for row in self.rows],
            "tep": [_listed(name, content) for name, content in self.files.items()],
            **self.more,
        }
        return json.dumps(told, ensure_ascii=False).encode()


def _listed(name: str, content: bytes) -> dict[str, Any]:
    is_table = name.endswith((".csv", ".xlsx"))
    return {
        "ten": name,
        "vai_tro": "BANG" if is_table else "GIAY_TO",
        "kich_thuoc": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def lot_number(t: Trial) -> str:
    """One that nobody has used: twelve digits that go by the clock."""
    begun = int(f"{t.now().astimezone(VIETNAM):%y%m%d%H%M}") * _OF_A_MINUTE
    last = max(begun, int(t.memory.get("lot", 0)) + 1)
    t.memory["lot"] = last
    return f"YC-{last:012d}"


def request(t: Trial, number: str, kind: str = "MOI", **cells: str) -> dict[str, str]:
    """A row of §4.1; without what ``cells`` says to be empty."""
    row = {
        "STT": "1",
        "MA_YEU_CAU": t.identifier(),
        "LOAI": kind,
        "MA_HO_SO": number,
        "LAN": "1",
        "MA_THU_TUC": t.code("procedure"),
        "DICH_VU": t.code("service"),
        "NGAY_TIEP_NHAN": f"{t.now().astimezone(VIETNAM):%d/%m/%Y}",
        "HO_TEN": "Nguyễn Văn Thử",
        "SO_GIAY_TO": "000000000099",
        "DIEN_THOAI": "0900000099",
        "NOI_LAP": "Số 1, đường Thử; xã Mẫu",
        **cells,
    }
    t.memory.setdefault("dossiers", set()).add(number)
    t.memory.setdefault("requests", {})[row["MA_YEU_CAU"]] = number
    return {name: value for name, value in row.items() if value}


def lot(t: Trial, *rows: Row, papers: int = 0, number: str = "", **more: Any) -> Lot:
    """A lot as §4 wants it; ``papers``: of its last row."""
    number = number or lot_number(t)
    told = [{**row, "STT": str(place)} for place, row in enumerate(rows, start=1)]
    line = len(rows)
    named = [f"{number}.{line:03d}-{place:02d}.pdf" for place in range(1, papers + 1)]
    if named:
        words = "; ".join(f"Giấy tờ thử {place}" for place, _ in enumerate(named, 1))
        told[-1] |= {"GIAY_TO": "; ".join(named), "TEN_GIAY_TO": words}
    files = {
        f"{number}.csv": comma_text(t.folder, told),
        f"{number}.xlsx": workbook(t.folder, told),
        **dict.fromkeys(named, PAPER),
    }
    return Lot(number, told, files, more)


async def put(t: Trial, one: Lot) -> Lot:
    """The files first, the manifest last (§2.2)."""
    await put_files(t, one)
    await put_manifest(t, one)
    return one


async def put_files(t: Trial, one: Lot) -> None:
    """Every file but the manifest."""
    for name, content in one.files.items():
        await t.shared.put(IN, name, content)


async def put_manifest(t: Trial, one: Lot) -> None:
    """The manifest."""
    await t.shared.put(IN, one.name, one.manifest(t))


async def settled(t: Trial, one: Lot, blame: str = "") -> str:
    """Where its manifest went: ``TAKEN`` or ``WRONG``.

    Raises:
        NotTried: it lies where it lay; that breaks ``blame``.
    """

    def fits(lying: Lying) -> bool:
        return lying.name == one.name

    what = f"{one.name} được lấy"
    found = await t.shared.appears(
        fits, what, TAKEN, WRONG, limit="taken_s", blame=blame
    )
    return found.part


async def taken(t: Trial, *lots: Lot) -> None:
    """Lots that have to be taken for a test to go on.

    Raises:
        NotTried: one was not; with what the company said of it.
    """
    for one in lots:
        if await settled(t, one) != TAKEN:
            said = ", ".join(sorted(codes(await reports(t, one)))) or "không báo lỗi"
            raise NotTried(f"lô dùng để thử không được nhận ({one.number}: {said})")


async def handed_over(t: Trial, *rows: Row, papers: int = 0) -> Lot:
    """A lot that was taken."""
    made = await put(t, lot(t, *rows, papers=papers))
    await taken(t, made)
    t.memory.setdefault("handed", []).append(made.name)
    return made


async def lying(t: Trial, one: Lot, *parts: str) -> list[Lying]:
    """Files of a lot in these parts, reports left out."""
    return [
        found
        for found in await t.shared.lying(*parts)
        if found.name.startswith(f"{one.number}.") and REPORT not in found.name
    ]


async def waited(t: Trial, limit: str) -> None:
    """Let the preset's time pass."""

    async def never() -> bool:
        return False

    try:
        await t.until(never, "hết thời gian chờ", limit=limit)
    except NotTried:
        return


# ---- reports of errors (§7.3)


@dataclass(frozen=True, slots=True)
class Report:
    """A report about a lot; ``table``: None: it cannot be read, ``why`` says so."""

    file: Lying
    table: Read | None
    why: str = ""

    @property
    def rows(self) -> Sequence[Row]:
        """Its lines."""
        return self.table.rows if self.table else ()


async def reports(t: Trial, one: Lot) -> list[Report]:
    """Every report about a lot that lies there now."""
    found = []
    for file in await t.shared.lying(WRONG):
        stem = file.name.partition(REPORT)[0]
        if REPORT in file.name and stem.partition(".")[0] == one.number:
            found.append(await _report(t, file))
    return found


async def _report(t: Trial, file: Lying) -> Report:
    content = await t.shared.read(file) or b""
    try:
        return Report(file, read(t.folder, content, ERRORS))
    except Unreadable as wrong:
        return Report(file, None, str(wrong))


async def reported(t: Trial, one: Lot, number: str) -> list[Report]:
    """Reports about a lot, waited for; in vain breaks ``number``."""
    await t.shared.appears(
        lambda file: file.name.startswith(f"{one.number}.") and REPORT in file.name,
        f"báo lỗi về {one.number}",
        WRONG,
        limit="taken_s",
        blame=number,
    )
    return await reports(t, one)


def codes(found: Sequence[Report]) -> set[str]:
    """Codes of errors that they tell."""
    return {row.get("MA_LOI", "") for one in found for row in one.rows}


def spoilt(one: Lot, **files: bytes) -> Lot:
    """The same lot with other content of ``csv``, ``xlsx``."""
    changed = {f"{one.number}.{ending}": content for ending, content in files.items()}
    return replace(one, files={**one.files, **changed})
