"""Messages → rows of a lot of requests; its files and manifest; reports of errors; pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any, Final

import orjson

from gateway.adapters.water.cells import same_name
from gateway.adapters.water.contract import Column, Contract
from gateway.adapters.water.tables import Line
from gateway.domain.area_numbers import COMMUNE
from gateway.domain.errors import NeedsConfiguration, NeedsData
from gateway.domain.identifiers import AgencyId
from gateway.domain.legal_day import VIETNAM
from gateway.domain.text import nfc
from gateway.ports.agency import File, OutboundMessage
from gateway.ports.sheets import Page
from gateway.sheets.forms import Form
from gateway.sheets.writing import workbook

REQUESTS: Final = "YEU_CAU"
ANSWERS: Final = "TRA_LOI"
_BOM: Final = "\N{ZERO WIDTH NO-BREAK SPACE}"
_COMPUTED: Final = ("=", "+", "-", "@")
_ENDING: Final = re.compile(r"\.[a-z0-9]{1,8}")
#: Message kind → LOAI, where a dossier is not handed over.
_KINDS: Final = {
    "supplement": "BO_SUNG",
    "withdraw": "RUT",
    "result_handed": "DA_TRA",
    "result_wrong": "SAI_KET_QUA",
}
#: Message kind → the field of its content that NOI_DUNG says.
_NOTES: Final = {"supplement": "note", "withdraw": "reason", "result_wrong": "content"}


@dataclass(frozen=True, slots=True)
class Company:
    """Who a company's office is to us.

    ``services``: procedure → DICH_VU; ``agency``: under whose name its numbers stand.
    """

    agency: AgencyId
    services: Mapping[str, str]


def row(message: OutboundMessage, company: Company) -> dict[str, str]:
    """A row of ``YEU_CAU`` without STT and GIAY_TO, which belong to the lot.

    Only what is filled; the same on every attempt.

    Raises:
        NeedsData: the dossier has no code, or nobody gave a reason that is wanted.
        NeedsConfiguration: nobody said which service the procedure is.
    """
    number, course = message.number("ma_ho_so", "one_stop"), message.course
    if not number or course is None:
        raise NeedsData("no dossier code", code="code_missing")
    service = company.services.get(course.procedure)
    if not service:
        raise NeedsConfiguration(course.procedure, code="service_unmapped")
    told = {
        "MA_YEU_CAU": message.idempotency_key,
        "LOAI": _kind(message),
        "MA_HO_SO": number,
        "LAN": str(message.revision),
        "MA_THU_TUC": course.procedure,
        "DICH_VU": service,
        **_seen(message),
        "SO_HO_SO": message.number("so_ho_so", company.agency),
        "NOI_DUNG": _note(message),
        "TEN_GIAY_TO": "; ".join(_title(file) for file in papers(message)),
    }
    found = {code: _plain(value) for code, value in told.items() if value}
    if found["LOAI"] in {"RUT", "SAI_KET_QUA"} and "NOI_DUNG" not in found:
        raise NeedsData("no reason", code="reason_missing")
    return found


def papers(message: OutboundMessage) -> tuple[File, ...]:
    """Files that travel with a message."""
    whole = message.kind == "hand_over"
    return message.view.files if whole or "documents" in message.content else ()


def _kind(message: OutboundMessage) -> str:
    if message.kind == "hand_over":
        return "MOI" if message.revision == 1 else "SUA"
    return _KINDS[message.kind]


def _seen(message: OutboundMessage) -> dict[str, Any]:
    """What the view tells, by column; what the leg may not see is left out."""
    view = message.view.fields
    person, area = view.get("applicant", {}), view.get("area", {})
    new_due_on = message.content.get("new_due_on")
    return {
        "NGAY_TIEP_NHAN": _day(view.get("received_at")),
        "HAN_TRA": _day(new_due_on or view.get("due_on")),
        "HO_TEN": person.get("name"),
        "SO_GIAY_TO": person.get("identity", {}).get("number"),
        "DIEN_THOAI": person.get("phone"),
        "EMAIL": person.get("email"),
        "DIA_CHI": person.get("address"),
        # What a code of before became, where the dossier was written by an old list.
        "MA_XA": area and message.facts.get(COMMUNE, area.get("commune")),
        "NOI_LAP": area.get("address"),
        "SO_DANH_BO": view.get("water", {}).get("customer_number"),
    }


def _note(message: OutboundMessage) -> str:
    if message.kind == "hand_over":
        view = message.view.fields
        told = (view.get("water", {}).get("request"), view.get("notes"))
        return "; ".join(str(one) for one in told if one)
    return str(message.content.get(_NOTES.get(message.kind, ""), ""))


def _day(value: object) -> str:
    """``2026-03-10`` or a moment → ``10/03/2026`` in Vietnam."""
    if not value:
        return ""
    found = datetime.fromisoformat(str(value))
    local = found.astimezone(VIETNAM) if found.tzinfo else found
    return local.strftime("%d/%m/%Y")


def _plain(value: object) -> str:
    return " ".join(nfc(str(value)).split())


def _title(file: File) -> str:
    """A paper's name; ``;`` stands between two of them."""
    return _plain(file.title or file.name).replace(";", ",")


