"""Where the portal checks, stores and answers the calls of senders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from lxml.etree import _Element

from gateway.adapters.tax.mock_counter import Request, check_content
from gateway.adapters.tax.mock_portal_calls import (
    MAX_BODY_BYTES,
    TEXT,
    Call,
    PortalOffice,
    Published,
    Reply,
    Told,
    decoded,
    files_of,
    glance,
    read,
)
from gateway.adapters.tax.mock_portal_desk import Case, PortalDesk, Slip
from gateway.adapters.tax.mock_portal_pushes import Pushes
from gateway.adapters.tax.mock_portal_tax import TaxBehindPortal
from gateway.adapters.tax.mock_signatures import (
    Certificate,
    check_seal,
    find_signature,
    load_all,
    signed_row,
)
from gateway.adapters.tax.mock_xml import Refused, Schemas, parse, tag, text_of

_AGENCIES = Path(__file__).resolve().parents[3] / "schemas" / "agencies"
#: Codes of the checks that both carriers share → names of the portal's answers;
#: what is not listed is about the slip's content.
_NAMES = {
    "01": "slip_schema",
    "02": "signature_missing",
    "03": "signature_invalid",
    "04": "certificate_unknown",
    "05": "seal_invalid",
}


@dataclass(slots=True)
class PortalCounter:
    """Where calls are checked, stored and answered."""

    office: PortalOffice
    published: Published
    slips: Schemas
    issuers: tuple[Certificate, ...]
    senders: tuple[Certificate, ...]
    tax: TaxBehindPortal
    desk: PortalDesk = field(default_factory=PortalDesk)
    _asked_at: dict[tuple[str, str, str], datetime] = field(default_factory=dict)
    _forced: dict[str, int] = field(default_factory=dict)

    @classmethod
    def open(cls, office: PortalOffice) -> PortalCounter:
        """Read schemas and certificates."""
        settings = office.settings
        slips = Path(settings.get("schemas", _AGENCIES / "tax"))
        own = Path(settings["portal"].get("schemas", _AGENCIES / "tax_portal"))
        return cls(
            office,
            Published(own),
            Schemas.load(slips),
            load_all(settings["issuer_certificates"]),
            load_all(settings["gateway_certificate"]),
            TaxBehindPortal(office, Pushes(office)),
        )

    async def receive(self, request: Request) -> Reply:
        """Every call that can be read is answered 201."""
        if len(request.body) > MAX_BODY_BYTES:
            return 413, TEXT, b""
        kind, number = glance(request.body)
        facts: dict[str, str | int | bool] = {}
        try:
            call = read(request.body, self.office.settings["portal"], self.published)
            facts["id"] = call.id
            facts["so_phieu"] = str(call.data["SoPhieu"])
            reply = self._reply(call)
        except Told as told:
            self.office.arrived(kind, number, **facts, error=told.name)
            return self.published.reply(told.name, told.place)
        self.office.arrived(kind, number, **facts)
        return reply

    def _reply(self, call: Call) -> Reply:
        scenario = self.office.scenario(call.number, "tax_portal")
        zero = scenario.get("zero", "0")
        if call.service == "TraCuuNghiaVu":
            data = self._enquired(call)
            return self.published.reply("found", zero=zero, data=data)
        if call.service == "GuiPhieuChuyen":
            self._take_slip(call, scenario)
        else:
            self._take_answer(call)
        return self.published.reply("accepted", zero=zero)

    # ---- slips

    def _take_slip(self, call: Call, scenario: Mapping[str, Any]) -> None:
        """Steps 5 to 8 of the checks, then the file."""
        raw = self._sealed(call)
        self._refuse_repeat(call, raw)
        self._refuse_if_told(call, scenario)
        slip, related = self._looked_at(call, raw)
        case = related
        if slip.kind in {"10", "11"}:
            opened = self.desk.open(
                call.unit, call.number, slip, replaces=related, scenario=scenario
            )
            self.tax.opened(opened)
        elif case is not None:
            case.slips.append(slip)
            if slip.kind == "13":
                case.withdrawn_by = slip
        if case is not None and not case.is_in_force:
            self.tax.ended(case)
        self.office.effect(call.kind, call.number, so_phieu=slip.number)

    def _sealed(self, call: Call) -> bytes:
        own = self.office.settings.get("ma_cqt")
        if own is not None and call.data["MaCoQuanThue"] != own:
            raise Told("wrong_office")
        raw = decoded(call.data["FilePhieuChuyen"], "Data.FilePhieuChuyen")
        try:
            check_seal(call.data["DauChuyen"], raw, self.senders, self.office.now())
        except Refused as refused:
            raise Told("seal_invalid") from refused
        return raw

    def _refuse_repeat(self, call: Call, raw: bytes) -> None:
        key = (call.data["SoPhieu"], call.data["LoaiPhieu"])
        for slip in self.desk.slips(call.unit, call.number):
            if (slip.number, slip.kind) == key:
                raise Told("already_there" if slip.raw == raw else "contradiction")

    def _refuse_if_told(self, call: Call, scenario: Mapping[str, Any]) -> None:
        """The scenario's ``slip_error``, for the first ``slip_error_times`` slips."""
        name = str(scenario.get("slip_error", ""))
        told = self._forced.get(call.number, 0)
        if name and told < int(scenario.get("slip_error_times", 1_000_000)):
            self._forced[call.number] = told + 1
            raise Told(name)

    def _looked_at(self, call: Call, raw: bytes) -> tuple[Slip, Case | None]:
        """The slip as it was signed, and the case that it refers to."""
        now = self.office.now()
        try:
            root = parse(raw)
            find_signature(root)
            self.slips.check(root, "DATA")
            row = signed_row(root, self.issuers, now)
            if row.find(tag("TT_CHUNG")) is None:
                raise Refused("01", "TT_CHUNG")
            slip = _slip(row, raw, now)
            related = self._compared(call, row, slip)
            check_content(row, now)
        except Refused as refused:
            name = _NAMES.get(refused.code, "slip_data")
            raise Told(name, refused.note) from refused
        numbers = {one.number for one in self.desk.slips(call.unit, call.number)}
        if slip.number in numbers:
            raise Told("slip_data", "TT_CHUNG/SO_PHIEU")
        if slip.kind in {"12", "13"} and related is None:
            raise Told("related_unknown")
        if related is not None and not related.is_in_force:
            raise Told("related_ended")
        return slip, related

    def _compared(self, call: Call, row: _Element, slip: Slip) -> Case | None:
        """The related case, once what stands outside is what was signed."""
        signed = {
            "MaHoSo": text_of(row, "TT_CHUNG/MA_HS"),
            "SoPhieu": slip.number,
            "LoaiPhieu": slip.kind,
        }
        for name, value in signed.items():
            if call.data[name] != value:
                raise Told("slip_differs", f"Data.{name}")
        if slip.kind == "10":
            return None
        related = self.desk.opened_by(call.unit, call.number, slip.refers_to)
        named = call.data.get("SoPhieuLienQuan")
        known = self.desk.slips(call.unit, call.number)
        by_number = next((one for one in known if one.number == named), None)
        seq_id = by_number.seq_id if by_number else slip.refers_to
        if seq_id != slip.refers_to or (related and named not in {None, _of(related)}):
            raise Told("slip_differs", "Data.SoPhieuLienQuan")
        return related

    # ---- questions

    def _take_answer(self, call: Call) -> None:
        number = call.data["SoVanBan"]
        answer = (call.data["NoiDung"], *files_of(call.data))
        question = self.desk.question(call.unit, call.number, number)
        if question is None or question.slip != call.data["SoPhieu"]:
            raise Told("question_unknown")
        if question.answer is not None:
            same = question.answer == answer
            raise Told("already_there" if same else "contradiction")
        question.answer = answer
        self.office.effect("question_answer", call.number, so_van_ban=number)
        case = self.desk.case_of(call.unit, call.number, question.slip)
        if case is not None:
            self.tax.answered(case, question)

    # ---- enquiries

    def _enquired(self, call: Call) -> dict[str, Any]:
        number = str(call.data["SoPhieu"])
        self._refuse_if_too_often((call.unit, call.number, number))
        case = self.desk.case_of(call.unit, call.number, number)
        if case is not None:
            return case.told()
        return {"MaHoSo": call.number, "TrangThai": "CHUA_CO", "SoPhieu": number}

    def _refuse_if_too_often(self, key: tuple[str, str, str]) -> None:
        least = float(self.office.settings["portal"].get("min_poll_s", 0))
        now, before = self.office.now(), self._asked_at.get(key)
        if before is not None and (now - before).total_seconds() < least:
            raise Told("overload")
        self._asked_at[key] = now


def _of(case: Case) -> str:
    return case.slip.number


def _slip(row: _Element, raw: bytes, now: datetime) -> Slip:
    people = row.findall(tag("TT_NSD"))
    payer = people[-1]
    code = text_of(payer, "MST") or text_of(payer, "SO_GIAYTO")
    return Slip(
        number=text_of(row, "TT_CHUNG/SO_PHIEU"),
        kind=text_of(row, "SYSTEM_INFO/MSG_TYPE"),
        raw=raw,
        seq_id=text_of(row, "SYSTEM_INFO/SEQ_ID"),
        refers_to=text_of(row, "SYSTEM_INFO/SEQ_REFID"),
        payer=text_of(payer, "HO_TEN"),
        payer_code=code if code.isdigit() and len(code) in {10, 12} else "",
        taken_at=now,
    )
