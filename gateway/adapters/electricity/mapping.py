"""Canonical dossier → calls of the company; pure. Names are the company's own (§5).

A field without a value is left out; one that the company demands and nobody gave is
a refusal with a remedy, never a placeholder of ours (§5.4).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from gateway.adapters.electricity.codes import Codes
from gateway.adapters.electricity.moments import VIETNAM, written
from gateway.carriers.json_files import FileValue
from gateway.domain.area_numbers import day_of, numbers_on
from gateway.domain.errors import NeedsConfiguration, NeedsData
from gateway.domain.text import nfc
from gateway.ports.agency import File, OutboundMessage

REQUEST = "themMoi_TiepNhanYeuCau"
PAPER = "uploadHSoGTo"
PROGRESS = "LayChiTietTienDo"
ANSWER = "boSungYeuCau"
CANCEL = "huyYeuCau"
#: A paper that has no code of its own (§6).
_OTHER_PAPER = "KHAC"
_MOST_PAPERS = 50
#: Kind of the identity in a dossier → LOAI_DINHDANH.
_IDENTITIES = {"cccd": "CCCD", "cmnd": "CMND", "passport": "HC"}
#: An enterprise's number is its tax code.
_TAX_CODES = frozenset({"tax_code", "business_code"})
#: What a dossier calls it → the company's column.
_ASKED = {
    "customer": "TEN_KHANG",
    "authorised": "NGUOI_UQUYEN",
    "house_number": "SO_NHA",
    "street": "DUONG_PHO",
    "location": "TOA_DO",
    "customer_code": "MA_KHANG",
    "phases": "SO_PHA",
    "power_kw": "CSUAT_DKY",
    "request": "NOI_DUNG_YCAU",
}

Office = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper that travels; ``digest``: MA_BAM, of the bytes themselves."""

    kind: str
    file: File
    digest: str


def dossier_number(message: OutboundMessage) -> str:
    """MA_HOSO_DVC, the key of every call.

    Raises:
        NeedsData: nobody gave one.
    """
    number = message.number("ma_ho_so")
    if not number:
        raise NeedsData(code="number_missing")
    return number


def request(
    message: OutboundMessage, office: Office, codes: Codes, papers: int
) -> dict[str, Any]:
    """Fields of ``themMoi_TiepNhanYeuCau`` but the key.

    Raises:
        NeedsData: something that the company demands of every request is not known.
        NeedsConfiguration: a row of the office's tables is missing.
    """
    number = dossier_number(message)
    view = message.view.fields
    asked = view.get("electricity") or {}
    taken_in = _taken_in(view)
    on = taken_in.astimezone(VIETNAM).date()
    area = area_row(message, office, on)
    settings = office.get("electricity", {})
    applicant = view.get("applicant") or {}
    return _given(
        {
            "MA_GIAODICH": message.idempotency_key,
            "MA_HOSO_DVC": number,
            "MA_LOAI_YCAU": _kind(message, codes, on),
            "MA_DVIQLY": area["unit"],
            "MA_DVI_TNHAN": settings.get("receiving_unit"),
            "MA_HTHUC": settings.get("way"),
            "NGAY_YCAU": written(taken_in),
            "TEN_NGUOIYCAU": _needed(applicant, "name", "applicant_name_missing"),
            "DTHOAI": _needed(applicant, "phone", "phone_missing"),
            "EMAIL": applicant.get("email"),
            "DCHI_NGUOIYCAU": (view.get("area") or {}).get("address"),
            "ID_DIA_CHINH": area["id_dia_chinh"],
            **_identity(applicant.get("identity") or {}),
            **{theirs: asked.get(ours) for ours, theirs in _ASKED.items()},
            "MDICH_SHOAT": _flag(asked.get("household")),
            "NGAY_NGUNG_TU": _day(asked.get("stops_on")),
            "NGAY_NGUNG_DEN": _day(asked.get("stops_until")),
            "SO_HSGT": papers,
        }
    )


def _taken_in(view: Mapping[str, Any]) -> datetime:
    """When the one-stop took it in; a day alone would need an hour of ours."""
    text = str(view.get("received_at") or "")
    if len(text) <= len("2026-03-10"):
        raise NeedsData(code="received_at_missing")
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=VIETNAM)


