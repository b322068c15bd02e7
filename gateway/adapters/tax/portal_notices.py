"""The notice file of ``ThongBaoThue`` → one part per dossier and per bad row; pure.

Good rows count beside bad ones, and nothing is guessed: an amount, a day or a
number that cannot be read refuses its row alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from lxml import etree

from gateway.adapters.tax.portal_reading import day, report
from gateway.domain.errors import ReportRefused
from gateway.domain.report import ReportKind
from gateway.domain.text import nfc
from gateway.ports.inbox import Part, PartResult
from gateway.validation.xml import Limits, XMLRefused, parse

MAX_ROWS = 2000
_MAX_NUMBER = 50
_MAX_ITEM = 250
_AMOUNT = re.compile(r"0|[1-9][0-9]{0,14}")
_INSTRUCTIONS = etree.XPath("boolean(//processing-instruction())")
_DEPTH = 16
TAKEN = "00"
#: Code of a part or row → Ma and MoTa of the reply (section 8.3).
RESULTS: Mapping[str, tuple[str, str]] = {
    "": (TAKEN, "Đã nhận"),
    "repeated": ("01", "Đã nhận trước đó"),
    "no_dossier": ("10", "Không tìm thấy hồ sơ"),
    "amount_unreadable": ("11", "Số tiền không đọc được"),
    "notice_day_unreadable": ("12", "Ngày thông báo không đọc được"),
    "notice_number_missing": ("13", "Thiếu số thông báo"),
    "amount_differs": ("14", "Số tiền khác lần trước nhưng tệp không ghi điều chỉnh"),
    "dossier_number_missing": ("15", "Thiếu mã hồ sơ"),
    "notice_item_missing": ("16", "Thiếu tên tiểu mục"),
}
#: Label of the dossier in a part; its other labels are Dong → SO_QUYET_DINH.
DOSSIER = "MA_HSO"


def row_results(
    result: PartResult, other: tuple[str, str] = RESULTS["no_dossier"]
) -> Mapping[str, tuple[str, str]]:
    """Dong → Ma and MoTa for every row of a part, in the order of its report.

    ``other``: of a code that the list of the document does not have.
    """
    places = [place for place in result.part.label if place.isdecimal()]
    codes = [
        "amount_differs" if at in result.mistakes else result.code
        for at in range(len(places))
    ]
    return {
        place: RESULTS.get(code, other)
        for place, code in zip(places, codes, strict=True)
    }


class FileUnreadable(ValueError):
    """The file is not safe, too large, or no notice file: no row of it is taken."""


@dataclass(frozen=True, slots=True)
class _Row:
    """One LIST as written; ``code`` says why it is not taken."""

    place: int
    dossier: str
    told: Mapping[str, str]
    raw: bytes
    code: str = ""


@dataclass(slots=True)
class _Dossier:
    """Good rows of one dossier."""

    rows: list[_Row] = field(default_factory=list)
    #: in the order of the file
    amounts: dict[tuple[str, str], str] = field(default_factory=dict)


def parts_of(
    raw: bytes, *, adjusts: bool, at: datetime, max_bytes: int
) -> Sequence[Part]:
    """Parts in the order of the file; ``adjusts``: what its call says.

    Raises:
        FileUnreadable: nothing of it can be read.
    """
    dossiers: dict[str, _Dossier] = {}
    refused: list[_Row] = []
    for row in _rows(_root(raw, max_bytes)):
        if row.code:
            refused.append(row)
            continue
        dossier = dossiers.setdefault(row.dossier, _Dossier())
        item = (row.told["number"], row.told["kind"])
        first = dossier.amounts.setdefault(item, row.told["amount"])
        if first != row.told["amount"] and not adjusts:
            differs = "amount_differs"
            refused.append(_Row(row.place, row.dossier, row.told, row.raw, differs))
            continue
        dossier.rows.append(row)
    good = [_told(name, one.rows, adjusts, at) for name, one in dossiers.items()]
    return [*good, *map(_refused, refused)]


def _told(dossier: str, rows: Sequence[_Row], adjusts: bool, at: datetime) -> Part:  # noqa: FBT001  as the call says
    notices = [dict(row.told) for row in rows]
    facts = {"notices": len(notices), "adjusts": adjusts, "news": True}
    weights = sorted(
        [row.told[name] for name in ("number", "kind", "issued_on", "amount")]
        for row in rows
    )
    what = f"file|{orjson.dumps(weights).decode()}"
    content: dict[str, Any] = {"notices": notices}
    label = {str(row.place): row.told["number"] for row in rows}
    told = report(ReportKind.NOTICES, dossier, what, at, content, facts)
    raw = b"".join(row.raw for row in rows)
    return Part({DOSSIER: dossier, **label}, raw, report=told)


def _refused(row: _Row) -> Part:
    label = {DOSSIER: row.dossier, str(row.place): row.told["number"]}
    remedy = f"{RESULTS[row.code][1]}: đề nghị thuế sửa rồi đưa vào tệp sau."
    why = ReportRefused(code=row.code, remedy=remedy)
    return Part(label, row.raw, refused=why)


def _root(raw: bytes, max_bytes: int) -> etree._Element:
    try:
        raw.decode("utf-8")
        limits = Limits(document_bytes=max_bytes, depth=_DEPTH)
        root = parse(raw, limits=limits).root
    except (UnicodeDecodeError, XMLRefused):
        raise FileUnreadable from None
    encoding = root.getroottree().docinfo.encoding or "UTF-8"
    rows = root.findall("BODY/ROW_LIST/LIST")
    if root.tag != "DATA" or encoding.upper() != "UTF-8" or _INSTRUCTIONS(root):
        raise FileUnreadable
    if not 0 < len(rows) <= MAX_ROWS:
        raise FileUnreadable
    return root


def _rows(root: etree._Element) -> Iterable[_Row]:
    place = 0
    for block in root.iterfind("BODY/ROW_LIST"):
        dossier = _text(block, "MA_HSO")
        for row in block.iterfind("LIST"):
            place += 1
            yield _row(place, dossier, row)


def _row(place: int, dossier: str, row: etree._Element) -> _Row:
    number, item = _text(row, "SO_QUYET_DINH"), _text(row, "TEN_TIEUMUC")
    issued_on = day(_text(row, "NGAY_QUYET_DINH"))
    amount = _text(row, "SO_TIEN")
    code = ""
    if not dossier:
        code = "dossier_number_missing"
    elif not 0 < len(number) <= _MAX_NUMBER:
        code = "notice_number_missing"
    elif issued_on is None:
        code = "notice_day_unreadable"
    elif not 0 < len(item) <= _MAX_ITEM:
        code = "notice_item_missing"
    elif _AMOUNT.fullmatch(amount) is None:
        code = "amount_unreadable"
    told = {
        "number": number,
        "kind": item,
        "amount": amount,
        "issued_on": issued_on.isoformat() if issued_on else "",
        "tax_code": _text(row, "MA_SO_THUE"),
    }
    raw = dossier.encode() + b"\n" + etree.tostring(row, with_tail=False)
    return _Row(place, dossier, told, raw, code)


def _text(element: etree._Element, name: str) -> str:
    """Text of the one child of that name; empty when there is none, or no telling.

    A comment would cut a number in two, and of two elements neither is the right one.
    """
    found = element.findall(name)
    if len(found) != 1 or len(found[0]) > 0:
        return ""
    return nfc(found[0].text or "").strip()
