"""Answers of ``TraCuuNghiaVu`` → what they prove and report; pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import orjson

from gateway.adapters.tax.mapping import VIETNAM
from gateway.adapters.tax.portal_mapping import ENQUIRY, Slip
from gateway.adapters.tax.reading import ONE_STOP
from gateway.domain.errors import FieldError
from gateway.domain.report import AgencyReport, Reference, ReportKind
from gateway.domain.text import nfc

Check = Callable[[str, Any], tuple[FieldError, ...]]
NEVER_ARRIVED = "CHUA_CO"
_STATES = {"1": "valid", "2": "adjusted", "3": "withdrawn", "4": "deferred"}
#: States of notices that are owed, and so summed up in TongPhaiNop (section 7).
_OWED = frozenset({"1", "4"})
_DAY = re.compile(r"(\d{2})-(\d{2})-(\d{4})")
_MOMENT = re.compile(r"(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})")
_NOT_JSON = re.compile(rb'\s*"?\s*(401 unauthorized)\s*"?\s*', re.IGNORECASE)
#: Fields of a call, and places inside a slip: what a refusal may name (section 3).
_PLACE = re.compile(
    r"SecurityKey|Service|MaDonVi|IsUpdating|MaGiaoDich"
    r"|Data(\.[A-Za-z]+(\[\d*\])?)+|[A-Z_]+(\[\d+\])?(/[A-Z_]+(\[\d+\])?)+"
)


def day(text: str) -> date | None:
    """A day written ``dd-MM-yyyy``; None where it is none, or not a real one."""
    found = _DAY.fullmatch(text) if text.isascii() else None
    if found is None:
        return None
    try:
        return date(int(found[3]), int(found[2]), int(found[1]))
    except ValueError:
        return None


def moment(text: str) -> datetime | None:
    """A moment written ``yyyyMMddHHmmss`` in Vietnam time, as UTC; None: it is none."""
    found = _MOMENT.fullmatch(text) if text.isascii() else None
    if found is None:
        return None
    try:
        at = datetime(*map(int, found.groups()), tzinfo=VIETNAM)  # type: ignore[misc,arg-type]
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


@dataclass(frozen=True, slots=True)
class Said:
    """What an answer says, as the rows of ``portal_replies.toml`` are written for it.

    ``data`` is what stands in ``Data``; ``place`` the field that a refusal names.
    """

    fields: Mapping[str, str]
    text: str = ""
    data: Mapping[str, Any] | None = None
    place: str = ""


def said(body: bytes) -> Said:
    """An answer's parts; nothing where it has another shape than section 3."""
    bare = _NOT_JSON.fullmatch(body)
    if bare is not None:
        return Said({"whole": bare[1].decode()})
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        return Said({})
    if not isinstance(content, dict):
        return Said({})
    code, message = content.get("error_code"), content.get("message")
    # A bool is an int in Python, and no error_code.
    if type(code) not in {int, str} or not isinstance(message, str):
        return Said({})
    fields = {"error_code": str(code)}
    data = content.get("Data")
    data = data if isinstance(data, dict) else None
    if data is not None and isinstance(data.get("TrangThai"), str):
        fields["TrangThai"] = data["TrangThai"]
    named = message.rpartition(":")[2].strip()
    return Said(fields, message, data, named if _PLACE.fullmatch(named) else "")


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice as an enquiry tells it."""

    number: str
    issued_on: date
    item: str
    amount: int
    due_on: date
    state: str
    replaced_by: str


@dataclass(frozen=True, slots=True)
class Found:
    """What ``TraCuuNghiaVu`` tells; totals are None where its state has none."""

    dossier: str
    #: MaHoSo
    state: str
    why: str
    in_force: str
    #: SoPhieu
    to_pay: int | None
    exempted: int | None
    paid: int | None
    left: int | None
    notices: tuple[Notice, ...]
    slips: tuple[tuple[str, str, str], ...]
    #: SoPhieu, LoaiPhieu, MaBam of every slip that was taken


def found_in(content: bytes, slip: Slip, check: Check) -> Found | None:
    """What an answer tells about the slip that was asked about.

    None: it is outside its schema, speaks of another dossier, names a day that
    is none, or its totals contradict its state.
    """
    answer = orjson.loads(content)
    if check(f"urn:lienthong:schema:tax_portal:{ENQUIRY}.reply:1", answer):
        return None
    found = state_in(answer["Data"])
    if found is None or found.dossier != nfc(slip.ma_ho_so):
        return None
    never = found.state == NEVER_ARRIVED
    # It proves something about the very number that was asked, and no other.
    return None if never and found.in_force != nfc(slip.so_phieu) else found


def state_in(data: Mapping[str, Any]) -> Found | None:
    """A state as ``Data`` of an answer tells it, which its schema has allowed.

    None: it names a day that is none, or its totals contradict its state.
    """
    notices = [_notice(row) for row in data.get("DanhSachThongBao", ())]
    known = [notice for notice in notices if notice is not None]
    if len(known) != len(notices):
        return None
    found = Found(
        dossier=nfc(data["MaHoSo"]),
        state=data["TrangThai"],
        why=nfc(data.get("LyDo", "")),
        in_force=nfc(data["SoPhieu"]),
        to_pay=_amount(data, "TongPhaiNop"),
        exempted=_amount(data, "TongMienGiam"),
        paid=_amount(data, "TongDaNop"),
        left=_amount(data, "TongConPhaiNop"),
        notices=tuple(known),
        slips=tuple(
            (nfc(row["SoPhieu"]), row["LoaiPhieu"], row["MaBam"])
            for row in data.get("DanhSachPhieu", ())
        ),
    )
    return None if _contradicts(found) else found


def _amount(data: Mapping[str, Any], name: str) -> int | None:
    return int(data[name]) if name in data else None


def _notice(row: Mapping[str, Any]) -> Notice | None:
    issued_on, due_on = day(row["NgayQuyetDinh"]), day(row["HanNop"])
    if issued_on is None or due_on is None:
        return None
    return Notice(
        number=nfc(row["SoQuyetDinh"]),
        issued_on=issued_on,
        item=nfc(row["TenTieuMuc"]),
        amount=int(row["SoTien"]),
        due_on=due_on,
        state=_STATES[row["TrangThai"]],
        replaced_by=nfc(row.get("SoThayThe", "")),
    )


def _contradicts(found: Found) -> bool:
    """Whether totals, notices and state do not go together (section 7.1)."""
    if found.to_pay is None or found.paid is None or found.left is None:
        return False
    if found.left != max(0, found.to_pay - found.paid):
        return True
    owed = [n for n in found.notices if n.state in {_STATES[s] for s in _OWED}]
    if found.notices and sum(n.amount for n in owed) != found.to_pay:
        return True
    return found.state == "GHI_NO" and all(n.state != "deferred" for n in owed)


@dataclass(frozen=True, slots=True)
class Arrival:
    """What ``DanhSachPhieu`` and the state prove about one slip (section 3.1)."""

    there: bool
    same: bool
    #: the bytes that were taken are those that were sent


def arrival(found: Found, slip: Slip) -> Arrival:
    """Whether the slip that was sent is among those that were taken."""
    digests = {
        digest
        for number, kind, digest in found.slips
        if (number, kind) == (nfc(slip.so_phieu), slip.loai_phieu)
    }
    return Arrival(bool(digests), slip.digest in digests)


def reports(found: Found, at: datetime) -> tuple[AgencyReport, ...]:
    """What a state tells; ``at``: when it was asked, since the answer has no time.

    The notices come first, so that what was replaced is settled by its own state
    and not left over as unpaid.
    """
    dossier = found.dossier
    told = [_notices(found, at)] if found.notices else []
    totals = f"{found.in_force}|{found.to_pay}|{found.paid}|{found.exempted}"
    match found.state:
        case "DA_HOAN_THANH":
            valid = [n for n in found.notices if n.state == "valid"]
            content = {"notices": _plain(valid)}
            what = f"{totals}|{_weights(valid)}"
            told.append(report(ReportKind.PAID, dossier, what, at, content))
        case "MIEN":
            told.append(report(ReportKind.EXEMPTED, dossier, totals, at))
        case "GHI_NO":
            what = f"{totals}|{_weights(found.notices)}"
            told.append(report(ReportKind.DEFERRED, dossier, what, at))
        case "TRA_LAI":
            what, note = f"{found.in_force}|{found.why}", {"note": found.why}
            kind = ReportKind.TAX_RETURNED
            told.append(report(kind, dossier, what, at, note))
        case _:
            pass
    return tuple(told)


def report(
    kind: ReportKind,
    dossier: str,
    what: str,
    at: datetime | None,
    content: Mapping[str, Any] | None = None,
    facts: Mapping[str, Any] | None = None,
) -> AgencyReport:
    """A report about a dossier; ``what`` tells it from others of its kind."""
    number = nfc(dossier).strip()
    key = f"{kind}|{number}|{what}"
    return AgencyReport(
        kind=kind,
        about=(Reference(ONE_STOP, "ma_ho_so", number),),
        fingerprint=hashlib.sha256(key.encode()).hexdigest(),
        event_at=at,
        facts=dict(facts or {}),
        content=dict(content or {}),
    )


def _notices(found: Found, at: datetime) -> AgencyReport:
    facts = {
        "notices": len(found.notices),
        "adjusts": any(n.state in {"adjusted", "withdrawn"} for n in found.notices),
    }
    content = {"notices": _plain(found.notices)}
    # Of another slip the same notices are another word: they hold again.
    what = f"enquiry|{found.in_force}|{_weights(found.notices)}"
    return report(ReportKind.NOTICES, found.dossier, what, at, content, facts)


def _weights(notices: Iterable[Notice]) -> str:
    """What makes a list of notices another one."""
    rows = sorted(
        [n.number, n.item, n.state, str(n.amount), n.due_on.isoformat(), n.replaced_by]
        for n in notices
    )
    return orjson.dumps(rows).decode()


def _plain(notices: Iterable[Notice]) -> list[dict[str, str]]:
    return [
        {
            "number": n.number,
            "kind": n.item,
            "amount": str(n.amount),
            "issued_on": n.issued_on.isoformat(),
            "due_on": n.due_on.isoformat(),
            "state": n.state,
            **({"replaced_by": n.replaced_by} if n.replaced_by else {}),
        }
        for n in notices
    ]