def paper_name(lot: str, place: int, number: int, file: File) -> str:
    """``YC-000018.001-01.pdf``: nothing of a name that might tell who somebody is."""
    ending = PurePosixPath(file.name).suffix.lower()
    return f"{lot}.{place:03}-{number:02}{ending if _ENDING.fullmatch(ending) else ''}"


# ---------------------------------------------------------------- tables


def comma_text(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A CSV that a Vietnamese Excel opens by a click, and computes nothing of."""
    room = io.StringIO()
    writer = csv.writer(room, delimiter=";", lineterminator="\r\n")
    writer.writerow(heads)
    writer.writerows([_guarded(cell) for cell in row] for row in rows)
    return f"{_BOM}{room.getvalue()}".encode()


def _guarded(text: str) -> str:
    return f"'{text}" if text.startswith(_COMPUTED) else text


def requests_tables(
    rows: Sequence[Mapping[str, str]], contract: Contract
) -> tuple[bytes, bytes]:
    """The table of a lot as CSV and as XLSX, which say the same."""
    cells = [[row.get(one.code, "") for one in contract.requests] for row in rows]
    by_code = comma_text([one.code for one in contract.requests], cells)
    return by_code, _sheet(REQUESTS, contract.requests, cells)


def _sheet(
    title: str, columns: Sequence[Column], rows: Sequence[Sequence[str]]
) -> bytes:
    return workbook([Page(title, [one.heading for one in columns], rows)])


@dataclass(frozen=True, slots=True)
class Laid:
    """A file of a lot as its manifest lists it."""

    name: str
    role: str
    size_bytes: int
    sha256: str


def manifest(
    number: int,
    rows: Sequence[Mapping[str, str]],
    files: Sequence[Laid],
    *,
    sender: str,
    receiver: str,
    at: datetime,
) -> bytes:
    """The manifest of a lot of requests."""
    told = {
        "phien_ban": 1,
        "loai": REQUESTS,
        "so_lo": lot_name(number),
        "so_thu_tu": number,
        "ben_gui": sender,
        "ben_nhan": receiver,
        "lap_luc": at.astimezone(VIETNAM).replace(microsecond=0).isoformat(),
        "so_dong": len(rows),
        "ma_yeu_cau": [row["MA_YEU_CAU"] for row in rows],
        "tep": [
            {
                "ten": file.name,
                "vai_tro": file.role,
                "kich_thuoc": file.size_bytes,
                "sha256": file.sha256,
            }
            for file in files
        ],
    }
    return orjson.dumps(told, option=orjson.OPT_INDENT_2)


def lot_name(number: int) -> str:
    """``YC-000018``."""
    return f"YC-{number:06}"


# ---------------------------------------------------------------- reports of errors


@dataclass(frozen=True, slots=True)
class Told:
    """One line of a report of errors; ``line`` None: it is about the whole file."""

    code: str
    column: str = ""
    line: Line | None = None


def error_report(
    about: str, told: Sequence[Told], form: Form, contract: Contract
) -> bytes:
    """The table that goes back about a file; cells stand there as they came.

    It is a table of answers itself, so that the clerk corrects and saves it anew.
    """
    columns = (*contract.report, *contract.answers)
    rows = [_told(about, one, contract) for one in told]
    cells = [[row.get(column.code, "") for column in columns] for row in rows]
    if form is Form.XLSX:
        return _sheet(ANSWERS, columns, cells)
    return comma_text([column.code for column in columns], cells)


def _told(about: str, one: Told, contract: Contract) -> dict[str, str]:
    fault = contract.faults[one.code]
    line = one.line
    came = {code: as_came(cell) for code, cell in line.cells.items()} if line else {}
    return {
        **came,
        "TEN_TEP": about,
        "DONG": str(line.number) if line else "",
        "COT": one.column,
        "MA_LOI": fault.code,
        "LOI": fault.text,
        "CACH_SUA": fault.remedy,
    }


def as_came(cell: object) -> str:
    """A cell as its writer sees it: a whole number without its ``.0``."""
    whole = isinstance(cell, float) and cell.is_integer()
    return f"{cell:.0f}" if whole else str(cell)


def is_called(name: str, wanted: str) -> bool:
    """Whether a file has a name, or got it with ``.2`` behind since it was occupied."""
    stem, found = same_name(wanted), same_name(name)
    rest = found.removeprefix(stem)
    return found.startswith(stem) and (not rest or rest[1:].isdigit())
