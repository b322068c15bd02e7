"""What a company tells of its work on requests → reports; pure (§7 to §9).

A step has one row for each time that it is done, and the row changes: what is
read is its present state. Pushed or asked for, the same row is the same report.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson

from gateway.adapters.electricity.codes import Code, Codes
from gateway.adapters.electricity.moments import VIETNAM, appointment, moment
from gateway.domain.errors import FieldError, ReportRefused
from gateway.domain.identifiers import AgencyId
from gateway.domain.report import AgencyReport, Reference, ReportKind
from gateway.domain.text import nfc

AGENCY = AgencyId("electricity")
ONE_STOP = AgencyId("one_stop")
PUSH = "CapNhatTienDo"
PROGRESS_REPLY = "LayChiTietTienDo.reply"
_SCHEMA = "urn:lienthong:schema:electricity:{}:1"
_CANCELLED = "HU"
_ENDINGS = frozenset({"HT", _CANCELLED})
#: Fields of a push, and of an answer to an enquiry; others are kept with the report.
_KNOWN = frozenset(
    {"KHOA", "MA_DVIQLY", "MA_HOSO_DVC", "MA_YCAU_KNAI", "MA_KHANG", "TIEN_DO"}
    | {"TYPE", "MESSAGE", "HSGT"}
)
Check = Callable[[str, Any], tuple[FieldError, ...]]


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of ``TIEN_DO`` with its moments read; None: it is no moment."""

    raw: Mapping[str, Any]
    begun: datetime | None
    hindered: datetime | None
    ended: datetime | None

    @property
    def step(self) -> str:
        return nfc(str(self.raw["MA_CVIEC"])).strip()

    @property
    def obstacle(self) -> str:
        return nfc(str(self.raw.get("MA_TNGAI") or "")).strip()

    @property
    def obstacle_day(self) -> date | None:
        at = self.hindered or self.begun
        return at.astimezone(VIETNAM).date() if at else None

    def at(self, arrived_at: datetime) -> datetime:
        """Its time; that of arrival where nothing in it is a moment (§8.4)."""
        return self.ended or self.hindered or self.begun or arrived_at


def valid(check: Check, name: str, content: Any) -> tuple[FieldError, ...]:
    """What is wrong with a message by its published schema."""
    return check(_SCHEMA.format(name), content)


def pushed(content: Any, check: Check) -> Mapping[str, Any]:
    """A ``CapNhatTienDo`` that its schema allows.

    Raises:
        ReportRefused: it is none; in the document's words, names the field and no value.
    """
    wrong = valid(check, PUSH, content)
    if wrong:
        missing = [one for one in wrong if one.code == "required"]
        first = (missing or list(wrong))[0]
        said = "Thiếu trường" if missing else "Sai kiểu dữ liệu"
        named = first.pointer.strip("/").replace("/", ".") or PUSH
        raise ReportRefused(
            f"field {named}", code="body_invalid", remedy=f"{said}: {named}"
        )
    found: Mapping[str, Any] = content
    return found


def reports(
    told: Mapping[str, Any], codes: Codes, arrived_at: datetime
) -> tuple[AgencyReport, ...]:
    """One report for each row, the oldest first; ``told``: a push, or an answer."""
    rows = [_row(raw) for raw in told["TIEN_DO"]]
    # Of two at one time the one under way is later: it began when the other ended.
    rows.sort(key=lambda row: (row.at(arrived_at), row.ended is None))
    return tuple(_report(row, told, codes, arrived_at) for row in rows)


def _row(raw: Mapping[str, Any]) -> _Row:
    names = ("NGAY_BDAU", "NGAY_TNGAI", "NGAY_KTHUC")
    return _Row(raw, *(moment(raw.get(name)) for name in names))