def area_row(message: OutboundMessage, office: Office, on: date) -> Mapping[str, Any]:
    """The company's own numbers of a commune on the dossier's day; no row, no sending.

    ``on``: for messages from before that day was kept.
    """
    commune = message.facts.get("commune")
    if commune is None:
        raise NeedsData(code="area_ambiguous")
    day = day_of(message.facts, on)
    found = numbers_on(office.get("area", ()), commune, day)
    if found is None:
        raise NeedsConfiguration(
            code="area_not_mapped",
            remedy=f"Quản trị bổ sung dòng địa bàn cho xã {commune} của công ty này,"
            f" có hiệu lực ngày {day:%d/%m/%Y}, rồi bấm «Gửi lại».",
        )
    return found


def _kind(message: OutboundMessage, codes: Codes, on: date) -> str:
    """MA_LOAI_YCAU by what the dossier, or its procedure, calls the kind of request."""
    key = message.view.fields.get("case") or message.facts.get("case")
    if not key:
        raise NeedsData(code="request_kind_missing")
    found = codes.kind(str(key), on)
    if found is None:
        raise NeedsConfiguration(code="request_kind_not_listed")
    return found.code


def _identity(identity: Mapping[str, Any]) -> dict[str, Any]:
    kind, number = identity.get("kind"), identity.get("number")
    if kind in _TAX_CODES:
        return {"MST": number}
    if kind not in _IDENTITIES or not number:
        return {}
    return {"SO_DINHDANH": number, "LOAI_DINHDANH": _IDENTITIES[kind]}


def _needed(view: Mapping[str, Any], name: str, code: str) -> Any:
    if not view.get(name):
        raise NeedsData(code=code)
    return view[name]


def _flag(value: object) -> str | None:
    return None if value is None else str(int(bool(value)))


def _day(value: object) -> str | None:
    return date.fromisoformat(str(value)).strftime("%d/%m/%Y") if value else None


def _given(pairs: Mapping[str, Any]) -> dict[str, Any]:
    """Every value as text (§2.1), composed; what nobody gave is left out."""
    return {
        name: nfc(str(value))
        for name, value in pairs.items()
        if value is not None and value != ""
    }


def kinds_of_papers(message: OutboundMessage, office: Office) -> Iterable[str]:
    """MA_LOAI_HSO of each file, by the name of its paper in the office's table.

    Raises:
        NeedsData: more of them than a request may have.
    """
    if len(message.view.files) > _MOST_PAPERS:
        raise NeedsData(code="too_many_papers")
    table = office.get("electricity", {}).get("papers", {})
    named = {nfc(name).casefold(): code for name, code in table.items()}
    for file in message.view.files:
        yield str(named.get(nfc(file.title).casefold(), _OTHER_PAPER))


def upload(message: OutboundMessage, paper: Paper) -> dict[str, Any]:
    """Fields of ``uploadHSoGTo`` but the key."""
    file = paper.file
    return {
        "MA_GIAODICH": f"{message.idempotency_key}:{paper.kind}:{paper.digest[:16]}",
        "MA_HOSO_DVC": dossier_number(message),
        "MA_LOAI_HSO": paper.kind,
        "TEN_HSO": nfc(file.title or file.name),
        "TEN_TEP": nfc(file.name),
        "NOI_DUNG_TEP": FileValue(file.size_bytes, file.open, file.at_once),
        "MA_BAM": paper.digest,
    }


def answer(message: OutboundMessage, papers: Iterable[Paper]) -> dict[str, Any]:
    """Fields of ``boSungYeuCau`` but the key.

    Raises:
        NeedsData: it says nothing.
    """
    note = message.content.get("note")
    hashes = [paper.digest for paper in papers]
    if not note and not hashes:
        raise NeedsData(code="supplement_empty")
    about = {
        "MA_GIAODICH": message.idempotency_key,
        "MA_HOSO_DVC": dossier_number(message),
        "NOI_DUNG": note,
    }
    return {**_given(about), "DS_MA_BAM": list(dict.fromkeys(hashes))}


def cancellation(message: OutboundMessage) -> dict[str, Any]:
    """Fields of ``huyYeuCau`` but the key.

    Raises:
        NeedsData: nobody said why.
    """
    about = {
        "MA_GIAODICH": message.idempotency_key,
        "MA_HOSO_DVC": dossier_number(message),
        "NGUYEN_NHAN": _needed(message.content, "reason", "reason_missing"),
    }
    return _given(about)


def enquiry(message: OutboundMessage, name: str) -> dict[str, Any]:
    """Fields of ``LayChiTietTienDo`` but the key; ``name``: of this very question."""
    return {"MA_GIAODICH": name, "MA_HOSO_DVC": dossier_number(message)}
