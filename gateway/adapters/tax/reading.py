"""Answers of the tax side → what they say; pure, from the signed row alone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lxml import etree

from gateway.adapters.tax.mapping import NAMESPACE, VIETNAM, Triple
from gateway.domain.identifiers import AgencyId
from gateway.domain.report import AgencyReport, Reference, ReportKind

_T = f"{{{NAMESPACE}}}"
AGENCY = AgencyId("tax")
ONE_STOP = AgencyId("one_stop")
#: TRANG_THAI of a notice: 1 valid, 2 adjusted (replaced by another), 3 withdrawn.
VALID = "1"
STATES = {VALID: "valid", "2": "adjusted", "3": "withdrawn"}
#: MA_KETQUA.
FOUND = "00"
NOT_FOUND = "02"
NOTHING_DUE = "03"


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice of money to be paid; amounts in whole đồng as digits."""

    number: str
    issued_on: str
    kind: str
    amount: str
    due_on: str
    state: str


@dataclass(frozen=True, slots=True)
class Totals:
    """What is to be paid for a slip in all; whole đồng."""

    to_pay: int
    exempted: int
    paid: int
    left: int
    answered_on: str
    last_paid_on: str


@dataclass(frozen=True, slots=True)
class Reply:
    """A TRA_LOI: codes, and what was found.

    ``about`` repeats the numbers of the document that is answered, ``seq_id``
    and ``msg_type`` among them; ``note`` names places (ERROR_NOTE).
    """

    message: str
    id: str
    about: Triple
    note: str
    error_code: str
    error_text: str
    result_code: str
    result_text: str
    at: datetime | None
    notices: tuple[Notice, ...] = ()
    totals: Totals | None = None
    files: tuple[tuple[str, str], ...] = ()
    #: (MSG_TYPE, SEQ_ID) of slips that are on file


def reply_in(row: etree._Element) -> Reply | None:
    """The answer inside a signed row that its schema allows; None when it holds none."""
    answer, info = row.find(f"{_T}TRA_LOI"), row.find(f"{_T}SYSTEM_INFO")
    if answer is None or info is None:
        return None
    return Reply(
        message=_own(answer, "MA_THONGDIEP"),
        id=_own(answer, "ID_THONGDIEP"),
        about=Triple(
            _own(answer, "MA_HS"),
            _own(answer, "MA_GCN"),
            _own(answer, "SO_PHIEU"),
            _own(info, "SEQ_REFID"),
            _own(info, "MSG_TYPE"),
        ),
        note=_own(info, "ERROR_NOTE"),
        error_code=_own(answer, "ERROR_CODE"),
        error_text=_own(answer, "ERROR_DESC"),
        result_code=_own(answer, "MA_KETQUA"),
        result_text=_own(answer, "DIEN_GIAI"),
        at=_moment(_own(answer, "NGAYCHUYEN")),
        notices=tuple(_notices(answer)),
        totals=_totals(answer.find(f"{_T}NVTC")),
        files=tuple(
            (_own(file, "MSG_TYPE"), _own(file, "SEQ_ID"))
            for file in answer.iterfind(f"{_T}DS_HOSO/{_T}HOSO")
        ),
    )


def _own(element: etree._Element, name: str) -> str:
    return (element.findtext(f"{_T}{name}") or "").strip()


