"""What BTP tells when it is asked (§9): states and results → reports; pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from gateway.adapters.civil_registry.details import (
    ONE_STOP,
    SCHEMA,
    Check,
    decoded,
)
from gateway.domain.handed_over import LINKED
from gateway.domain.identifiers import AgencyId
from gateway.domain.legal_day import VIETNAM
from gateway.domain.report import AgencyReport, Brought, Reference, ReportKind
from gateway.domain.text import nfc

#: trangThai → kind of report (§9.1); any other is kept as it came, as progress.
KINDS: Mapping[str, ReportKind] = {
    "1": ReportKind.PROGRESS,
    "2": ReportKind.SUPPLEMENT_REQUEST,
    "3": ReportKind.PROGRESS,
    "4": ReportKind.FINISHED,
    "6": ReportKind.REFUSED,
}
#: «Waiting to be taken» is no news of a dossier that is being processed already.
UNTAKEN = "1"
_NEVER_AFTER = {UNTAKEN: frozenset({"3"})}
#: Kind of the number (province, dossier code) by which BTP was found to know a dossier.
FOUND_BY = "tra_cuu"
#: What an entry tells → what a report calls it.
_SAID = {
    "noiDungXuLy": "note",
    "ghiChu": "remark",
    "nguoiXuLy": "officer",
    "chucDanh": "title",
    "phongBanXuLy": "department",
    "errors": "errors",
}
_ENTRY = frozenset(
    {
        *("maHoSoLT", "maHoSoMCDT", "trangThai", "thoiGianThucHien", "hanBoSungHoSo"),
        *("ketQuaXuLy", *_SAID),
    }
)
#: The PDF of a result (§9.3) → its title, and a name for the file.
PAPERS = {
    "giayKhaiSinh": ("Giấy khai sinh", "giay-khai-sinh.pdf"),
    "trichLucKhaiTu": ("Trích lục khai tử", "trich-luc-khai-tu.pdf"),
}
#: Field of a result → what a report calls it.
RESULT = {
    "soDinhDanh": "personal_number",
    "ngayDangKy": "registered_on",
    "soDangKy": "number",
    "quyenSo": "book",
    "trangSo": "page",
}
_DAY, _MOMENT = "%d/%m/%Y", "%d/%m/%Y %H:%M:%S"


class EntryUnreadable(ValueError):
    """An entry from which nothing may be concluded; ``code`` has its words."""

    def __init__(self, code: str, detail: str = "") -> None:
        """Names fields, never values."""
        super().__init__(detail or code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Asked:
    """How a dossier was asked about: its code there, and under which province."""

    number: str
    province: str


def number_of(entry: object) -> tuple[str, str]:
    """DVCLT's and the one-stop's dossier code of an entry; empty where it has none."""
    if not isinstance(entry, dict):
        return "", ""
    told = (entry.get(name) for name in ("maHoSoLT", "maHoSoMCDT"))
    linked, own = (nfc(one).strip() if isinstance(one, str) else "" for one in told)
    return linked, own


def report_of(
    entry: Mapping[str, Any], asked: Asked, agency: AgencyId, check: Check
) -> AgencyReport:
    """What an entry reports.

    Raises:
        EntryUnreadable: it is none, or its result is broken: to be asked for again.
    """
    state = _state(entry.get("trangThai"))
    at = _moment(entry.get("thoiGianThucHien"))
    until = _day(entry.get("hanBoSungHoSo"))
    content = {
        ours: _plain(entry[name]) for name, ours in _SAID.items() if entry.get(name)
    }
    facts = {"step": state, **({"supplement_until": until} if until else {})}
    beyond = {name: value for name, value in entry.items() if name not in _ENTRY}
    if beyond:
        content["extension"] = beyond
    brought: tuple[Brought, ...] = ()
    if state == "4":
        result, brought = _result(entry.get("ketQuaXuLy"), check)
        content |= result
    linked, own = number_of(entry)
    found_by = f"{asked.province}/{asked.number}"
    return AgencyReport(
        kind=KINDS.get(state, ReportKind.PROGRESS),
        about=tuple(
            Reference(ONE_STOP, kind, value)
            for kind, value in ((LINKED, linked), ("ma_ho_so", own))
            if value
        ),
        fingerprint=_print_of(asked, state, entry, content, brought),
        event_at=at,
        facts=facts,
        content=content,
        introduces=(Reference(agency, FOUND_BY, found_by),),
        brought=brought,
        never_after=_NEVER_AFTER.get(state, frozenset()),
    )


def _state(told: object) -> str:
    """A state, whether it came as a number or as a text of digits."""
    text = (
        str(told) if isinstance(told, int | str) and not isinstance(told, bool) else ""
    )
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise EntryUnreadable("entry_unreadable", "trangThai")
    return str(int(text))


def _moment(told: object) -> datetime | None:
    if told in (None, ""):
        return None
    try:
        return datetime.strptime(str(told), _MOMENT).replace(tzinfo=VIETNAM)
    except ValueError:
        raise EntryUnreadable("entry_unreadable", "thoiGianThucHien") from None


def _day(told: object) -> str:
    if told in (None, ""):
        return ""
    try:
        return (
            datetime.strptime(str(told), _DAY)
            .replace(tzinfo=VIETNAM)
            .date()
            .isoformat()
        )
    except ValueError:
        raise EntryUnreadable("entry_unreadable", "hanBoSungHoSo") from None


def _plain(value: Any) -> Any:
    return nfc(value).strip() if isinstance(value, str) else value


def _result(told: object, check: Check) -> tuple[dict[str, Any], tuple[Brought, ...]]:
    """The data of a registration and its PDF (§9.3).

    What is no base64 or no PDF makes all of it a broken answer.
    """
    if not isinstance(told, dict):
        raise EntryUnreadable("result_unreadable", "ketQuaXuLy")
    data = {name: value for name, value in told.items() if name not in PAPERS}
    wrong = check(SCHEMA.format("ketQuaXuLy"), data)
    if wrong:
        raise EntryUnreadable("result_unreadable", wrong[0].pointer)
    result = {
        ours: _plain(data[name]) for name, ours in RESULT.items() if data.get(name)
    }
    result["registered_on"] = _day(data["ngayDangKy"])
    beyond = {name: value for name, value in data.items() if name not in RESULT}
    if beyond:
        result["extension"] = beyond
    files = tuple(_pdf(name, told[name]) for name in PAPERS if told.get(name))
    documents = [
        {
            "name": PAPERS[name][0],
            "code": name,
            "files": [{"name": file.name, "sha256": file.sha256}],
        }
        for name, file in zip((n for n in PAPERS if told.get(n)), files, strict=True)
    ]
    return {"result": result, "documents": documents}, files


def _pdf(field: str, told: object) -> Brought:
    content = decoded(told) if isinstance(told, str) else None
    if content is None or not content.startswith(b"%PDF"):
        raise EntryUnreadable("result_unreadable", field)
    digest = hashlib.sha256(content).hexdigest()
    return Brought(PAPERS[field][1], digest, content, "application/pdf")


def _print_of(
    asked: Asked,
    state: str,
    entry: Mapping[str, Any],
    content: Mapping[str, Any],
    brought: tuple[Brought, ...],
) -> str:
    """The same for the same news, however its values are written this time."""
    told = {name: value for name, value in content.items() if name != "extension"}
    dated = [entry.get(name) or "" for name in ("thoiGianThucHien", "hanBoSungHoSo")]
    files = [file.sha256 for file in brought]
    exact = orjson.dumps(
        [asked.number, state, *dated, told, files], option=orjson.OPT_SORT_KEYS
    )
    return hashlib.sha256(exact).hexdigest()
