"""Files of a package that came back → receipts and parts; pure.

Good rows count beside bad ones; a file that cannot be read refuses itself alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import orjson

from gateway.adapters.tax.file_package import (
    MAX_FILE_BYTES,
    FileKind,
    Opened,
    PackedFile,
    written,
)
from gateway.adapters.tax.portal_hosting import files_made_at, question
from gateway.adapters.tax.portal_notices import (
    DOSSIER,
    TAKEN,
    FileUnreadable,
    parts_of,
    row_results,
)
from gateway.adapters.tax.portal_reading import Check, day, reports, state_in
from gateway.domain.errors import ReportRefused
from gateway.domain.text import nfc
from gateway.ports.inbox import Part, PartResult

#: Label of the file in a part; its other labels are as in ``portal_notices``.
FILE: Final = "TEP"
MAX_NOTICE_BYTES: Final = 10 * 1024 * 1024
_OTHER: Final = ("17", "Nội dung không đúng cấu trúc")
REPEATED: Final = "01"
_FILES: Mapping[str, str] = {
    TAKEN: "Đã nhận",
    REPEATED: "Đã nhận trước đó",
    "50": "Tệp không đọc được",
}
PACKAGES: Mapping[str, str] = {
    "00": "Đã nhận gói",
    REPEATED: "Gói đã nhận trước đó",
    "20": "Không giải mã được gói",
    "21": "Gói không đúng cấu trúc",
    "22": "Chữ ký của gói không hợp lệ hoặc chứng thư chưa đăng ký",
    "23": "Tệp trong gói không khớp danh sách",
    "24": "Gói không gửi cho cơ quan này hoặc đơn vị gửi chưa đăng ký",
    "25": "Số gói đã dùng cho nội dung khác",
}
MAX_ROWS: Final = 2000
_MAX_SHOWN = 250


@dataclass(frozen=True, slots=True)
class Receipt:
    """What tax says of one package of ours; ``files``: name → code (section 4.2)."""

    number: str
    code: str
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Content:
    """What a package says: of our packages, and of dossiers.

    ``unreadable``: names of files of which nothing could be read; ``silent``:
    labels of rows that hold and tell nothing new, as of a dossier in hand.
    """

    receipts: tuple[Receipt, ...]
    parts: tuple[Part, ...]
    unreadable: frozenset[str]
    silent: tuple[Mapping[str, str], ...]


def content_of(package: Opened, check: Check) -> Content:
    """Everything that a package says, in the order of its files."""
    receipts: list[Receipt] = []
    parts: list[Part] = []
    unreadable: set[str] = set()
    for file in package.files:
        try:
            if file.kind is FileKind.RECEIPT:
                receipts += _receipts(file, check)
            else:
                parts += _READERS[file.kind](package, file, check)
        except (FileUnreadable, KeyError):
            # KeyError: a kind that never goes in this direction.
            unreadable.add(file.name)
            why = ReportRefused(code="file_unreadable", remedy=_remedy(file))
            parts.append(Part({FILE: file.name}, file.content, refused=why))
    said = [part for part in parts if part.report or part.refused]
    silent = [part.label for part in parts if not (part.report or part.refused)]
    return Content(tuple(receipts), tuple(said), frozenset(unreadable), tuple(silent))


def _remedy(file: PackedFile) -> str:
    return f"Tệp {file.name} trong gói không đọc được: đề nghị thuế gửi lại tệp."


def _rows(file: PackedFile) -> list[Any]:
    """DanhSach of a JSON file; whether its rows hold is looked at one by one.

    Raises:
        FileUnreadable: it has none.
    """
    try:
        value = orjson.loads(file.content) if len(file.content) <= MAX_FILE_BYTES else 0
    except orjson.JSONDecodeError:
        raise FileUnreadable from None
    rows = value.get("DanhSach") if isinstance(value, dict) else None
    if not isinstance(rows, list) or not 0 < len(rows) <= MAX_ROWS:
        raise FileUnreadable
    return rows


def _schema(name: str) -> str:
    return f"urn:lienthong:schema:tax_file:{name}:1"


def _receipts(file: PackedFile, check: Check) -> Iterable[Receipt]:
    rows = _rows(file)
    if check(_schema("BienNhan"), {"DanhSach": rows}):
        raise FileUnreadable
    for row in rows:
        files = {one["Tep"]: one["Ma"] for one in row.get("KetQua", ())}
        yield Receipt(row["SoGoi"], row["Ma"], files)


def _notices(package: Opened, file: PackedFile, _check: Check) -> Iterable[Part]:
    made_on = day(file.day)
    if made_on is None:
        raise FileUnreadable
    found = parts_of(
        file.content,
        adjusts=file.adjusts,
        at=min(files_made_at(made_on), package.made_at),
        max_bytes=MAX_NOTICE_BYTES,
    )
    return [replace(part, label={FILE: file.name, **part.label}) for part in found]


def _states(package: Opened, file: PackedFile, check: Check) -> Iterable[Part]:
    def told(row: Mapping[str, Any]) -> Sequence[Part]:
        found = state_in(row)
        if found is None:
            raise ReportRefused(code="state_contradicts", remedy=_remedy(file))
        said = reports(found, package.made_at)
        return [Part({}, b"", report=one) for one in said]

    return _each(file, "TinhTrang", check, told)


def _questions(package: Opened, file: PackedFile, check: Check) -> Iterable[Part]:
    def told(row: Mapping[str, Any]) -> Sequence[Part]:
        return [Part({}, b"", report=question(row, package.made_at, MAX_FILE_BYTES))]

    return _each(file, "YeuCau", check, told)


def _each(
    file: PackedFile,
    name: str,
    check: Check,
    told: Callable[[Mapping[str, Any]], Sequence[Part]],
) -> Iterable[Part]:
    """Parts of every row; a row outside its schema is refused alone."""
    for place, row in enumerate(_rows(file), 1):
        number = row.get("MaHoSo") if isinstance(row, dict) else None
        label = {
            FILE: file.name,
            DOSSIER: nfc(number) if isinstance(number, str) else "",
            str(place): "",
        }
        raw = orjson.dumps(row)
        try:
            if check(_schema(name), {"DanhSach": [row]}):
                raise ReportRefused(code="row_invalid", remedy=_remedy(file))
            found = told(row) or [Part({}, b"")]
        except ReportRefused as refused:
            found = [Part({}, b"", refused=refused)]
        for part in found:
            yield replace(part, label=label, raw=raw)


_READERS: Mapping[FileKind, Callable[[Opened, PackedFile, Check], Iterable[Part]]] = {
    FileKind.NOTICES: _notices,
    FileKind.STATES: _states,
    FileKind.QUESTIONS: _questions,
}


def receipt(
    package: Opened,
    content: Content,
    results: Sequence[PartResult],
) -> list[dict[str, Any]]:
    """KetQua for a package that was taken: each file, and each row of it."""
    rows: dict[str, dict[int, dict[str, str]]] = {f.name: {} for f in package.files}
    silent = [PartResult(Part(label, b"")) for label in content.silent]
    for one in (*results, *silent):
        label = one.part.label
        for place, (result, words) in row_results(one, _OTHER).items():
            # Of several things that one row says, one that was not taken is told.
            known = rows[label[FILE]].get(int(place))
            if known is None or known["Ma"] in _FILES:
                number = label.get(DOSSIER, "")[:_MAX_SHOWN]
                told = {"Dong": place, "MaHoSo": number, "Ma": result, "MoTa": words}
                rows[label[FILE]][int(place)] = told
    return [_file(file, content, rows[file.name]) for file in package.files]


def _file(
    file: PackedFile, content: Content, rows: Mapping[int, dict[str, str]]
) -> dict[str, Any]:
    code = "50" if file.name in content.unreadable else TAKEN
    told: dict[str, Any] = {"Tep": file.name, "Ma": code, "MoTa": _FILES[code]}
    if rows:
        told["Dong"] = [rows[place] for place in sorted(rows)]
    return told


def answer(
    number: str, code: str, at: datetime, results: Sequence[Mapping[str, Any]] = ()
) -> bytes:
    """A BIEN_NHAN file about one package that came; ``results``: its KetQua."""
    row: dict[str, Any] = {
        "SoGoi": number[:_MAX_SHOWN],
        "ThoiGian": written(at),
        "Ma": code,
        "MoTa": PACKAGES[code],
    }
    if results:
        row["KetQua"] = list(results)
    return orjson.dumps({"DanhSach": [row]})