def _report(
    row: _Row,
    told: Mapping[str, Any],
    codes: Codes,
    arrived_at: datetime,
) -> AgencyReport:
    step = codes.steps.get(row.step)
    obstacle = codes.obstacle(row.obstacle, row.obstacle_day) if row.obstacle else None
    kind, waits = _meaning(row, step, obstacle)
    facts: dict[str, Any] = {"step": row.step, "unit": told["MA_DVIQLY"]}
    if row.obstacle:
        facts["obstacle"] = row.obstacle
    if kind is ReportKind.PAUSED:
        facts["pause"] = "stopped"
    if waits:
        facts["waits_for"] = "customer"
    if row.step == _CANCELLED and kind is ReportKind.REFUSED:
        facts["cancelled"] = True
    customer = nfc(str(told.get("MA_KHANG") or ""))
    gained = customer if kind is ReportKind.FINISHED else ""
    note = _note(row, step, obstacle, gained)
    content: dict[str, Any] = {"note": note, "row": dict(row.raw)}
    if expected := appointment(row.raw.get("NGAY_HEN")):
        content["appointment"] = expected
    if customer:
        content["customer_code"] = customer
    beyond = {name: value for name, value in told.items() if name not in _KNOWN}
    if beyond:
        content["extension"] = beyond
    number = nfc(told["MA_HOSO_DVC"])
    return AgencyReport(
        kind=kind,
        about=(Reference(ONE_STOP, "ma_ho_so", number), *numbers(told)),
        fingerprint=_fingerprint(number, row),
        event_at=row.at(arrived_at),
        facts=facts,
        content=content,
        introduces=numbers(told),
        found_by=(customer,) if customer else (),
    )


def _meaning(
    row: _Row, step: Code | None, obstacle: Code | None
) -> tuple[ReportKind, bool]:
    """Which report a row is, and whether the customer is waited for (§8.1 to §8.3)."""
    over = row.ended is not None
    if row.step in _ENDINGS:
        if step is None or not over:
            return ReportKind.PROGRESS, False
        if row.step == _CANCELLED:
            ends = obstacle.ends if obstacle else None
            return ends or ReportKind.REFUSED, False
        return step.ends or ReportKind.PROGRESS, False
    if row.obstacle:
        stands = obstacle.stands if obstacle else ReportKind.PROGRESS
        if not over:
            paused = stands is ReportKind.PAUSED
            return stands, paused and obstacle is not None and obstacle.customer
        asked = stands is ReportKind.SUPPLEMENT_REQUEST
        return (ReportKind.SUPPLEMENT_RECEIVED if asked else ReportKind.PROGRESS), False
    if step is None:
        return ReportKind.PROGRESS, False
    if over:
        return step.ends or ReportKind.PROGRESS, False
    return step.stands, step.stands is ReportKind.PAUSED and step.customer


def _note(row: _Row, step: Code | None, obstacle: Code | None, customer: str) -> str:
    """The row in words: step, obstacle, what the company wrote, the customer's code."""
    named = [step.name if step else row.step]
    if row.obstacle:
        named.append(obstacle.name if obstacle else row.obstacle)
    wrote = [
        nfc(str(row.raw[name])).strip()
        for name in ("NDUNG_XLY", "NGUYEN_NHAN")
        if row.raw.get(name)
    ]
    if customer:
        wrote.append(f"mã khách hàng {customer}")
    text = "; ".join([*named, *(one for one in wrote if one)])
    return text[:1].upper() + text[1:]


def _fingerprint(number: str, row: _Row) -> str:
    """What makes a row another one (§8.4), and nothing else."""
    moments = [
        at.isoformat() if at else "" for at in (row.begun, row.hindered, row.ended)
    ]
    told = [number, row.step, int(row.raw["SO_LAN"]), row.obstacle, *moments]
    return hashlib.sha256(orjson.dumps(told)).hexdigest()


def numbers(told: Mapping[str, Any]) -> tuple[Reference, ...]:
    """The company's number of a dossier that a message or answer tells (§4).

    A customer's code is none: a customer has several requests in the years.
    """
    number = told.get("MA_YCAU_KNAI")
    return (Reference(AGENCY, "ma_ycau_knai", nfc(str(number))),) if number else ()


def papers_there(told: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    """Kind and hash of each paper that arrived."""
    return frozenset((row["MA_LOAI_HSO"], row["MA_BAM"]) for row in told["HSGT"])