def _moment(value: str) -> datetime | None:
    try:
        at = datetime.strptime(value, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007  zone is set below
    except ValueError:
        return None
    return at.replace(tzinfo=VIETNAM).astimezone(UTC)


def _notices(answer: etree._Element) -> Iterable[Notice]:
    for row in answer.iterfind(f"{_T}DS_THONGBAO/{_T}THONGBAO"):
        yield Notice(
            number=_own(row, "SO_QUYET_DINH"),
            issued_on=_own(row, "NGAY_QUYET_DINH"),
            kind=_own(row, "TEN_TIEUMUC"),
            amount=_own(row, "SO_TIEN"),
            due_on=_own(row, "HAN_NOP"),
            state=_own(row, "TRANG_THAI"),
        )


def _totals(found: etree._Element | None) -> Totals | None:
    if found is None:
        return None
    return Totals(
        to_pay=int(_own(found, "TONG_PHAI_NOP")),
        exempted=int(_own(found, "TONG_MIEN_GIAM")),
        paid=int(_own(found, "TONG_DA_NOP")),
        left=int(_own(found, "TONG_CON_PNOP")),
        answered_on=_own(found, "NGAY_TRA"),
        last_paid_on=_own(found, "NGAY_NOP_CUOI"),
    )


def _report(
    about: Triple, kind: ReportKind, what: str, at: datetime | None, **parts: Any
) -> AgencyReport:
    key = f"{kind}|{about.ma_hs}|{about.ma_gcn}|{about.so_phieu}|{what}"
    return AgencyReport(
        kind=kind,
        about=(Reference(ONE_STOP, "ma_ho_so", about.ma_hs),),
        fingerprint=hashlib.sha256(key.encode()).hexdigest(),
        event_at=at,
        **parts,
    )


def _plain(notices: Iterable[Notice]) -> list[dict[str, str]]:
    return [
        {
            "number": n.number,
            "kind": n.kind,
            "amount": n.amount,
            "issued_on": n.issued_on,
            "due_on": n.due_on,
            "state": STATES[n.state],
        }
        for n in notices
    ]


def notices_report(about: Triple, reply: Reply) -> AgencyReport:
    """Notices were issued; a later adjustment is another report."""
    what = ",".join(sorted(f"{n.number}:{n.state}:{n.amount}" for n in reply.notices))
    adjusted = any(n.state != VALID for n in reply.notices)
    return _report(
        about,
        ReportKind.NOTICES,
        what,
        reply.at,
        facts={"notices": len(reply.notices), "adjusts": adjusted},
        content={"notices": _plain(reply.notices)},
    )


def settled_report(
    about: Triple, reply: Reply, notices: Iterable[Notice]
) -> AgencyReport | None:
    """Tax's own confirmation: paid, or nothing was to be paid; None: not yet.

    A result that the totals contradict confirms nothing: see ``contradicts``.
    """
    totals = reply.totals
    if totals is None:
        return None
    facts = {"confirmed_on": totals.answered_on}
    # More may come to be owed, and be paid: that is another confirmation than this.
    what = f"{totals.to_pay}|{totals.paid}|{totals.exempted}"
    if reply.result_code == NOTHING_DUE:
        facts_of_exemption: dict[str, Any] = {"exempted": True, **facts}
        return _report(
            about,
            ReportKind.EXEMPTED,
            f"exempted|{what}",
            reply.at,
            facts=facts_of_exemption,
        )
    if totals.to_pay == 0 or totals.left > 0:
        return None
    valid = [n for n in notices if n.state == VALID]
    return _report(
        about,
        ReportKind.PAID,
        f"paid|{what}",
        reply.at,
        facts=facts,
        content={"notices": _plain(valid), "last_paid_on": totals.last_paid_on},
    )


def contradicts(reply: Reply) -> bool:
    """Whether what was found does not go with the result that is told."""
    found, totals = reply.result_code, reply.totals
    if reply.error_code != "0":
        return bool(found)
    match reply.message:
        case "TCT_TVTBT":
            return bool(reply.notices) != (found == FOUND)
        case "TCT_TVNVTC":
            if totals is None or found not in {FOUND, NOTHING_DUE}:
                return (totals is None) == (found in {FOUND, NOTHING_DUE})
            is_sum = totals.left == max(0, totals.to_pay - totals.paid)
            return not is_sum or (found == NOTHING_DUE and totals.to_pay > 0)
        case "TCT_TVHSSC":
            return bool(reply.files) == (found == NOT_FOUND)
        case _:
            return bool(found)


def returned_report(about: Triple, reply: Reply) -> AgencyReport:
    """Tax returned the dossier."""
    return _report(
        about,
        ReportKind.TAX_RETURNED,
        reply.result_text,
        reply.at,
        content={"note": reply.result_text},
    )
